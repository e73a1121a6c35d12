"""Periodic work that starts mails about sessions: those that come with each session, and the weekly digests."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import current_app

from app.accounts.services import weekly
from app.db import reading
from app.jobs import ledger
from app.jobs.runner import JobRun
from app.mail.compose import make_ready
from app.mail.desk import desk_for
from scheduling.reminders import Kind
from scheduling.services import digests, reminding

REMINDERS = "scheduling.reminders"
#: Somewhat less than the time between two runs.
SPELL = timedelta(minutes=4)
MAILS = (*(kind.value for kind in Kind), "digest")


def send_due(run: JobRun) -> None:
    """Start the mails of sessions that are due: a few sessions at a time are read, then each has a unit of its own.

    When there is much to do, one more job is written, so that a second worker takes part; what is not done after some
    minutes is left to the next run.
    """
    session, sent, until = run.session, 0, run.at + SPELL
    desk = desk_for(current_app.extensions["config"], session)
    _make_ready()
    while reminding.notice(session, at=run.at) == reminding.NOTICED_AT_ONCE:
        run.progress(0, 1)
    helps = bool(run.payload.get("helps"))
    while run.at < until:
        taken = reminding.take(session, at=run.at, lease=run.lease)
        if len(taken) == reminding.AT_ONCE and not helps:
            ledger.enqueue(session, REMINDERS, {"helps": True}, key=f"{REMINDERS}+{run.job_id}", at=run.at)
            helps = True
        run.progress(sent, sent + 1)
        if not taken:
            break
        at = run.at
        with reading(session):
            found = reminding.looks(session, taken, desk=desk, at=at)
        for look in found:
            sent += reminding.settle(session, look, desk=desk, at=at)
            run.progress(sent, sent + 1)
    run.result["sent"] = sent


def send_digests(run: JobRun) -> None:
    """Write the digests of those whose Sunday afternoon it is, and forget what was decided long ago."""
    session, sent = run.session, 0
    desk = desk_for(current_app.extensions["config"], session)
    _make_ready()
    weekly.forget_old(session, at=run.at)
    run.progress(0, 1)
    for monday, zones in digests.weeks_due(run.at).items():
        last: UUID | None = None
        while True:
            with reading(session):
                found = digests.digests(session, monday, zones, after=last, desk=desk, at=run.at)
            if not found:
                break
            last = found[-1].person_id
            sent += digests.settle(session, monday, found, desk=desk, at=run.at)
            run.progress(sent, sent + 1)
    run.result["sent"] = sent


def _make_ready() -> None:
    for name in MAILS:
        make_ready(f"scheduling/emails/{name}")
