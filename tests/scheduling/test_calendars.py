"""Every member's calendar shows what the application knows, through every change of a season."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.errors import DomainError, InvalidInput
from app.mail.models import OutgoingMail
from circles.models import Circle
from scheduling.models import Answer, CircleSession, Rsvp, Season, SessionState
from scheduling.services import changes
from scheduling.services.answers import answer
from scheduling.services.calendars import change_address, invite_where_missing, tell_noted_changes
from scheduling.services.membership import leave_circle, place_in_circle
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season
from tests.scheduling.receivers import Receiver

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
NAMES = ("Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber", "Priya Nair")


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def juniper(session: Session) -> Season:
    """A season of five people, invited to the first two sessions."""
    circle = make.circle_of(session, NAMES, name="Juniper")
    made = season(session, circle, at=AT, first=date(2026, 9, 14))
    invite_where_missing(session, made.sessions, desk=DESK, at=AT)
    return reload(session, made)


def people(made: Season) -> list[Person]:
    return [membership.person for membership in made.circle.memberships if membership.left_at is None]


def mails_to(session: Session, address: str) -> list[OutgoingMail]:
    return list(
        session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == address).order_by(OutgoingMail.id))
    )


def calendar_of(session: Session, person: Person) -> Receiver:
    return Receiver().take(mails_to(session, person.email))


def expected(made: Season, count: int = 2) -> list[datetime]:
    planned = [m.starts_at for m in made.sessions if m.state is SessionState.PLANNED]
    return sorted(planned)[:count]


def test_everyone_is_invited_to_the_next_two_sessions_only(session: Session, juniper: Season) -> None:
    for person in people(juniper):
        assert calendar_of(session, person).instants == expected(juniper)
    assert invite_where_missing(session, juniper.sessions, desk=DESK, at=AT) == 0, "nobody is invited twice"


def test_no_mail_names_another_member_s_address(session: Session, juniper: Season) -> None:
    for person in people(juniper):
        others = [other.email for other in people(juniper) if other is not person]
        for mail in mails_to(session, person.email):
            whole = (mail.invite or b"").decode() + mail.text + mail.html + mail.subject
            assert not [address for address in others if address in whole]


def test_a_moved_session_moves_in_every_calendar_and_answers_are_asked_again(session: Session, juniper: Season) -> None:
    first = juniper.sessions[0]
    amara = people(juniper)[0]
    answer(session, first, amara, Answer.YES, source="page", at=AT)
    new = first.starts_at + timedelta(days=1, hours=2)
    assert changes.move_session(session, first, starts_at=new, actor=amara, desk=DESK, at=AT) == 5
    for person in people(juniper):
        assert calendar_of(session, person).instants == sorted([new, juniper.sessions[1].starts_at])
    assert session.scalar(select(Rsvp)) is None
    assert first.schedule_sequence == first.sequence == 1


def test_a_skipped_session_disappears_and_comes_back_under_a_new_uid(session: Session, juniper: Season) -> None:
    first, second = juniper.sessions[0], juniper.sessions[1]
    amara = people(juniper)[0]
    changes.skip_session(session, first, actor=amara, desk=DESK, at=AT)
    assert calendar_of(session, amara).instants == [second.starts_at]
    assert second.position == 1
    back = changes.bring_back(session, first, actor=amara, at=AT)
    made = reload(session, juniper)
    invite_where_missing(session, made.sessions, desk=DESK, at=AT)
    assert back.uid != first.uid
    assert calendar_of(session, amara).instants == [first.starts_at, second.starts_at]
    assert [m.position for m in made.sessions if m.state is not SessionState.CANCELLED] == list(range(1, 13))
    with pytest.raises(DomainError):
        changes.bring_back(session, first, actor=amara, at=AT)


def test_who_leaves_loses_the_sessions_and_the_room_and_others_get_the_new_room(
    session: Session, juniper: Season
) -> None:
    old_room = juniper.room_url
    leaver = juniper.circle.memberships[3]
    leave_circle(session, leaver, actor=leaver.person, desk=DESK, at=AT)
    assert calendar_of(session, leaver.person).instants == []
    made = reload(session, juniper)
    assert made.room_url != old_room
    assert tell_noted_changes(session, made, desk=DESK, at=AT + timedelta(minutes=14)) == 0
    assert tell_noted_changes(session, made, desk=DESK, at=AT + timedelta(minutes=15)) == 8
    for person in people(made):
        assert calendar_of(session, person).instants == expected(made)
        assert made.room_url in (mails_to(session, person.email)[-1].invite or b"").decode().replace("\r\n ", "")
    assert made.room_url not in mails_to(session, leaver.person.email)[-1].text


def test_who_joins_gets_the_invites_and_nobody_else_hears_of_it(
    session: Session, juniper: Season, person: Callable[..., Person]
) -> None:
    before = session.query(OutgoingMail).count()
    late = person(name="Kai Nakamura", timezone="Asia/Tokyo")
    entry = make.enrollment(session, juniper.circle.cohort, late)
    place_in_circle(session, session.get_one(Circle, juniper.circle_id), entry, actor=late, desk=DESK, at=AT)
    assert calendar_of(session, late).instants == expected(juniper)
    assert session.query(OutgoingMail).count() == before + 2


def test_a_new_address_takes_the_sessions_along(session: Session, juniper: Season) -> None:
    amara = people(juniper)[0]
    old = amara.email
    amara.email, amara.email_key = "new@example.org", "new@example.org"
    change_address(session, amara, old, desk=DESK, at=AT)
    assert Receiver().take(mails_to(session, old)).instants == []
    assert Receiver().take(mails_to(session, "new@example.org")).instants == expected(juniper)


def test_who_takes_the_feed_gets_mails_without_an_invite(session: Session) -> None:
    circle = make.circle_of(session, NAMES, name="Hazel")
    made = season(session, circle, at=AT, first=date(2026, 9, 14))
    amara = people(made)[0]
    amara.calendar_choice = CalendarChoice.FEED
    invite_where_missing(session, made.sessions, desk=DESK, at=AT)
    mails = mails_to(session, amara.email)
    assert len(mails) == 2
    assert all(mail.invite is None and mail.method is None for mail in mails)


def test_sequence_and_stamp_only_rise(session: Session, juniper: Season) -> None:
    first = juniper.sessions[0]
    amara = people(juniper)[0]
    for hours in (1, 2, 3):
        moved = first.starts_at + timedelta(hours=hours)
        changes.move_session(session, first, starts_at=moved, actor=amara, desk=DESK, at=AT)
    changes.skip_session(session, first, actor=amara, desk=DESK, at=AT)
    calendars = [
        (int(line.split(b":")[1]), stamp)
        for mail in mails_to(session, amara.email)
        if mail.invite and first.uid.encode() in mail.invite
        for line in mail.invite.splitlines()
        if line.startswith(b"SEQUENCE")
        for stamp in [next(row for row in mail.invite.splitlines() if row.startswith(b"DTSTAMP"))]
    ]
    assert calendars == sorted(set(calendars)), "each message is newer than the one before"


@pytest.mark.parametrize("days", [-30, 29])
def test_a_session_cannot_move_into_the_past_or_too_far(session: Session, juniper: Season, days: int) -> None:
    first = juniper.sessions[0]
    with pytest.raises(InvalidInput):
        changes.move_session(
            session, first, starts_at=first.starts_at + timedelta(days=days), actor=people(juniper)[0], desk=DESK, at=AT
        )


def test_a_session_cannot_move_onto_another(session: Session, juniper: Season) -> None:
    with pytest.raises(InvalidInput):
        changes.move_session(
            session,
            juniper.sessions[0],
            starts_at=juniper.sessions[1].starts_at + timedelta(minutes=30),
            actor=people(juniper)[0],
            desk=DESK,
            at=AT,
        )


def test_the_host_of_this_and_the_next_session_may_change_them(session: Session, juniper: Season) -> None:
    sessions: list[CircleSession] = list(juniper.sessions)
    may = [changes.may_change(sessions[0], sessions, person, at=AT) for person in people(juniper)]
    assert may == [True, True, False, False, False]
    assert not changes.may_change(sessions[2], sessions, people(juniper)[0], at=AT)


def test_presence_is_noted_and_can_be_corrected(session: Session, juniper: Season) -> None:
    first = juniper.sessions[0]
    members = people(juniper)
    after = first.starts_at + timedelta(minutes=50)
    with pytest.raises(DomainError):
        changes.close_session(session, first, present={members[0].id}, held=True, actor=members[0], at=AT)
    there = {member.id for member in members[:3]}
    changes.close_session(session, first, present=there, held=True, actor=members[0], at=after)
    assert (first.state, first.present) == (SessionState.HELD, 3)
    changes.close_session(session, first, present=set(), held=False, actor=members[1], at=after)
    assert (first.state, first.present) == (SessionState.MISSED, 0)


def test_room_of_a_moved_session_stays_and_holidays_are_named(session: Session) -> None:
    circle = make.circle_of(session, NAMES, name="Rowan")
    made = season(session, circle, at=AT, first=date(2026, 12, 21), count=2, weekday=4)
    assert made.sessions[0].holidays, "25 December is a holiday in Germany"
