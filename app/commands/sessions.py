"""`coterie sessions reconcile`: do members' calendars show what the circles' sessions are, and if not, tell them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby

import click
from flask import Flask

from app import clock
from app.commands.configuration import with_app
from app.extensions import db
from app.mail.desk import desk_for
from scheduling.models import Season
from scheduling.queries.access import season_with_sessions
from scheduling.services.reconciling import Difference, differences, repair, seasons_to_come

DIFFERENT = 1


@click.group()
def sessions() -> None:
    """Look after the sessions of circles."""


@sessions.command()
@click.option("--send", is_flag=True, help="Write the mails that put it right.")
@with_app
def reconcile(flask_app: Flask, *, send: bool) -> None:
    """Compare what members should have been told of sessions to come with what was written to them.

    Ends with 0 when everything agrees or was put right, and with 1 when something differs and --send was not given.
    """
    session = db.session()
    desk = desk_for(flask_app.extensions["config"], session)
    looked_at = circles = wrong = sent = 0
    for season_id in seasons_to_come(session, at=clock.now()):
        season = season_with_sessions(session, season_id)
        if season is None:
            continue
        looked_at += 1
        found = differences(session, season, desk=desk, at=clock.now())
        if found:
            circles, wrong = circles + 1, wrong + len(found)
            _print(season, found)
            if send:
                sent += repair(session, found, desk=desk, at=clock.now())
                db.session.commit()
        session.rollback()
        session.expunge_all()
    if not wrong:
        click.echo(f"Calendars agree with the sessions to come of {_many(looked_at, 'circle')}.")
        return
    click.echo(f"{_many(wrong, 'difference')} in {circles} of {_many(looked_at, 'circle')}.")
    if send:
        click.echo(f"{_many(sent, 'mail')} written.")
        return
    click.echo("Nothing was sent. With --send, mails are written that put it right.")
    sys.exit(DIFFERENT)


def _print(season: Season, found: Sequence[Difference]) -> None:
    circle = season.circle
    click.echo(f"{circle.name}, {circle.cohort.name}")
    for meeting, ones in groupby(found, key=lambda one: one.meeting):
        click.echo(f"  {meeting.starts_at:%Y-%m-%d %H:%M} UTC, session {meeting.position}")
        for one in ones:
            click.echo(f"    {one.person.email} {one.fault.value}")


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
