"""Mails that go with a session: what leaves when, once each, and to whom not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person, StartedMail, StartedState
from app.jobs import ledger
from app.mail.models import MailState, OutgoingMail
from circles.models import Circle, CohortState, Membership
from scheduling.models import Answer, CircleSession, InviteSent, Season, SessionMails
from scheduling.services import changes, reminding, session_letters
from scheduling.services.answers import answer
from scheduling.services.calendars import invite_where_missing
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season

#: Long before the first session on Thursday 15 October, 10:00 in Berlin (8:00 UTC).
EARLY = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)
FIRST = datetime(2026, 10, 15, 8, 0, tzinfo=UTC)
MONDAY = date(2026, 10, 12)


class Life:
    """A circle of three, its clock, and the mails that reminders have started."""

    def __init__(self, session: Session, circle: Circle, season: Season, people: list[Person]) -> None:
        self.session, self.circle, self.season, self.people = session, circle, season, people
        self.amara, self.tomas, self.linh = people
        self.run_jobs: Callable[[], int]
        self.traveller: time_machine.Traveller

    @property
    def meeting(self) -> CircleSession:
        return self.season.sessions[0]

    def at(self, when: datetime) -> list[OutgoingMail]:
        """Go to an instant, run the jobs that are due; the mails that reminders wrote then."""
        self.traveller.move_to(when)
        known = set(self.session.scalars(select(OutgoingMail.id)))
        ledger.enqueue(self.session, "scheduling.reminders", {}, key=f"reminders@{when}", at=when)
        self.session.commit()
        self.run_jobs()
        self.session.expire_all()
        self.season = reload(self.session, self.season)
        mails = self.session.scalars(select(OutgoingMail).order_by(OutgoingMail.recipient)).all()
        return [mail for mail in mails if mail.id not in known]

    def through(
        self, start: datetime, end: datetime, step: timedelta = timedelta(minutes=30)
    ) -> list[tuple[datetime, OutgoingMail]]:
        """Run the jobs at every step of a span of time."""
        found: list[tuple[datetime, OutgoingMail]] = []
        while start <= end:
            found += [(start, mail) for mail in self.at(start)]
            start += step
        return found


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    """The present is the end of September 2026."""
    with time_machine.travel(EARLY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def life(
    session: Session, travel: time_machine.Traveller, person: Callable[..., Person], run_jobs: Callable[[], int]
) -> Life:
    """Juniper meets on Thursdays at 10:00 in Berlin from 15 October; everyone was invited two weeks before."""
    lead = person(name="Marcus Adeyemi")
    people = [
        person(name="Amara Osei", timezone="Europe/Lisbon"),
        person(name="Tomás Rivera", email="tomas@example.org", timezone="America/New_York"),
        person(name="Linh Pham", timezone="Asia/Kolkata"),
    ]
    cohort = make.cohort(session, make.program(session, lead), state=CohortState.RUNNING)
    circle = make.circle(session, cohort, people, name="Juniper")
    made = season(session, circle, at=EARLY, first=MONDAY, count=3)
    invite_where_missing(session, made.sessions, desk=DESK, at=EARLY)
    session.commit()
    run_jobs()
    life = Life(session, circle, made, people)
    life.run_jobs, life.traveller = run_jobs, travel
    return life


def kinds(mails: list[OutgoingMail]) -> list[str]:
    """The kinds of some mails."""
    return [mail.kind for mail in mails]


def event(mail: OutgoingMail) -> icalendar.Event:
    """The event in a mail's invite."""
    assert mail.invite is not None
    return icalendar.Calendar.from_ical(mail.invite).walk("VEVENT")[0]


def test_the_agenda_is_the_same_event_with_a_later_stamp(session: Session, life: Life) -> None:
    invite = session.scalars(select(OutgoingMail).where(OutgoingMail.person_id == life.amara.id)).first()
    assert invite is not None
    before = event(invite)
    answer(session, life.meeting, life.amara, Answer.YES, source="page", at=EARLY + timedelta(hours=1))
    life.linh.calendar_choice = CalendarChoice.FEED
    session.commit()
    assert life.at(FIRST - timedelta(days=5, hours=12)) == []
    found = life.through(FIRST - timedelta(days=5, hours=11), FIRST - timedelta(days=3))
    mails = {mail.person_id: mail for _at, mail in found}
    assert kinds([mail for _at, mail in found]) == ["session.agenda"] * 3
    # 5 days before the start it is 9:00 in Lisbon; in New York it is 4:00, so it leaves the evening before.
    at = {mail.person_id: when for when, mail in found}
    assert at[life.amara.id] == FIRST - timedelta(days=5)
    assert at[life.tomas.id] == datetime(2026, 10, 10, 1, 0, tzinfo=UTC)
    after = event(mails[life.amara.id])
    assert (after["UID"], after["SEQUENCE"], after["DTSTART"].dt) == (before["UID"], before["SEQUENCE"], FIRST)
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert after["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert "What week 1 is about." in after["DESCRIPTION"]
    told = session.scalars(
        select(InviteSent).where(InviteSent.person_id == life.amara.id, InviteSent.session_id == life.meeting.id)
    ).one()
    assert told.stamped_at == after["DTSTAMP"].dt
    assert mails[life.tomas.id].method == "REQUEST"
    assert "Week 1" in mails[life.tomas.id].text
    assert "What week 1 is about." in mails[life.tomas.id].text


def test_who_takes_no_invites_gets_the_agenda_without_one(session: Session, life: Life) -> None:
    for told in session.scalars(select(InviteSent).where(InviteSent.person_id == life.linh.id)):
        told.held = False
    life.linh.calendar_choice = CalendarChoice.NEITHER
    session.commit()
    found = life.through(FIRST - timedelta(days=5, hours=4), FIRST - timedelta(days=5))
    mine = [mail for _at, mail in found if mail.person_id == life.linh.id]
    assert kinds(mine) == ["session.agenda"]
    assert mine[0].invite is None
    assert mine[0].method is None


def test_a_fresh_invite_is_the_agenda(session: Session, life: Life) -> None:
    for told in session.scalars(select(InviteSent)):
        told.stamped_at = FIRST - timedelta(days=6)
    session.commit()
    assert life.through(FIRST - timedelta(days=5, hours=11), FIRST - timedelta(days=3)) == []


def test_without_an_agenda_there_is_no_mail(session: Session, life: Life) -> None:
    life.meeting.description = " "
    session.commit()
    assert life.through(FIRST - timedelta(days=5, hours=11), FIRST - timedelta(days=3)) == []


def test_the_reminder_comes_a_day_before_and_asks_those_who_have_not_answered(
    session: Session, life: Life, client: FlaskClient
) -> None:
    answer(session, life.meeting, life.amara, Answer.YES, source="page", at=EARLY)
    answer(session, life.meeting, life.linh, Answer.NO, source="page", at=EARLY)
    session.commit()
    found = life.through(FIRST - timedelta(hours=36), FIRST - timedelta(hours=2), timedelta(minutes=15))
    assert {(mail.person_id, mail.kind) for _at, mail in found} == {
        (life.amara.id, "session.reminder"),
        (life.tomas.id, "session.reminder"),
    }
    at = {mail.person_id: (when, mail) for when, mail in found}
    when, mail = at[life.amara.id]
    assert when == FIRST - timedelta(hours=24)
    assert "You said yes." in mail.text
    assert "You have not said yet" not in mail.text
    assert mail.invite is None
    when, mail = at[life.tomas.id]
    assert when == datetime(2026, 10, 14, 1, 0, tzinfo=UTC), "24 hours before is 4:00 in New York: the evening before"
    assert "You have not said yet whether you come." in " ".join(mail.text.split())
    link = next(word for word in mail.text.split() if "/answer/" in word)
    page = client.get(link.removeprefix("http://coterie.test"))
    assert page.status_code == 200
    assert "Juniper" in page.get_data(as_text=True)


def test_who_said_yes_and_asked_for_none_is_not_reminded(session: Session, life: Life) -> None:
    for who in (life.amara, life.tomas):
        who.stopped_mails = ["reminder_when_coming"]
    life.linh.stopped_mails = ["reminder"]
    answer(session, life.meeting, life.amara, Answer.YES, source="page", at=EARLY)
    session.commit()
    found = life.through(FIRST - timedelta(hours=36), FIRST - timedelta(hours=2))
    assert [mail.person_id for _at, mail in found] == [life.tomas.id]


def test_away_members_leavers_and_skipped_sessions_are_left_alone(session: Session, life: Life) -> None:
    member = session.scalars(select(Membership).where(Membership.person_id == life.amara.id)).one()
    member.away_until = date(2026, 10, 20)
    gone = session.scalars(select(Membership).where(Membership.person_id == life.tomas.id)).one()
    gone.left_at = FIRST - timedelta(days=4)
    session.commit()
    found = life.through(FIRST - timedelta(hours=36), FIRST - timedelta(hours=20))
    assert [mail.person_id for _at, mail in found] == [life.linh.id]
    second = life.season.sessions[1]
    life.at(second.starts_at - timedelta(days=5, hours=20))
    changes.skip_session(session, second, actor=life.linh, desk=DESK, at=second.starts_at - timedelta(days=5, hours=20))
    session.commit()
    found = life.through(
        second.starts_at - timedelta(days=5, hours=11), second.starts_at + timedelta(hours=3), timedelta(hours=1)
    )
    started = [mail for _at, mail in found if mail.kind != "session.cancelled" and str(mail.kind) != "session.agenda"]
    about_third = [mail for mail in started if mail.subject and "22 October" in mail.subject]
    assert about_third == []


def test_a_moved_session_is_reminded_of_at_its_new_time(session: Session, life: Life) -> None:
    assert len(life.through(FIRST - timedelta(hours=36), FIRST - timedelta(hours=22))) == 3
    later = FIRST + timedelta(days=3)
    changes.move_session(
        session, life.meeting, starts_at=later, actor=life.linh, desk=DESK, at=FIRST - timedelta(hours=21)
    )
    session.commit()
    found = life.through(FIRST - timedelta(hours=20), later, timedelta(minutes=30))
    reminders = [(when, mail) for when, mail in found if mail.kind == "session.reminder"]
    assert len(reminders) == 3
    assert all(when >= later - timedelta(hours=36) for when, _mail in reminders)
    assert all("18 October" in mail.subject for _when, mail in reminders)


def test_after_an_outage_late_mails_are_sent_or_dropped(session: Session, life: Life) -> None:
    life.at(FIRST - timedelta(days=6))
    mails = life.at(FIRST - timedelta(hours=3))
    # It is 6:00 in Lisbon and 1:00 in New York; in Kolkata it is 10:30.
    assert [(mail.person_id, mail.kind) for mail in mails] == [(life.linh.id, "session.reminder")]
    assert life.at(FIRST - timedelta(hours=1, minutes=20)) != [], "7:40 in Lisbon"
    assert life.at(FIRST) == []


def test_a_mail_that_the_server_took_too_late_is_not_sent(session: Session, life: Life) -> None:
    life.traveller.move_to(FIRST - timedelta(hours=24))
    ledger.enqueue(session, "scheduling.reminders", {}, key="now", at=FIRST - timedelta(hours=24))
    session.commit()
    found = life.at(FIRST - timedelta(hours=24))
    assert found
    found[0].state = MailState.WAITING
    ledger.enqueue(session, "mail.send", {"mail": found[0].id}, key="again", at=FIRST)
    session.commit()
    life.at(FIRST + timedelta(minutes=1))
    assert session.get_one(OutgoingMail, found[0].id).state is MailState.CANCELLED


def test_the_link_comes_an_hour_before_to_who_asked_for_it_even_at_night(session: Session, life: Life) -> None:
    life.tomas.wanted_mails = ["link"]
    session.commit()
    found = life.through(FIRST - timedelta(hours=2), FIRST + timedelta(minutes=30), timedelta(minutes=5))
    links = [(when, mail) for when, mail in found if mail.kind == "session.link"]
    assert [(when, mail.person_id) for when, mail in links] == [(FIRST - timedelta(hours=1), life.tomas.id)]
    assert life.season.room_url in links[0][1].text


def test_the_host_is_asked_who_was_there_and_others_only_if_they_chose_so(session: Session, life: Life) -> None:
    life.linh.wanted_mails = ["after"]
    session.commit()
    found = life.through(FIRST, FIRST + timedelta(hours=30), timedelta(minutes=30))
    after = {mail.person_id: (when, mail) for when, mail in found if mail.kind.startswith("session.after")}
    assert set(after) == {life.amara.id, life.linh.id}
    when, mail = after[life.amara.id]
    assert when == FIRST + timedelta(hours=2)
    assert mail.kind == "session.after_hosting"
    assert f"http://coterie.test/sessions/{life.meeting.id}/presence" in mail.text
    assert "/presence" not in after[life.linh.id][1].text


def test_a_noted_session_asks_nobody(session: Session, life: Life) -> None:
    changes.close_session(
        session, life.meeting, present={life.amara.id}, held=True, actor=life.tomas, at=FIRST + timedelta(hours=1)
    )
    session.commit()
    found = life.through(FIRST + timedelta(hours=1), FIRST + timedelta(hours=30), timedelta(hours=1))
    assert [mail for _at, mail in found if mail.kind.startswith("session.after")] == []


def test_every_mail_can_be_stopped(session: Session, life: Life) -> None:
    mails = life.at(FIRST - timedelta(hours=24))
    assert mails
    for mail in mails:
        assert mail.unsubscribe_url.startswith("http://coterie.test/stop-mails/")
        assert mail.unsubscribe_url in mail.text
        assert mail.unsubscribe_url in mail.html


def test_two_looks_at_once_send_one_mail(session: Session, life: Life) -> None:
    """Two workers may have read the same session; the second finds the first one's rows."""
    at = FIRST - timedelta(hours=24)
    life.traveller.move_to(at)
    reminding.notice(session, at=at)
    ids = reminding.take(session, at=at, lease=timedelta(minutes=1))
    assert reminding.take(session, at=at, lease=timedelta(minutes=1)) == []
    one, two = (reminding.looks(session, ids, desk=DESK, at=at) for _ in range(2))
    first = sum(reminding.settle(session, look, desk=DESK, at=at) for look in one)
    second = sum(reminding.settle(session, look, desk=DESK, at=at) for look in two)
    assert (first, second) == (2, 0)
    rows = session.scalars(select(StartedMail)).all()
    assert [row.state for row in rows] == [StartedState.SENT] * 2


def test_a_session_skipped_between_look_and_settling_is_left_alone(session: Session, life: Life) -> None:
    at = FIRST - timedelta(hours=24)
    life.traveller.move_to(at)
    reminding.notice(session, at=at)
    found = reminding.looks(session, reminding.take(session, at=at, lease=timedelta(minutes=1)), desk=DESK, at=at)
    assert sum(len(look.letters) for look in found) == 2
    life.season = reload(session, life.season)
    changes.skip_session(session, life.meeting, actor=life.linh, desk=DESK, at=at)
    assert [reminding.settle(session, look, desk=DESK, at=at) for look in found] == [0]
    assert session.scalars(select(StartedMail)).all() == []
    assert session.scalars(select(SessionMails.look_at)).one() == at


def test_a_session_whose_mails_cannot_be_worded_stops_nobody_else(
    session: Session, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = FIRST - timedelta(hours=24)
    life.traveller.move_to(at)

    def fails(*args: object, **words: object) -> None:
        raise ValueError("no words")

    monkeypatch.setattr(session_letters, "compose", fails)
    assert life.at(at) == []
    assert session.scalars(select(SessionMails.look_at)).one() == at + reminding.PUT_OFF
    monkeypatch.undo()
    assert len(life.at(at + reminding.PUT_OFF)) == 2


def test_times_are_said_on_the_readers_clock_first(session: Session, life: Life) -> None:
    mails = {mail.person_id: mail.text for mail in life.at(FIRST - timedelta(hours=24))}
    text = mails[life.amara.id]
    assert "Thursday 15 October, 9:00–10:00\nyour time in Lisbon, Western European Summer Time\n" in text
    assert "\n10:00 in Berlin, where Juniper meets\n" in text
    assert "Clocks change" not in text
    third = life.season.sessions[2]
    assert third.starts_at == datetime(2026, 10, 29, 9, 0, tzinfo=UTC), "Berlin has changed, New York has not"
    changed = {mail.person_id: mail.text for mail in life.at(third.starts_at - timedelta(hours=24))}
    assert "Clocks change this week for some of you." in changed[life.amara.id]


def test_plain_text_stays_within_72_columns(session: Session, life: Life) -> None:
    life.tomas.wanted_mails = ["link", "after"]
    life.meeting.description = "A long sentence about what the circle talks about this week. " * 4 + "\n\n0:00 Check in"
    session.commit()
    found = life.through(FIRST - timedelta(days=5, hours=11), FIRST + timedelta(hours=14), timedelta(minutes=30))
    assert {mail.kind for _at, mail in found} >= {
        "session.agenda",
        "session.reminder",
        "session.link",
        "session.after_hosting",
        "session.after",
    }
    for _at, mail in found:
        for line in mail.text.splitlines():
            assert len(line) <= 72 or "http" in line, line
        assert "\n\n\n\n" not in mail.text
