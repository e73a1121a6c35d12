"""Moving, skipping and bringing back sessions; who hosts; people joining and leaving. Calendars follow each of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput, NotAllowed
from app.mail.desk import Desk
from scheduling.holidays import holidays_at
from scheduling.models import Attendance, CircleSession, Rsvp, Season, SessionState, SlotChange
from scheduling.queries.people import active_members, roles_of
from scheduling.queries.polls import next_hosts
from scheduling.queries.upcoming import sessions_of
from scheduling.recurrence import Wall, week_after
from scheduling.services.calendars import (
    invite_where_missing,
    note_change,
    tell_cancelled,
    tell_change,
    to_be_held,
    withdraw_person,
)
from scheduling.services.rooms import renew_rooms, tell_room_known
from scheduling.services.seasons import Label, add_session, wall_in
from scheduling.services.telling import Reason

#: A session cannot be moved further than this from where it was.
FURTHEST_MOVE = timedelta(days=28)


def may_change(meeting: CircleSession, sessions: list[CircleSession], person: Person, *, at: datetime) -> bool:
    """Whether a person may move or skip a session: the host of this one, or of the one before it that comes next."""
    if meeting.state is not SessionState.PLANNED or meeting.starts_at <= at:
        return False
    to_come = [m for m in sessions if m.state is SessionState.PLANNED and m.ends_at > at][:2]
    if meeting.id not in {m.id for m in to_come}:
        return False
    hosts = {roles.host for m in to_come if (roles := roles_of(m)) is not None}
    return person.id in hosts


def move_session(
    session: Session, meeting: CircleSession, *, starts_at: datetime, actor: Person, desk: Desk, at: datetime
) -> int:
    """Move one session; answers are asked again, every calendar that was told follows. Says how many mails go out.

    Raises DomainError for a session that is not to come, InvalidInput for a time that cannot be.
    """
    _must_be_planned(meeting, at=at)
    if starts_at <= at:
        raise InvalidInput(N_("Choose a time that is still to come."), field="starts")
    if abs(starts_at - meeting.starts_at) > FURTHEST_MOVE:
        raise InvalidInput(N_("A session can be moved by up to four weeks. For more, skip it."), field="starts")
    if starts_at == meeting.starts_at:
        return 0
    others = [m for m in sessions_of(session, meeting.season_id) if m.id != meeting.id]
    length = meeting.ends_at - meeting.starts_at
    if any(m.starts_at < starts_at + length and starts_at < m.ends_at for m in others):
        raise InvalidInput(N_("The circle meets at that time already."), field="starts")
    session.add(_log(meeting, "move", actor, at, new=starts_at))
    was_at = meeting.starts_at
    retime(session, meeting, Wall.showing(starts_at, actor.timezone), length=length, at=at)
    audit.record(session, "session.moved", "session", meeting.id, actor_id=actor.id, at=at)
    return tell_change(session, meeting, kind="session.moved", desk=desk, at=at, was_at=was_at)


def follow_zone(session: Session, meeting: CircleSession, *, desk: Desk, at: datetime) -> bool:
    """Move a session to the instant that its wall time means by the rules of its zone as they are known now.

    Says whether it did: nothing happens to a session whose instant is right, or that has begun either way.
    """
    was_at, now_at = meeting.starts_at, meeting.wall.instant
    if now_at == was_at or now_at <= at or not to_be_held(meeting, at=at):
        return False
    log = SlotChange(
        season_id=meeting.season_id,
        session_id=meeting.id,
        kind="zone",
        old_starts_at=was_at,
        new_starts_at=now_at,
        at=at,
    )
    session.add(log)
    retime(session, meeting, meeting.wall, length=meeting.ends_at - was_at, at=at)
    tell_change(session, meeting, kind="session.moved", desk=desk, at=at, reason="zone", was_at=was_at)
    return True


def retime(session: Session, meeting: CircleSession, wall: Wall, *, length: timedelta, at: datetime) -> None:
    """Give a session another time: answers are asked again, holidays read again. The caller tells calendars."""
    meeting.begin_at(wall, length)
    meeting.sequence += 1
    meeting.schedule_sequence = meeting.sequence
    zones = [m.person.timezone for m in active_members(meeting.season.circle)]
    meeting.holidays = list(holidays_at(meeting.starts_at, zones))
    meeting.updated_at = at
    session.execute(delete(Rsvp).where(Rsvp.session_id == meeting.id))
    session.flush()


def skip_session(session: Session, meeting: CircleSession, *, actor: Person, desk: Desk, at: datetime) -> int:
    """Cancel one session; calendars that were told take it out. Says how many mails go out.

    Later sessions keep their times and close the gap in the numbering, and so do the invites for them. Which week of
    the guide they use, and whether a session is added at the end, is for the walk to say.
    """
    _must_be_planned(meeting, at=at)
    session.add(_log(meeting, "skip", actor, at))
    sent = _cancel(session, meeting, desk=desk, at=at)
    renumber(session, meeting.season_id)
    audit.record(session, "session.skipped", "session", meeting.id, actor_id=actor.id, at=at)
    return sent


def bring_back(session: Session, meeting: CircleSession, *, actor: Person, at: datetime) -> CircleSession:
    """Undo a skip: a new session with a new UID at the same time, since calendars have forgotten the old one.

    Raises DomainError when its time has passed or it was brought back already.
    """
    if meeting.state is not SessionState.CANCELLED or meeting.starts_at <= at:
        raise DomainError(N_("Only a skipped session that is still to come can be brought back."))
    standing = sessions_of(session, meeting.season_id)
    if any(m.replaces_id == meeting.id for m in standing):
        raise DomainError(N_("This session was brought back already."))
    if any(m.starts_at < meeting.ends_at and meeting.starts_at < m.ends_at for m in standing):
        raise DomainError(N_("The circle meets at that time already."))
    label = Label(meeting.title, meeting.description)
    zones = [m.person.timezone for m in active_members(meeting.season.circle)]
    highest = max((m.position for m in standing), default=0)
    added = add_session(
        session,
        meeting.season,
        week=meeting.week,
        position=highest + 1,
        label=label,
        zones=zones,
        at=at,
        replaces=meeting,
    )
    session.add(_log(meeting, "undo", actor, at))
    session.flush()
    renumber(session, meeting.season_id)
    return added


def add_at_end(session: Session, season: Season, *, label: Label, at: datetime) -> CircleSession:
    """One more session, in the next week of the season's rhythm after the last; people of the circle are loaded."""
    standing = sessions_of(session, season.id)
    weeks = [date.fromisoformat(day) for day in season.weeks]
    week = week_after(weeks, max((m.week for m in standing), default=weeks[0]))
    while wall_in(season, week).instant <= at:
        week = week_after(weeks, week)
    if week not in weeks:
        season.weeks = [*season.weeks, week.isoformat()]
    zones = [m.person.timezone for m in active_members(season.circle)]
    position = max((m.position for m in standing), default=0) + 1
    return add_session(session, season, week=week, position=position, label=label, zones=zones, at=at)


def swap_host(session: Session, meeting: CircleSession, host_id: UUID, *, actor: Person, at: datetime) -> None:
    """Someone else hosts one session: the actor hands it to a member, or takes it. Raises NotAllowed otherwise."""
    members = {membership.person_id for membership in active_members(meeting.season.circle)}
    roles = roles_of(meeting)
    if host_id not in members:
        raise InvalidInput(N_("Choose someone in your circle."), field="host")
    if roles is None or actor.id not in (roles.host, host_id):
        raise NotAllowed(N_("Only the host can hand over a session, or you can take it yourself."))
    _must_be_planned(meeting, at=at)
    meeting.host_id = host_id
    meeting.updated_at = at
    session.flush()


def member_joined(session: Session, season: Season, person: Person, *, desk: Desk, at: datetime) -> int:
    """Invite someone who joined to the sessions inside the horizon; nobody else hears of it."""
    return invite_where_missing(session, season.sessions, desk=desk, at=at)


def member_left(session: Session, season: Season, person: Person, *, desk: Desk, at: datetime) -> int:
    """Take the sessions to come out of a leaver's calendar, end their links and give the circle a new room.

    The others hear of the room with other changes of these minutes. A link that somebody typed stays, since only who
    owns that room can change it; the next hosts hear that the leaver knows it.
    """
    sent = 0
    to_come = [m for m in season.sessions if to_be_held(m, at=at)]
    for meeting in to_come:
        sent += withdraw_person(session, meeting, person, desk=desk, at=at)
        tokens.revoke(session, "answer-session", f"{meeting.id}:{person.id}", at=at)
        meeting.host_id = None if meeting.host_id == person.id else meeting.host_id
    renewed = renew_rooms(season, to_come, desk)
    session.flush()
    sent += note_change(session, renewed, desk=desk, at=at)
    known = next((m for m in to_come if m.is_room_known), None)
    if known is not None:
        sent += tell_room_known(session, known, person, next_hosts(season, at=at), desk=desk, at=at)
    return sent


def end_season(session: Session, season: Season, *, actor: Person | None, desk: Desk, at: datetime) -> int:
    """End a season: sessions to come are cancelled in every calendar that was told. Says how many mails go out."""
    sent = 0
    for meeting in list(season.sessions):
        if to_be_held(meeting, at=at):
            sent += _cancel(session, meeting, desk=desk, at=at, reason="ended")
    season.ended_at = at
    session.flush()
    return sent


def close_session(
    session: Session, meeting: CircleSession, *, present: set[UUID], held: bool, actor: Person, at: datetime
) -> None:
    """Say whether a session took place and who was there; it can be corrected by saying it again.

    Raises DomainError before it began or when it was cancelled, InvalidInput for people outside the circle.
    """
    if meeting.state is SessionState.CANCELLED or meeting.starts_at > at:
        raise DomainError(N_("This can be said once the session has begun."))
    members = {membership.person_id for membership in active_members(meeting.season.circle)}
    if not present <= members:
        raise InvalidInput(N_("Choose people in your circle."), field="present")
    if held and not present:
        raise InvalidInput(N_("Tick who was there, or say that you did not meet."), field="present")
    there = present if held else set()
    for person_id in members:
        row = session.get(Attendance, (meeting.id, person_id)) or Attendance(session_id=meeting.id, person_id=person_id)
        row.present, row.noted_by, row.noted_at = person_id in there, actor.id, at
        session.add(row)
    meeting.state = SessionState.HELD if held else SessionState.MISSED
    meeting.present, meeting.closed_at = len(there), at
    session.flush()


def renumber(session: Session, season_id: UUID) -> None:
    """Positions follow the order of time again, without gaps, among sessions that are not cancelled."""
    standing = sessions_of(session, season_id)
    # Two steps, or a position would be taken while another row still has it.
    for offset, meeting in enumerate(standing, start=1):
        meeting.position = 10_000 + offset
    session.flush()
    for offset, meeting in enumerate(standing, start=1):
        meeting.position = offset
    session.flush()


def _cancel(session: Session, meeting: CircleSession, *, desk: Desk, at: datetime, reason: Reason = "") -> int:
    meeting.state = SessionState.CANCELLED
    meeting.sequence += 1
    meeting.updated_at = at
    session.flush()
    return tell_cancelled(session, meeting, desk=desk, at=at, reason=reason)


def _must_be_planned(meeting: CircleSession, *, at: datetime) -> None:
    if meeting.state is not SessionState.PLANNED or meeting.starts_at <= at:
        raise DomainError(N_("This session has begun, is over or was skipped."))


def _log(meeting: CircleSession, kind: str, actor: Person, at: datetime, new: datetime | None = None) -> SlotChange:
    return SlotChange(
        season_id=meeting.season_id,
        session_id=meeting.id,
        kind=kind,
        old_starts_at=meeting.starts_at,
        new_starts_at=new,
        by_id=actor.id,
        at=at,
    )
