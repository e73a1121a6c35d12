"""What calendars lack, or hold against the truth, is found and put right once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.mail.models import MailState, OutgoingMail
from scheduling.models import CircleSession, GuestState, InviteSent, SessionGuest, SessionState
from scheduling.services import changes, details
from scheduling.services.reconciling import Fault, differences, repair, seasons_to_come
from tests.factories import accounts
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life
from tests.scheduling.receivers import Receiver

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def life(session: Session) -> Life:
    return Life.begin(session, at=AT, first=date(2026, 9, 14))


def faults(life: Life) -> list[tuple[str, int, Fault]]:
    """What is found: first name, position and what is wrong."""
    life.refresh()
    found = differences(life.session, life.season, desk=DESK, at=life.at)
    return [(one.person.first_name, one.meeting.position, one.fault) for one in found]


def mend(life: Life) -> int:
    """Repair what is found; how many mails were written."""
    found = differences(life.session, life.season, desk=DESK, at=life.at)
    return repair(life.session, found, desk=DESK, at=life.at)


def lost_row(life: Life, amara: Person, first: CircleSession) -> None:
    life.session.execute(delete(InviteSent).where(InviteSent.person_id == amara.id, InviteSent.session_id == first.id))


def left_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    life.season.circle.memberships[0].left_at = AT


def skipped_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    first.state = SessionState.CANCELLED


def moved_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    first.begin_at(first.wall.showing(first.starts_at + HOUR, "Europe/Berlin"), HOUR)


def moved_with_a_number_but_no_mail(life: Life, amara: Person, first: CircleSession) -> None:
    first.begin_at(first.wall.showing(first.starts_at + HOUR, "Europe/Berlin"), HOUR)
    first.sequence = first.schedule_sequence = 1


def renamed_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    first.title = "Another title"


def other_room_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    life.season.room_url = "https://meet.example/other"


def other_address_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    amara.email = amara.email_key = "amara@new.example"
    life.addresses[amara].append(amara.email)


def other_choice_without_word(life: Life, amara: Person, first: CircleSession) -> None:
    amara.calendar_choice = CalendarChoice.FEED


def refused_mail(life: Life, amara: Person, first: CircleSession) -> None:
    life.session.execute(
        update(OutgoingMail).where(OutgoingMail.recipient == amara.email).values(state=MailState.FAILED)
    )


def number_from_before_a_restored_backup(life: Life, amara: Person, first: CircleSession) -> None:
    life.session.execute(update(InviteSent).where(InviteSent.session_id == first.id).values(sequence=4))


ALL = ("Amara", "Linh", "Tomas")


@pytest.mark.parametrize(
    ("accident", "found"),
    [
        (lost_row, [("Amara", 1, Fault.MISSING)]),
        (left_without_word, [("Amara", 1, Fault.LINGERING), ("Amara", 2, Fault.LINGERING)]),
        (moved_without_word, [(name, 1, Fault.TIME) for name in ALL]),
        (moved_with_a_number_but_no_mail, [(name, 1, Fault.SEQUENCE) for name in ALL]),
        (renamed_without_word, [(name, 1, Fault.WORDS) for name in ALL]),
        (other_room_without_word, [(name, number, Fault.WORDS) for number in (1, 2) for name in ALL]),
        (other_address_without_word, [("Amara", number, Fault.ADDRESS) for number in (1, 2)]),
        (other_choice_without_word, [("Amara", number, Fault.CALENDAR) for number in (1, 2)]),
        (refused_mail, [("Amara", number, Fault.UNDELIVERED) for number in (1, 2)]),
        (number_from_before_a_restored_backup, [(name, 1, Fault.SEQUENCE) for name in ALL]),
    ],
)
def test_each_accident_is_found_and_put_right_once(
    life: Life, accident: Callable[[Life, Person, CircleSession], None], found: list[tuple[str, int, Fault]]
) -> None:
    assert faults(life) == []
    accident(life, life.members[0], life.season.sessions[0])
    life.at += timedelta(minutes=1)
    assert faults(life) == found
    assert mend(life) > 0
    assert faults(life) == []
    assert mend(life) == 0
    life.check()


def test_a_session_skipped_without_word_leaves_calendars(life: Life) -> None:
    skipped_without_word(life, life.members[0], life.season.sessions[0])
    assert {(name, fault) for name, _position, fault in faults(life)} == {
        *((name, Fault.LINGERING) for name in ALL),
        *((name, Fault.MISSING) for name in ALL),
    }
    mend(life)
    assert faults(life) == []
    life.check()


def test_a_cancellation_that_was_refused_is_written_again(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    changes.skip_session(life.session, first, actor=host, desk=DESK, at=AT)
    mail = life.mails(host.email)[-1]
    mail.state = MailState.FAILED
    life.settle()
    assert [fault for _name, _position, fault in faults(life)] == [Fault.UNDELIVERED]
    mend(life)
    assert faults(life) == []
    again = life.mails(host.email)[-1]
    assert (again.method, again.kind) == ("CANCEL", "session.cancelled")
    life.check()


def test_a_change_that_waits_its_quarter_of_an_hour_is_no_difference(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    details.rename_session(life.session, first, "Soon told", actor=host, desk=DESK, at=AT)
    assert faults(life) == []


def test_a_guest_belongs_to_the_session_while_welcome(life: Life) -> None:
    guest = accounts.person(life.session, name="Kai Nakamura", timezone="Asia/Tokyo")
    row = SessionGuest(session_id=life.season.sessions[0].id, person_id=guest.id, state=GuestState.WELCOME, asked_at=AT)
    life.session.add(row)
    life.session.flush()
    assert faults(life) == [("Kai", 1, Fault.MISSING)]
    mend(life)
    assert faults(life) == []
    assert Receiver().take(life.mails(guest.email)).instants == [life.season.sessions[0].starts_at]
    row.state = GuestState.WITHDRAWN
    life.session.flush()
    assert faults(life) == [("Kai", 1, Fault.LINGERING)]


def test_seasons_that_are_over_are_not_looked_at(life: Life) -> None:
    assert list(seasons_to_come(life.session, at=AT)) == [life.season.id]
    assert list(seasons_to_come(life.session, at=life.season.sessions[-1].starts_at)) == []


def test_a_circle_is_compared_in_the_same_number_of_queries_whatever_its_size(
    session: Session, queries: list[str]
) -> None:
    counts = []
    for names in (("Amara Osei",), ("Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber", "Priya Nair")):
        life = Life.begin(session, at=AT, first=date(2026, 9, 14), names=names)
        queries.clear()
        assert differences(session, life.season, desk=DESK, at=AT) == []
        counts.append(len(queries))
    assert counts[0] == counts[1]
