"""Around each circle's sessions: answers, who came, agreements, notes, summaries, commitments, and what goes wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from app.accounts.models import Person
from app.demo import texts
from app.demo.cohorts import Makers
from app.demo.told import JUNIPER, Meeting, Told
from app.i18n import local
from app.mail.desk import desk_for
from circles.services import agreements, forming
from guides.walk.models import Commitment, Outcome
from guides.walk.services import writing
from scheduling.models import Answer, CircleSession
from scheduling.queries import member_session_by_id
from scheduling.services import changes
from scheduling.services.answers import answer
from scheduling.services.membership import leave_circle

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Shares of members: who comes, who answers an invite, and of the answers no and maybe.
COMES, ANSWERS, DECLINES, UNSURE = 0.9, 0.88, 0.08, 0.06
#: The present week: notes for it come before its session.
TALKED_AHEAD = 5
HELP = (
    "We have not met since the second week. Two of us are on the same project now and it is going badly. I do not know "
    "whether to write to the others or to leave it."
)


def enter_sessions(makers: Makers, told: Told) -> None:
    """Write everything around a circle's first five sessions into the diary."""
    now, diary = makers.calendar.now, makers.diary
    for meeting in told.meetings:
        if meeting.week > TALKED_AHEAD and told.meetings[TALKED_AHEAD - 1].ends_at > now:
            break
        _enter_answers(makers, told, meeting)
        if meeting.ends_at <= now:
            _enter_closing(makers, told, meeting)
        if meeting.week not in told.missed:
            _enter_ticks(makers, told, meeting)
            if told.name != JUNIPER and meeting.week <= TALKED_AHEAD:
                _enter_writing(makers, told, meeting)
    if told.has_agreement:
        _enter_agreement(makers, told)
    if told.leaves_before is not None:
        leaving = told.season.sessions[told.leaves_before - 1].starts_at - 3 * DAY
        diary.enter(leaving, partial(_leave, makers, told))
    if told.asks_for_help:
        request = partial(agreements.ask_for_help, makers.session, told.circle, text=HELP, actor=told.people[1])
        diary.enter(now - 30 * HOUR, request)
    if told.moved is not None:
        week, planned = told.moved
        diary.enter(planned - 2 * DAY, partial(_move, makers, told, told.meetings[week - 1]))


def _enter_answers(makers: Makers, told: Told, meeting: Meeting) -> None:
    week = meeting.week
    to_come = meeting.ends_at > makers.calendar.now
    if (told.quiet and to_come) or (week in told.missed and week > 3):
        return
    for person in told.members(week):
        draw, before, since = told.luck.random(), told.luck.uniform(8, 110), told.luck.uniform(1, 40)
        choice = Answer.NO if draw < DECLINES else Answer.MAYBE if draw < DECLINES + UNSURE else Answer.YES
        if to_come and told.name == JUNIPER:
            draw, choice = (1.0 if person.name == "Jonas Weber" else 0.5), Answer.YES
        if draw > ANSWERS:
            continue
        at = meeting.starts_at - before * HOUR
        if to_come:
            at = min(at, makers.calendar.now - since * HOUR)
        makers.diary.enter(at, partial(_answer, makers, meeting, person, choice))


def _answer(makers: Makers, meeting: Meeting, person: Person, choice: Answer, *, at: datetime) -> None:
    answer(makers.session, makers.session.get_one(CircleSession, meeting.id), person, choice, source="page", at=at)


def _enter_closing(makers: Makers, told: Told, meeting: Meeting) -> None:
    held = meeting.week not in told.missed
    members = told.members(meeting.week)
    there = {person.id for person in members if told.luck.random() < COMES}
    told.present[meeting.id] = there if len(there) > 1 else {person.id for person in members}
    at = meeting.ends_at + (2 * MINUTE if held else 3 * HOUR)
    makers.diary.enter(at, partial(_close, makers, told, meeting, held=held))


def _close(makers: Makers, told: Told, meeting: Meeting, *, held: bool, at: datetime) -> None:
    found = _whole(makers, meeting)
    present = told.present[meeting.id]
    changes.close_session(makers.session, found, present=present, held=held, actor=told.host(meeting.week), at=at)


def _enter_agreement(makers: Makers, told: Told) -> None:
    written = texts.document("weeks")["agreement"]
    first = told.season.sessions[0]
    number = told.number
    lines = [*written["lines"][: 6 + number % 3], written["own"][number % len(written["own"])]]
    entry = partial(
        agreements.write_agreement,
        makers.session,
        told.circle,
        lines=lines,
        managers=written["managers"][number % len(written["managers"])],
        actor=told.host(1),
    )
    makers.diary.enter(first.starts_at + 43 * MINUTE, entry)
    for place, person in enumerate(told.people):
        if person is not told.host(1):
            makers.diary.enter(first.starts_at + (44 + place) * MINUTE, partial(_say_in, makers, told, person))


def _say_in(makers: Makers, told: Told, person: Person, *, at: datetime) -> None:
    agreement = agreements.latest_agreement(makers.session, told.circle)
    if agreement is None:
        raise LookupError(f"{told.name} has no agreement to say yes to")
    agreements.say_in(makers.session, agreement, actor=person, at=at)


def _enter_ticks(makers: Makers, told: Told, meeting: Meeting) -> None:
    for person in told.members(meeting.week):
        at = meeting.starts_at - told.luck.uniform(1, 40) * HOUR
        if person.name == "Amara Osei":
            at = min(at, makers.calendar.now - HOUR)
        if told.luck.random() < 0.6 or person.name == "Amara Osei":
            tick = partial(writing.tick, makers.session, told.walk, meeting.week, "read", done=True, actor=person)
            makers.diary.enter(at, tick)


def _enter_writing(makers: Makers, told: Told, meeting: Meeting) -> None:
    session, diary, week = makers.session, makers.diary, meeting.week
    members = told.members(week)
    written, turn = texts.week_texts()[week], told.number + week
    if written.summaries:
        text = written.summaries[turn % len(written.summaries)]
        author = members[(week - 2) % len(members)]
        diary.enter(
            meeting.starts_at - 5 * HOUR,
            partial(writing.write_summary, session, told.walk, week - 1, text, actor=author),
        )
    for place in range(1 + turn % 2):
        text = written.notes[(2 * told.number + place) % len(written.notes)]
        author = members[(turn + 2 * place) % len(members)]
        at = meeting.ends_at + (2 + 20 * place) * HOUR
        if week == TALKED_AHEAD:
            at = min(meeting.starts_at, makers.calendar.now) - (3 + 14 * place) * HOUR
        diary.enter(at, partial(writing.add_note, session, told.walk, week, text, actor=author))
    if week < TALKED_AHEAD:
        _enter_commitments(makers, told, meeting)


def _enter_commitments(makers: Makers, told: Told, meeting: Meeting) -> None:
    week, after = meeting.week, told.meetings[meeting.week]
    written = texts.week_texts()[week].commitments
    for place, person in enumerate(told.members(week)):
        if told.luck.random() > 0.8:
            continue
        said = written[(told.number + place) % len(written)]
        commit = partial(writing.commit_to, makers.session, told.walk, week, said.text, actor=person)
        makers.diary.enter(meeting.ends_at - 4 * MINUTE, commit)
        if person in told.members(week + 1) and week + 1 not in told.missed and told.luck.random() < 0.85:
            outcome = partial(say_outcome, makers, told, week, said.outcome, said.note, person)
            makers.diary.enter(after.starts_at + (5 + place) * MINUTE, outcome)


def say_outcome(
    makers: Makers, told: Told, week: int, outcome: str, note: str, person: Person, *, at: datetime
) -> None:
    """A member says what became of what they said in a week."""
    commitment = makers.session.scalars(
        select(Commitment).where(
            Commitment.walk_id == told.walk.id, Commitment.week == week, Commitment.person_id == person.id
        )
    ).one()
    writing.say_outcome(makers.session, commitment, Outcome(outcome), note, actor=person, at=at)


def _leave(makers: Makers, told: Told, *, at: datetime) -> None:
    person = told.people[-1]
    desk = desk_for(makers.config, makers.session)
    leave_circle(makers.session, told.membership(person), actor=person, desk=desk, at=at)


def _move(makers: Makers, told: Told, meeting: Meeting, *, at: datetime) -> None:
    desk = desk_for(makers.config, makers.session)
    changes.move_session(
        makers.session,
        _whole(makers, meeting),
        starts_at=meeting.starts_at,
        actor=told.host(meeting.week),
        desk=desk,
        at=at,
    )


def enter_absence(makers: Makers, told: Told, person: Person) -> None:
    """A member is away from today until the end of next week."""
    today = local(makers.calendar.now, person.timezone).date()
    at = makers.calendar.now - 20 * HOUR
    makers.diary.enter(at, partial(_away, makers, told, person, today + 12 * DAY))


def _away(makers: Makers, told: Told, person: Person, until: date, *, at: datetime) -> None:
    forming.set_away(makers.session, told.membership(person), until, today=local(at, person.timezone).date())


def _whole(makers: Makers, meeting: Meeting) -> CircleSession:
    found = member_session_by_id(makers.session, meeting.id)
    if found is None:
        raise LookupError("a session of the season is gone")
    return found
