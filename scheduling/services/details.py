"""Changing what a session is called and where it takes place; calendars follow with the other changes of the hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from app.mail.desk import Desk
from scheduling.invites import MAX_SUMMARY, is_link, one_line
from scheduling.models import CircleSession, Season
from scheduling.services.calendars import note_change, to_be_held
from scheduling.services.seasons import new_room

#: As long as the column that keeps it.
LONGEST_LINK = 300


def rename_session(
    session: Session, meeting: CircleSession, title: str, *, actor: Person, desk: Desk, at: datetime
) -> int:
    """Give one session another title. Says how many mails go out at once; the others follow within fifteen minutes.

    Raises DomainError once it has begun, InvalidInput for a title that is too long.
    """
    _must_come(meeting, at=at)
    words = one_line(title)
    if len(words) > MAX_SUMMARY:
        raise InvalidInput(N_("A title has at most %(most)d characters."), field="title", most=MAX_SUMMARY)
    if words == meeting.title:
        return 0
    meeting.title = words
    session.flush()
    audit.record(session, "session.renamed", "session", meeting.id, actor_id=actor.id, at=at)
    return note_change(session, [meeting], desk=desk, at=at)


def change_room(session: Session, meeting: CircleSession, link: str, *, actor: Person, desk: Desk, at: datetime) -> int:
    """Hold one session in a room of its own; an empty link means the circle's room. Says how many mails go out at once.

    Raises DomainError once it has begun, InvalidInput for what is not a link.
    """
    _must_come(meeting, at=at)
    room = read_link(link)
    room = "" if room == meeting.season.room_url else room
    if room == meeting.room_url:
        return 0
    meeting.room_url, meeting.room_known = room, False
    session.flush()
    audit.record(session, "session.room_changed", "session", meeting.id, actor_id=actor.id, at=at)
    return note_change(session, [meeting], desk=desk, at=at)


def change_season_room(session: Session, season: Season, link: str, *, actor: Person, desk: Desk, at: datetime) -> int:
    """Meet in another room from now on; an empty link means a new private one. Says how many mails go out at once.

    Sessions that have a room of their own keep it. `season.sessions` and people are loaded. Raises DomainError when the
    season is over, InvalidInput for what is not a link.
    """
    if season.ended_at is not None:
        raise DomainError(N_("This season is over."))
    room = read_link(link) or new_room(desk.room_base_url)
    if room == season.room_url:
        return 0
    season.room_url, season.room_known = room, False
    session.flush()
    audit.record(session, "season.room_changed", "season", season.id, actor_id=actor.id, at=at)
    concerned = [m for m in season.sessions if not m.room_url and to_be_held(m, at=at)]
    return note_change(session, concerned, desk=desk, at=at)


def read_link(text: str) -> str:
    """A link as calendars take it, or nothing. Raises InvalidInput."""
    link = text.strip()
    if link and (len(link) > LONGEST_LINK or not is_link(link)):
        raise InvalidInput(N_("Paste the whole link of the room; it begins with https://."), field="room")
    return link


def _must_come(meeting: CircleSession, *, at: datetime) -> None:
    if not to_be_held(meeting, at=at):
        raise DomainError(N_("This session has begun, is over or was skipped."))
