"""Periodic work on polls: one reminder to the silent, a day before the deadline, and closing what was forgotten."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from app.jobs.runner import JobRun
from app.mail.desk import desk_for
from scheduling.queries.people import active_members
from scheduling.queries.polls import poll_with_people, polls_to_remind
from scheduling.services.poll_mails import remind_silent
from scheduling.services.polls import claim_reminder, close_forgotten, state_of

BEFORE = timedelta(days=1)


def remind(run: JobRun) -> None:
    """Remind the silent members of polls that close within a day; one poll a transaction, each once."""
    session = run.session
    desk = desk_for(current_app.extensions["config"], session)
    due = polls_to_remind(session, at=run.at, before=BEFORE)
    reminded = 0
    for number, poll_id in enumerate(due, start=1):
        if claim_reminder(session, poll_id, at=run.at):
            poll = poll_with_people(session, poll_id)
            state = state_of(poll, active_members(poll.season.circle), at=run.at)
            reminded += remind_silent(session, poll, poll.season, state.silent, desk=desk, at=run.at)
        run.progress(number, len(due))
    run.result.update(mails=reminded, closed=close_forgotten(session, at=run.at))
