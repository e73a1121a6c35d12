"""Catching up in another circle: who is offered what, the host's yes or no, and what a guest reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.jobs import ledger
from app.mail.models import OutgoingMail
from circles.models import Circle, Enrollment, Wish, WishKind
from guides.walk.services import writing
from scheduling.models import Answer, Attendance, CircleSession, GuestState, Rsvp, Season, SessionGuest, SessionState
from scheduling.queries.guests import guests_of, is_welcome, seats_taken
from scheduling.services import changes
from scheduling.services.answers import answer
from scheduling.services.calendars import invite_where_missing
from tests.factories import accounts as make_accounts
from tests.factories import circles as make_circles
from tests.factories import practices as make
from tests.factories.scheduling import DESK, reload, season

#: A Monday; Juniper meets on Thursdays at 10:00 in Berlin, Alder on Fridays.
AT = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
HOURS = "Mon 08:00-18:00; Tue 08:00-18:00; Wed 08:00-18:00; Thu 08:00-18:00; Fri 08:00-18:00"


@dataclass
class Two:
    """Juniper (with a guide) and Alder of one cohort; Greta of Alder cannot come on Friday 25 September."""

    world: make.World
    alder: Circle
    alders: Season
    greta: Person
    missed: CircleSession
    open: CircleSession


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def two(session: Session) -> Two:
    with time_machine.travel(AT - timedelta(days=7), tick=False):
        world = make.world(session, held=1)
    world.cohort.catch_up = True
    people = [make_accounts.person(session, name=name, timezone="Europe/Berlin") for name in ("Greta", "Hugo", "Ines")]
    alder = make_circles.circle(session, world.cohort, people, name="Alder")
    alders = season(session, alder, at=AT, first=AT.date(), weekday=4, count=4)
    for row in session.scalars(select(Enrollment).where(Enrollment.cohort_id == world.cohort.id)):
        row.available = HOURS
    missed = alders.sessions[0]
    answer(session, missed, people[0], Answer.NO, source="page", at=AT)
    session.commit()
    return Two(world, alder, alders, people[0], missed, world.season.sessions[1])


def offered(browser: FlaskClient, missed: CircleSession) -> str:
    return " ".join(browser.get(f"/sessions/{missed.id}/catch-up").get_data(as_text=True).split())


def ask(browser: FlaskClient, two: Two, meeting: CircleSession | None = None) -> None:
    browser.post(f"/sessions/{two.missed.id}/catch-up", data={"with": str((meeting or two.open).id)})


def row_of(session: Session, two: Two) -> SessionGuest:
    session.expire_all()
    return session.scalars(select(SessionGuest).where(SessionGuest.person_id == two.greta.id)).one()


def host_of(two: Two) -> Person:
    return two.world.tomas


def mails(session: Session, kind: str) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind)))


def test_a_member_who_cannot_come_sees_circles_of_the_same_week_with_a_free_chair(
    two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    seen = offered(sign_in(two.greta), two.missed)
    assert "Juniper" in seen
    assert "Thursday 24 September" in seen
    assert "Thursday 1 October" not in seen, "only this week"
    assert "2 free chairs" in seen
    assert "Amara" not in seen, "who is in it is not said"


@pytest.mark.parametrize(
    "reason", ["says yes", "cohort", "full", "hours", "manager", "report", "avoids", "avoided", "soon"]
)
def test_what_does_not_suit_is_left_out_silently(
    session: Session, two: Two, reason: str, sign_in: Callable[[Person], FlaskClient]
) -> None:
    mine = session.scalars(select(Enrollment).where(Enrollment.person_id == two.greta.id)).one()
    theirs = session.scalars(select(Enrollment).where(Enrollment.person_id == two.world.amara.id)).one()
    if reason == "says yes":
        answer(session, two.missed, two.greta, Answer.YES, source="page", at=AT + timedelta(seconds=1))
    elif reason == "cohort":
        two.world.cohort.catch_up = False
    elif reason == "full":
        two.world.cohort.size_target = two.world.cohort.size_max = 4
    elif reason == "hours":
        mine.available = "Mon 08:00-18:00"
    elif reason == "manager":
        two.greta.manager_id = two.world.amara.id
    elif reason == "report":
        two.world.amara.manager_id = two.greta.id
    elif reason == "avoids":
        session.add(Wish(enrollment_id=mine.id, kind=WishKind.AVOID, email_key=two.world.amara.email_key))
    elif reason == "avoided":
        session.add(Wish(enrollment_id=theirs.id, kind=WishKind.AVOID, email_key=two.greta.email_key))
    elif reason == "soon":
        changes.move_session(
            session, two.open, starts_at=AT + timedelta(hours=1), actor=two.world.amara, desk=DESK, at=AT
        )
    session.commit()
    browser = sign_in(two.greta)
    seen = offered(browser, two.missed)
    assert "Juniper" not in seen
    assert "Ask to come" not in seen
    ask(browser, two)
    assert session.scalars(select(SessionGuest)).all() == []
    assert mails(session, "guest.asked") == []


def test_the_host_is_asked_and_says_yes(session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]) -> None:
    ask(sign_in(two.greta), two)
    guest = row_of(session, two)
    assert guest.state is GuestState.ASKED
    asked = {mail.recipient_name for mail in mails(session, "guest.asked")}
    assert asked == {"Tomás Rivera", "Linh Pham"}, "who hosts this session and the next"
    where = f"/guests/{guest.id}/decide"
    for nobody in (two.greta, two.world.lead, two.world.manager):
        assert sign_in(nobody).get(where).status_code == 404
        assert sign_in(nobody).post(where, data={"answer": "yes"}).status_code == 404
    host = sign_in(host_of(two))
    assert "Greta misses the session of their own circle" in host.get(where).get_data(as_text=True)
    host.post(where, data={"answer": "yes"})
    assert row_of(session, two).state is GuestState.WELCOME
    assert is_welcome(session, two.greta.id, two.open.id)
    (invite,) = [mail for mail in mails(session, "session.invite") if mail.recipient == two.greta.email]
    assert two.open.uid.encode() in (invite.invite or b"").replace(b"\r\n ", b"")
    assert b"amara" not in (invite.invite or b"").lower()
    assert [row.person.name for row in guests_of(session, [two.open.id])[two.open.id]] == ["Greta"]
    assert session.scalars(select(Attendance).where(Attendance.person_id == two.greta.id)).all() == []


def test_the_usual_room_of_the_circle_stays_unknown_to_a_guest(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    usual = two.world.season.room_url
    loaded = reload(session, two.world.season)
    invite_where_missing(session, loaded.sessions, desk=DESK, at=AT)
    session.commit()
    ask(sign_in(two.greta), two)
    sign_in(host_of(two)).post(f"/guests/{row_of(session, two).id}/decide", data={"answer": "yes"})
    page = sign_in(two.greta).get(f"/sessions/{two.open.id}/guest").get_data(as_text=True)
    mine = "".join(mail.text for mail in session.scalars(select(OutgoingMail)) if mail.recipient == two.greta.email)
    assert two.open.room_url
    assert two.open.room_url in page
    assert usual not in page
    assert usual not in mine
    changed = mails(session, "session.changed")
    assert len(changed) == 4, "one mail to each member who had the old room"
    assert all(two.open.room_url in mail.text for mail in changed)
    assert two.greta.email not in {mail.recipient for mail in changed}


def test_a_no_comes_without_a_reason_and_is_not_asked_again(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    ask(sign_in(two.greta), two)
    sign_in(host_of(two)).post(f"/guests/{row_of(session, two).id}/decide", data={"answer": "no"})
    (mail,) = mails(session, "guest.declined")
    assert mail.recipient == two.greta.email
    assert "cannot take a guest" in mail.text
    assert host_of(two).name not in mail.text
    browser = sign_in(two.greta)
    ask(browser, two)
    assert row_of(session, two).state is GuestState.DECLINED


def test_a_guest_follows_the_session_and_can_take_it_back(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    ask(sign_in(two.greta), two)
    sign_in(host_of(two)).post(f"/guests/{row_of(session, two).id}/decide", data={"answer": "yes"})
    changes.move_session(
        session,
        reload(session, two.world.season).sessions[1],
        starts_at=two.open.starts_at + timedelta(hours=2),
        actor=two.world.amara,
        desk=DESK,
        at=AT,
    )
    session.commit()
    assert [mail.recipient for mail in mails(session, "session.moved")] == [two.greta.email]
    guest = row_of(session, two)
    assert sign_in(two.world.amara).post(f"/guests/{guest.id}/withdraw").status_code == 404
    sign_in(two.greta).post(f"/guests/{guest.id}/withdraw")
    assert row_of(session, two).state is GuestState.WITHDRAWN
    cancelled = [m for m in session.scalars(select(OutgoingMail)) if m.method == "CANCEL"]
    assert [mail.recipient for mail in cancelled] == [two.greta.email]
    assert sign_in(two.greta).get(f"/sessions/{two.open.id}/guest").status_code == 404


def welcomed(session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]) -> SessionGuest:
    ask(sign_in(two.greta), two)
    sign_in(host_of(two)).post(f"/guests/{row_of(session, two).id}/decide", data={"answer": "yes"})
    return row_of(session, two)


def test_a_guest_gets_the_reminder_and_the_link_of_the_session_they_visit_and_no_other_mail(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient], run_jobs: Callable[[], int]
) -> None:
    two.greta.wanted_mails = ["link", "after"]
    welcomed(session, two, sign_in)
    run_jobs()
    start, known = two.open.starts_at, len(session.scalars(select(OutgoingMail)).all())
    found: list[tuple[timedelta, str]] = []
    for minutes in range(-60 * 60, 6 * 60, 30):
        at = start + timedelta(minutes=minutes)
        with time_machine.travel(at, tick=False):
            ledger.enqueue(session, "scheduling.reminders", {}, key=f"reminders@{at}", at=at)
            session.commit()
            run_jobs()
        session.expire_all()
        new = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()[known:]
        known += len(new)
        mine = [mail for mail in new if mail.recipient == two.greta.email and "Juniper" in mail.text]
        found += [(timedelta(minutes=minutes), mail.kind) for mail in mine]
        assert all(f"/sessions/{two.open.id}/guest" in mail.text for mail in mine)
        assert all(two.world.season.room_url not in mail.text for mail in mine)
        if any(mail.kind == "session.reminder" for mail in mine):
            assert "as a guest this once" in mine[0].text
            assert "You said yes" in mine[0].text, "asking to come was a yes"
    assert found == [(-timedelta(hours=24), "session.reminder"), (-timedelta(hours=1), "session.link")]


def test_a_guest_who_says_no_is_not_reminded_and_leaves_the_chair(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient], run_jobs: Callable[[], int]
) -> None:
    welcomed(session, two, sign_in)
    assert seats_taken(session, two.open) == 5
    answer(session, two.open, two.greta, Answer.NO, source="calendar", at=AT)
    session.commit()
    assert guests_of(session, [two.open.id])[two.open.id] == []
    assert seats_taken(session, two.open) == 4
    at = two.open.starts_at - timedelta(hours=23)
    with time_machine.travel(at, tick=False):
        ledger.enqueue(session, "scheduling.reminders", {}, key="reminders", at=at)
        session.commit()
        run_jobs()
    reminded = [mail.recipient for mail in mails(session, "session.reminder")]
    assert reminded
    assert two.greta.email not in reminded


def test_a_guest_is_shown_to_the_host_and_counts_for_no_attendance(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    welcomed(session, two, sign_in)
    answer(session, two.open, two.greta, Answer.YES, source="calendar", at=AT)
    session.commit()
    host, circle = sign_in(host_of(two)), two.world.circle.id
    assert "Greta comes as a guest." in host.get(f"/circles/{circle}").get_data(as_text=True)
    with time_machine.travel(two.open.ends_at, tick=False):
        host = sign_in(host_of(two))
        page = f"/sessions/{two.open.id}/presence"
        assert "comes as a guest and is not counted here" in host.get(page).get_data(as_text=True)
        assert host.post(f"{page}/{two.greta.id}", data={"there": "yes"}).status_code == 404
        members = [str(member.person_id) for member in two.world.circle.memberships]
        host.post(page, data={"present": members, "held": "yes"})
    session.expire_all()
    assert two.open.present == len(members)
    assert session.scalars(select(Attendance).where(Attendance.person_id == two.greta.id)).all() == []
    rsvp = session.get(Rsvp, (two.missed.id, two.greta.id))
    assert rsvp is not None
    assert rsvp.answer is Answer.NO, "what they told their own circle stands"


@pytest.mark.parametrize("way", ["leaves", "deactivated"])
@pytest.mark.parametrize("state", [GuestState.ASKED, GuestState.WELCOME])
def test_who_leaves_the_cohort_visits_none_of_its_circles(
    session: Session, two: Two, way: str, state: GuestState, sign_in: Callable[[Person], FlaskClient]
) -> None:
    if state is GuestState.WELCOME:
        welcomed(session, two, sign_in)
    else:
        ask(sign_in(two.greta), two)
    if way == "leaves":
        sign_in(two.greta).post(f"/circles/{two.alder.id}/leave", data={"confirm": "y"})
    else:
        karin = make_accounts.person(session, name="Karin", is_administrator=True)
        session.commit()
        sign_in(karin).post(f"/people/{two.greta.id}/deactivate")
    assert row_of(session, two).state is GuestState.WITHDRAWN
    cancelled = [m for m in session.scalars(select(OutgoingMail)) if m.method == "CANCEL" and "Juniper" in m.text]
    assert [mail.recipient for mail in cancelled] == [two.greta.email] * (state is GuestState.WELCOME)
    assert all("as a guest any more" in mail.text for mail in cancelled)
    page = sign_in(host_of(two)).get(f"/circles/{two.world.circle.id}").get_data(as_text=True)
    assert "as a guest" not in page


def test_one_circle_is_asked_at_a_time(session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]) -> None:
    third = make_circles.circle(
        session, two.world.cohort, [make_accounts.person(session, name=name) for name in "XYZ"], name="Birch"
    )
    birch = season(session, third, at=AT, first=AT.date(), weekday=2, count=2)
    session.commit()
    browser = sign_in(two.greta)
    ask(browser, two)
    ask(browser, two, birch.sessions[0])
    assert row_of(session, two).session_id == two.open.id
    browser.post(f"/guests/{row_of(session, two).id}/withdraw")
    ask(browser, two, birch.sessions[0])
    states = {row.session_id: row.state for row in session.scalars(select(SessionGuest))}
    assert states == {two.open.id: GuestState.WITHDRAWN, birch.sessions[0].id: GuestState.ASKED}


def test_two_guests_do_not_get_one_chair(session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]) -> None:
    two.world.cohort.size_target = two.world.cohort.size_max = 5
    hugo = session.scalars(select(Person).where(Person.name == "Hugo")).one()
    answer(session, two.missed, hugo, Answer.NO, source="page", at=AT)
    session.commit()
    for person in (two.greta, hugo):
        ask(sign_in(person), two)
    host = sign_in(host_of(two))
    for row in session.scalars(select(SessionGuest).order_by(SessionGuest.asked_at)).all():
        host.post(f"/guests/{row.id}/decide", data={"answer": "yes"})
    session.expire_all()
    assert sorted(row.state.value for row in session.scalars(select(SessionGuest))) == ["asked", "welcome"]


def test_a_guest_reads_that_session_and_nothing_else(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    amara, walk = two.world.amara, two.world.walk
    writing.add_note(session, walk, 1, "A note of the week before", actor=amara, at=AT)
    writing.add_note(session, walk, 2, "Written before there was a guest", actor=amara, at=AT - timedelta(hours=1))
    writing.commit_to(session, walk, 2, "A commitment", actor=amara, at=AT)
    make.change(session, amara, two.world.circle, shown=True)
    session.commit()
    page = f"/sessions/{two.open.id}/guest"
    assert sign_in(two.greta).get(page).status_code == 404, "not before being welcome"
    ask(sign_in(two.greta), two)
    assert sign_in(two.greta).get(page).status_code == 404, "asking is not being welcome"
    sign_in(host_of(two)).post(f"/guests/{row_of(session, two).id}/decide", data={"answer": "yes"})
    writing.add_note(session, walk, 2, "Noted in the session", actor=amara, at=two.open.starts_at)
    writing.add_note(session, walk, 2, "Noted two weeks later", actor=amara, at=two.open.ends_at + timedelta(days=14))
    session.commit()
    greta = sign_in(two.greta)
    seen = greta.get(page).get_data(as_text=True)
    assert "Title of week 2" in seen
    assert two.open.room in seen
    assert "Noted in the session" in seen
    for hidden in (
        "A note of the week before",
        "Written before there was a guest",
        "Noted two weeks later",
        "A commitment",
        "half done",
    ):
        assert hidden not in seen
    circle = two.world.circle.id
    for closed in (
        f"/circles/{circle}",
        f"/circles/{circle}/weeks/2",
        f"/circles/{circle}/weeks/2/live",
        f"/circles/{circle}/season",
        f"/circles/{circle}/changes",
        f"/sessions/{reload(session, two.world.season).sessions[2].id}/guest",
    ):
        assert greta.get(closed).status_code == 404, closed
    assert greta.post(f"/circles/{circle}/weeks/2/notes", data={"text": "x"}).status_code == 404
    for nobody in (two.world.lead, two.world.manager, amara):
        assert sign_in(nobody).get(page).status_code == 404


def test_only_a_member_of_the_missed_session_catches_up(
    session: Session, two: Two, outsider: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    for nobody in (outsider, two.world.lead, two.world.amara):
        browser = sign_in(nobody)
        assert browser.get(f"/sessions/{two.missed.id}/catch-up").status_code == 404
        assert browser.post(f"/sessions/{two.missed.id}/catch-up").status_code == 404


def test_a_skipped_session_can_be_caught_up_by_everyone(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient]
) -> None:
    hugo = session.scalars(select(Person).where(Person.name == "Hugo")).one()
    assert "Ask to come" not in offered(sign_in(hugo), two.missed)
    changes.skip_session(session, reload(session, two.alders).sessions[0], actor=two.greta, desk=DESK, at=AT)
    session.commit()
    assert two.missed.state is SessionState.CANCELLED
    assert "Ask to come" in offered(sign_in(hugo), two.missed)


def test_the_list_asks_the_database_the_same_for_any_cohort(
    session: Session, two: Two, sign_in: Callable[[Person], FlaskClient], queries: list[str]
) -> None:
    browser = sign_in(two.greta)
    offered(browser, two.missed)
    queries.clear()
    offered(browser, two.missed)
    one = len(queries)
    for number in range(6):
        people = [make_accounts.person(session, name=f"{number}{name}") for name in "XYZ"]
        circle = make_circles.circle(session, two.world.cohort, people, name=f"Birch {number}")
        season(session, circle, at=AT, first=AT.date(), weekday=2, count=2)
    session.commit()
    offered(browser, two.missed)
    queries.clear()
    assert offered(browser, two.missed).count("Ask to come") == 7
    assert len(queries) == one
