"""Each thing that can happen to a session, as a chain of messages that leaves every calendar right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.errors import DomainError, InvalidInput
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.mail.models import MailState, OutgoingMail
from app.mail.sending import build
from scheduling.models import Answer, CircleSession, Rsvp, SessionState
from scheduling.recurrence import Slot
from scheduling.services import changes, details
from scheduling.services.answers import answer
from scheduling.services.calendars import (
    change_address,
    change_choice,
    invite_person,
    invite_where_missing,
    tell_cancelled,
    tell_change,
    tell_noted_changes,
    withdraw_person,
)
from scheduling.services.membership import leave_circle, place_in_circle
from scheduling.services.slot_changes import change_weekly_time
from tests.factories import accounts
from tests.factories import circles as make
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life
from tests.scheduling.readers.plain import properties
from tests.scheduling.receivers import Receiver

#: A Tuesday morning; sessions are on Thursdays at 10:00 in Berlin, from 17 September.
AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def life(session: Session) -> Life:
    return Life.begin(session, at=AT, first=date(2026, 9, 14))


def written(life: Life, since: int) -> list[OutgoingMail]:
    """Mails written after the one with an id, those taken back too."""
    return list(life.session.scalars(select(OutgoingMail).where(OutgoingMail.id > since).order_by(OutgoingMail.id)))


def newest(life: Life) -> int:
    return life.session.scalars(select(OutgoingMail.id).order_by(OutgoingMail.id.desc()).limit(1)).one()


def numbers(mails: list[OutgoingMail]) -> set[tuple[str | None, int]]:
    """The methods and sequences of some mails' invites."""
    return {(mail.method, int(properties(mail.invite)["SEQUENCE"])) for mail in mails if mail.invite is not None}


def test_entering_the_horizon_is_a_request_with_sequence_0_to_each_member(life: Life) -> None:
    mails = written(life, 0)
    assert len(mails) == 6
    assert numbers(mails) == {("REQUEST", 0)}
    life.at = life.season.sessions[0].starts_at + HOUR
    before = newest(life)
    invite_where_missing(life.session, life.season.sessions, desk=DESK, at=life.at)
    third = written(life, before)
    assert {properties(mail.invite or b"")["UID"] for mail in third} == {life.season.sessions[2].uid}
    life.check()


def test_three_edits_within_fifteen_minutes_make_one_mail_with_the_same_sequence(life: Life) -> None:
    first, host, before = life.season.sessions[0], life.members[0], newest(life)
    for minutes, title in ((0, "Start"), (5, "Getting ready"), (9, "Ask for help")):
        at = AT + timedelta(minutes=minutes)
        details.rename_session(life.session, first, title, actor=host, desk=DESK, at=at)
    details.change_room(life.session, first, "https://meet.example/k7", actor=host, desk=DESK, at=AT + 9 * HOUR / 60)
    assert written(life, before) == [], "nothing is told at once"
    due = life.session.scalars(select(Job).where(Job.kind == "scheduling.tell_changes")).all()
    assert [job.run_at for job in due] == [AT + timedelta(minutes=15)]
    life.settle()
    mails = written(life, before)
    assert [mail.kind for mail in mails] == ["session.changed"] * 3
    assert numbers(mails) == {("REQUEST", 0)}
    assert {properties(mail.invite or b"")["SUMMARY"] for mail in mails} == {f"{life.season.circle.name}: Ask for help"}
    life.settle()
    assert len(written(life, before)) == 3
    life.check()


def test_a_change_within_the_last_hour_is_told_at_once_and_none_after_the_start(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    life.at = first.starts_at - 40 * timedelta(minutes=1)
    sent = details.change_room(life.session, first, "https://meet.example/k7", actor=host, desk=DESK, at=life.at)
    assert sent == 3
    life.check()
    with pytest.raises(DomainError):
        details.rename_session(life.session, first, "Too late", actor=host, desk=DESK, at=first.starts_at)


def test_a_change_that_waits_is_not_told_once_the_session_has_begun_or_was_skipped(life: Life) -> None:
    first, second, host = *life.season.sessions[:2], life.members[0]
    details.rename_session(life.session, second, "Skipped soon", actor=host, desk=DESK, at=AT)
    changes.skip_session(life.session, second, actor=host, desk=DESK, at=AT)
    before = newest(life)
    first.change_due_at = first.starts_at + timedelta(minutes=1)
    tell_noted_changes(life.session, life.season, desk=DESK, at=first.starts_at + HOUR / 2)
    assert written(life, before) == []


def test_another_room_for_the_season_leaves_sessions_with_their_own_alone(life: Life) -> None:
    first, second, host = *life.season.sessions[:2], life.members[0]
    details.change_room(life.session, first, "https://meet.example/own", actor=host, desk=DESK, at=AT)
    life.settle()
    before = newest(life)
    details.change_season_room(life.session, life.season, "https://meet.example/all", actor=host, desk=DESK, at=life.at)
    life.settle()
    assert {properties(mail.invite or b"")["UID"] for mail in written(life, before)} == {second.uid}
    life.check()


@pytest.mark.parametrize("link", ["meet.example/a", "javascript:alert(1)", "https://a b", "https://x/" + "y" * 400])
def test_what_is_no_link_is_refused(life: Life, link: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        details.change_room(life.session, life.season.sessions[0], link, actor=life.members[0], desk=DESK, at=AT)
    assert caught.value.field == "room"


def test_a_title_that_is_too_long_is_refused(life: Life) -> None:
    with pytest.raises(InvalidInput) as caught:
        details.rename_session(
            life.session, life.season.sessions[0], "x" * 201, actor=life.members[0], desk=DESK, at=AT
        )
    assert caught.value.field == "title"


def test_a_move_is_a_request_with_the_next_sequence_that_asks_again(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    answer(life.session, first, host, Answer.YES, source="page", at=AT)
    before = newest(life)
    changes.move_session(life.session, first, starts_at=first.starts_at + DAY, actor=host, desk=DESK, at=AT)
    mails = written(life, before)
    assert numbers(mails) == {("REQUEST", 1)}
    assert all(b"PARTSTAT=NEEDS-ACTION" in (mail.invite or b"").replace(b"\r\n ", b"") for mail in mails)
    assert life.session.scalar(select(Rsvp)) is None
    life.refresh()
    life.check()


def test_a_resend_at_the_same_time_keeps_the_answer(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    answer(life.session, first, host, Answer.MAYBE, source="page", at=AT)
    details.rename_session(life.session, first, "Ask for help", actor=host, desk=DESK, at=AT)
    life.settle()
    assert b"PARTSTAT=TENTATIVE" in (life.mails(host.email)[-1].invite or b"").replace(b"\r\n ", b"")


def test_handing_over_hosting_tells_no_calendar_because_none_names_a_host(life: Life) -> None:
    first, before = life.season.sessions[0], newest(life)
    amara, tomas, _linh = life.members
    changes.swap_host(life.session, first, tomas.id, actor=amara, at=AT)
    life.settle()
    assert written(life, before) == []
    for mail in life.mails(amara.email):
        assert tomas.name.encode() not in (mail.invite or b"")


def test_a_skipped_week_is_a_cancel_where_it_was_sent_and_else_nothing(life: Life) -> None:
    first, far, host = life.season.sessions[0], life.season.sessions[5], life.members[0]
    before = newest(life)
    assert changes.skip_session(life.session, far, actor=host, desk=DESK, at=AT) == 0
    assert written(life, before) == []
    assert changes.skip_session(life.session, first, actor=host, desk=DESK, at=AT) == 3
    assert numbers(written(life, before)) == {("CANCEL", 1)}
    life.settle()
    life.check()


def test_an_undone_skip_is_a_new_session_with_a_new_uid(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    changes.move_session(life.session, first, starts_at=first.starts_at + HOUR, actor=host, desk=DESK, at=AT)
    changes.skip_session(life.session, first, actor=host, desk=DESK, at=AT)
    back = changes.bring_back(life.session, first, actor=host, at=AT)
    life.settle()
    assert (back.uid != first.uid, back.replaces_id, back.sequence) == (True, first.id, 0)
    assert (back.starts_at, back.wall, back.week) == (first.starts_at, first.wall, first.week)
    life.check()


def test_who_joins_is_invited_with_the_current_sequence_and_nobody_else_hears(life: Life) -> None:
    first = life.season.sessions[0]
    changes.move_session(life.session, first, starts_at=first.starts_at + HOUR, actor=life.members[0], desk=DESK, at=AT)
    before = newest(life)
    late = join(life)
    assert {mail.recipient for mail in written(life, before)} == {late.email}
    assert numbers(written(life, before)) == {("REQUEST", 1), ("REQUEST", 0)}
    life.check()


def join(life: Life) -> Person:
    late = accounts.person(life.session, name="Kai Nakamura", timezone="Asia/Tokyo")
    entry = make.enrollment(life.session, life.season.circle.cohort, late)
    place_in_circle(life.session, life.season.circle, entry, actor=late, desk=DESK, at=life.at)
    life.refresh()
    life.addresses[late] = [late.email]
    return late


def test_who_leaves_loses_the_sessions_and_the_others_hear_only_of_the_room(life: Life) -> None:
    first, before = life.season.sessions[0], newest(life)
    leaver = life.members[2]
    membership = next(one for one in life.season.circle.memberships if one.person_id == leaver.id)
    leave_circle(life.session, membership, actor=leaver, desk=DESK, at=AT)
    gone = written(life, before)
    assert {mail.recipient for mail in gone} == {leaver.email}
    assert numbers(gone) == {("CANCEL", 1)}
    assert life.season.room_url not in "".join(mail.text + (mail.invite or b"").decode() for mail in gone)
    life.settle()
    told = written(life, gone[-1].id)
    assert {mail.recipient for mail in told} == {person.email for person in life.members}
    assert first.sequence == 1
    life.check()


def test_a_typed_room_stays_when_somebody_leaves(life: Life) -> None:
    details.change_season_room(
        life.session, life.season, "https://meet.example/ours", actor=life.members[0], desk=DESK, at=AT
    )
    life.settle()
    before = newest(life)
    leaver = life.season.circle.memberships[2]
    leave_circle(life.session, leaver, actor=leaver.person, desk=DESK, at=life.at)
    life.settle()
    assert life.season.room_url == "https://meet.example/ours"
    told = written(life, before)
    assert {mail.recipient for mail in told if mail.invite} == {leaver.person.email}
    assert {mail.kind for mail in told if not mail.invite} == {"session.room_known"}
    life.check()


def test_another_weekly_time_moves_what_was_sent_and_tells_nothing_else(life: Life) -> None:
    before = newest(life)
    moved = change_weekly_time(
        life.session,
        life.season,
        [Slot(1, time(17), "Europe/Berlin", 60)],
        actor=life.members[0],
        desk=DESK,
        at=AT,
    )
    assert len(moved) == 12
    assert numbers(written(life, before)) == {("REQUEST", 1)}
    assert len(written(life, before)) == 6
    life.refresh()
    assert {(m.local_date.weekday(), m.local_time) for m in life.to_come} == {(1, time(17))}
    assert all(m.wall.instant == m.starts_at for m in life.to_come)
    life.check()


def test_the_end_of_a_circle_takes_out_what_was_sent(life: Life) -> None:
    before = newest(life)
    assert changes.end_season(life.session, life.season, actor=None, desk=DESK, at=AT) == 6
    assert numbers(written(life, before)) == {("CANCEL", 1)}
    assert all("has ended" in mail.text for mail in written(life, before))
    life.settle()
    life.check()


def test_a_new_address_is_a_cancel_to_the_old_and_a_request_to_the_new(life: Life) -> None:
    amara, before = life.members[0], newest(life)
    move_address(life, amara, "amara@new.example")
    mails = written(life, before)
    assert [(mail.recipient, mail.method) for mail in mails] == [
        (life.addresses[amara][0], "CANCEL"),
        ("amara@new.example", "REQUEST"),
    ] * 2
    assert numbers(mails) == {("CANCEL", 1), ("REQUEST", 1)}
    life.check()
    move_address(life, amara, life.addresses[amara][0])
    life.check()


def move_address(life: Life, person: Person, new: str) -> None:
    old = person.email
    person.email, person.email_key = new, new.lower()
    change_address(life.session, person, old, desk=DESK, at=life.at)
    life.addresses[person] = list(dict.fromkeys([*life.addresses[person], new]))
    life.refresh()


def test_choosing_the_feed_takes_invites_back_and_choosing_invites_sends_them(life: Life) -> None:
    amara, before = life.members[0], newest(life)
    choose(life, amara, CalendarChoice.FEED)
    mails = written(life, before)
    assert {mail.recipient for mail in mails} == {amara.email}
    assert numbers(mails) == {("CANCEL", 1)}
    assert all("takes place as planned" in mail.text for mail in mails)
    life.check()
    first, before = life.season.sessions[0], newest(life)
    changes.move_session(life.session, first, starts_at=first.starts_at + HOUR, actor=amara, desk=DESK, at=AT)
    own = [mail for mail in written(life, before) if mail.recipient == amara.email]
    assert [(mail.kind, mail.invite) for mail in own] == [("session.moved", None)], "they still hear of changes"
    before = newest(life)
    choose(life, amara, CalendarChoice.INVITES)
    assert {mail.recipient for mail in written(life, before)} == {amara.email}
    life.check()
    choose(life, amara, CalendarChoice.NEITHER)
    choose(life, amara, CalendarChoice.FEED)
    assert len([mail for mail in life.mails(amara.email) if mail.method == "CANCEL"]) == 4
    life.check()


def choose(life: Life, person: Person, choice: CalendarChoice) -> None:
    person.calendar_choice = choice
    life.session.flush()
    change_choice(life.session, person, desk=DESK, at=life.at)
    life.refresh()


def test_the_profile_page_takes_invites_back(life: Life, sign_in: Callable[[Person], FlaskClient]) -> None:
    amara = life.members[0]
    profile = {
        "name": amara.name,
        "timezone": amara.timezone,
        "locale": "en",
        "languages": "en",
        "calendar_choice": "feed",
    }
    browser = sign_in(amara)
    assert browser.post("/profile", data=profile).status_code == 302
    life.refresh()
    assert amara.calendar_choice is CalendarChoice.FEED
    assert [mail.kind for mail in life.mails(amara.email)] == ["session.invite"] * 2 + ["session.withdrawn"] * 2
    before = newest(life)
    assert browser.post("/profile", data=profile).status_code == 302
    assert written(life, before) == [], "the same choice again changes nothing"
    life.check()


def test_who_takes_the_feed_is_not_mailed_about_leaving_or_a_new_address(life: Life) -> None:
    amara = life.members[0]
    choose(life, amara, CalendarChoice.FEED)
    before = newest(life)
    move_address(life, amara, "amara@new.example")
    leave_circle(life.session, life.season.circle.memberships[0], actor=amara, desk=DESK, at=AT)
    assert [mail for mail in written(life, before) if mail.person_id == amara.id] == []
    life.settle()
    life.check()


def test_a_guest_has_one_session_in_the_calendar_until_it_is_taken_back(life: Life) -> None:
    guest = accounts.person(life.session, name="Kai Nakamura", timezone="Asia/Tokyo")
    first, before = life.season.sessions[0], newest(life)
    assert invite_person(life.session, first, guest, desk=DESK, at=AT) == 1
    assert invite_person(life.session, first, guest, desk=DESK, at=AT) == 0
    assert Receiver().take(life.mails(guest.email)).instants == [first.starts_at]
    assert withdraw_person(life.session, first, guest, desk=DESK, at=AT) == 1
    assert withdraw_person(life.session, first, guest, desk=DESK, at=AT) == 0
    assert Receiver().take(life.mails(guest.email)).instants == []
    assert {mail.recipient for mail in written(life, before)} == {guest.email}


@pytest.mark.parametrize(("ahead", "waits"), [(3 * DAY, True), (20 * HOUR, False)])
def test_a_move_waits_for_the_morning_unless_the_session_is_within_a_day(
    life: Life, ahead: timedelta, waits: bool
) -> None:
    first, host = life.season.sessions[0], life.members[0]
    late = datetime(2026, 9, 13, 21, 0, tzinfo=UTC)
    first.begin_at(first.wall.showing(late + ahead, "Europe/Berlin"), HOUR)
    before = newest(life)
    changes.move_session(life.session, first, starts_at=first.starts_at + HOUR, actor=host, desk=DESK, at=late)
    mails = written(life, before)
    morning = datetime(2026, 9, 14, 5, 30, tzinfo=UTC)
    assert {mail.send_at for mail in mails} == {morning if waits else late}


def test_a_mail_held_back_for_the_night_gives_way_to_a_newer_one(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    life.at = datetime(2026, 9, 13, 21, 0, tzinfo=UTC)
    before = newest(life)
    for hours in (1, 2, 3):
        changes.move_session(
            life.session, first, starts_at=first.starts_at + HOUR, actor=host, desk=DESK, at=life.at + hours * HOUR / 9
        )
    states = [mail.state for mail in written(life, before)]
    assert states == [MailState.CANCELLED] * 6 + [MailState.WAITING] * 3
    life.refresh()
    life.check()


def test_an_invite_that_never_left_needs_no_cancel(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    put_off(life, [mail for mail in life.mails(host.email) if first.uid.encode() in (mail.invite or b"")])
    before = newest(life)
    assert changes.skip_session(life.session, first, actor=host, desk=DESK, at=AT) == 2
    assert host.email not in {mail.recipient for mail in written(life, before)}
    life.settle()
    life.check()


def test_a_move_of_an_invite_that_never_left_is_an_invite(life: Life) -> None:
    first, host = life.season.sessions[0], life.members[0]
    put_off(life, [mail for mail in life.mails(host.email) if first.uid.encode() in (mail.invite or b"")])
    before = newest(life)
    changes.move_session(life.session, first, starts_at=first.starts_at + HOUR, actor=host, desk=DESK, at=AT)
    kinds = {mail.recipient: mail.kind for mail in written(life, before)}
    assert kinds.pop(host.email) == "session.invite"
    assert set(kinds.values()) == {"session.moved"}
    life.refresh()
    life.check()


def put_off(life: Life, mails: list[OutgoingMail]) -> None:
    """A server has answered that it takes these later."""
    for mail in mails:
        job = life.session.scalars(select(Job).where(Job.key == f"mail:{mail.id}")).one()
        token = ledger.claim(life.session, job.id, at=AT)
        assert token is not None
        assert ledger.fail(life.session, job.id, token, "451 later", at=AT) is JobState.WAITING


def test_the_bytes_of_a_waiting_mail_stay_whatever_happens_to_its_session(life: Life) -> None:
    host = life.members[0]
    mail = life.mails(host.email)[0]
    before = build(mail, sender="circles@coterie.test", sender_name="Coterie")
    changes.move_session(
        life.session,
        life.season.sessions[0],
        starts_at=life.season.sessions[0].starts_at + HOUR,
        actor=host,
        desk=DESK,
        at=AT,
    )
    life.refresh()
    assert build(mail, sender="circles@coterie.test", sender_name="Coterie") == before


def test_nothing_is_sent_for_a_session_that_is_over(life: Life) -> None:
    first, before = life.season.sessions[0], newest(life)
    at = first.ends_at
    assert tell_change(life.session, first, kind="session.moved", desk=DESK, at=at) == 0
    assert tell_cancelled(life.session, first, desk=DESK, at=at) == 0
    assert withdraw_person(life.session, first, life.members[0], desk=DESK, at=at) == 0
    assert written(life, before) == []


@pytest.mark.parametrize(
    ("weeks", "added"),
    [
        ((date(2026, 9, 14), date(2026, 9, 28), date(2026, 10, 12)), date(2026, 10, 26)),
        ((date(2026, 9, 14), date(2026, 9, 21), date(2026, 10, 26)), date(2026, 11, 30)),
        ((date(2026, 9, 14),), date(2026, 9, 21)),
    ],
)
def test_other_cadences_skip_come_back_and_grow_at_their_own_pace(
    session: Session, weeks: tuple[date, ...], added: date
) -> None:
    life = Life.begin(session, at=AT, weeks=weeks)
    first, host = life.season.sessions[0], life.members[0]
    assert [m.week for m in life.season.sessions] == list(weeks)
    changes.skip_session(session, first, actor=host, desk=DESK, at=AT)
    label = changes.Label("Again", "")
    one_more = changes.add_at_end(session, life.season, label=label, at=AT)
    assert (one_more.week, one_more.local_date) == (added, added + 3 * DAY)
    life.settle()
    life.check()
    back = changes.bring_back(session, first, actor=host, at=life.at)
    changes.skip_session(session, one_more, actor=host, desk=DESK, at=life.at)
    life.settle()
    life.check()
    changes.skip_session(session, back, actor=host, desk=DESK, at=life.at)
    life.refresh()
    again = changes.add_at_end(session, life.season, label=label, at=life.at)
    assert again.week == added, "no week is lost by skipping, undoing and skipping again"
    life.settle()
    life.check()
    standing = [m for m in life.season.sessions if m.state is not SessionState.CANCELLED]
    assert [m.position for m in standing] == list(range(1, len(weeks) + 1))
    assert all(isinstance(m, CircleSession) for m in standing)
