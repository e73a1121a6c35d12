"""What the host of a session can do to it, and what everyone's calendar hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from app import clock
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.jobs.models import Job, JobState
from app.mail.models import MailState, OutgoingMail
from tests.journeys.browsers import Visitor
from tests.journeys.circle_life import calendar_of, understood
from tests.journeys.pages import flawless
from tests.journeys.servers import Installation, Mailbox
from tests.scheduling.readers.reading import Reading


def host_of(mailbox: Mailbox, circle: Sequence[str]) -> str:
    """Who hosts the first session, as their own invite says."""
    hosts = []
    for address in circle:
        first = next(mail for mail in mailbox.to(address) if calendar_of(mail) is not None)
        body = first.get_body(("plain",))
        if body is not None and "You host this session." in str(body.get_content()):
            hosts.append(address)
    assert len(hosts) == 1, hosts
    return hosts[0]


def zone_of(host: Visitor) -> ZoneInfo:
    """The zone in the host's profile."""
    host.go("/profile")
    return ZoneInfo(host.page.get_by_label("Time zone").input_value())


def end_quiet_hours(house: Installation) -> None:
    """Whatever waits for the morning on somebody's clock leaves now, so that a journey by night sees it too."""
    flask_app = create_app(Config.load(house.environment))
    with flask_app.app_context():
        now, session = clock.now(), db.session
        waiting = select(OutgoingMail.id).where(OutgoingMail.state == MailState.WAITING, OutgoingMail.send_at > now)
        session.execute(update(OutgoingMail).where(OutgoingMail.id.in_(waiting)).values(send_at=now))
        session.execute(update(Job).where(Job.kind == "mail.send", Job.state == JobState.WAITING).values(run_at=now))
        session.commit()
        session.remove()


def move(host: Visitor, house: Installation, mailbox: Mailbox, circle: Sequence[str], meeting: Reading) -> None:
    """An hour later: everyone's calendar moves the same event."""
    wanted = meeting.starts_at + timedelta(hours=1)
    there = wanted.astimezone(zone_of(host))
    host.go("/")
    host.click("Move it")
    host.heading("Move the session")
    flawless(host)
    host.page.get_by_label("Day").fill(there.date().isoformat())
    host.page.get_by_label("Begins at").fill(f"{there:%H:%M}")
    host.click("See who is told")
    host.see("Who is told")
    flawless(host)
    host.click("Move it and tell everyone")
    host.see(f"The session is moved. {len(circle)} people are told.")
    end_quiet_hours(house)
    for address in circle:
        mailbox.wait_for(address, "Moved: ")
    for told in latest(mailbox, circle, meeting.uid):
        assert (told.method, told.sequence) == ("REQUEST", meeting.sequence + 1)
        assert told.starts_at == wanted
        assert told.ends_at - told.starts_at == meeting.ends_at - meeting.starts_at


def skip(host: Visitor, house: Installation, mailbox: Mailbox, circle: Sequence[str], meeting: Reading) -> None:
    """Skipped: everyone's calendar takes the event out."""
    host.go("/")
    host.click("skip it")
    host.heading("Skip the session")
    host.click("Skip it and tell everyone")
    host.see("The session is skipped.")
    end_quiet_hours(house)
    for address in circle:
        mailbox.wait_for(address, "Not taking place: ")
    for told in latest(mailbox, circle, meeting.uid):
        assert told.method == "CANCEL"
        assert told.status == "CANCELLED"
        assert told.sequence > meeting.sequence


def latest(mailbox: Mailbox, circle: Sequence[str], uid: str) -> list[Reading]:
    """The newest word about one event in each mailbox; what came before it has lower numbers."""
    found = []
    for address in circle:
        texts = [text for mail in mailbox.to(address) if (text := calendar_of(mail)) is not None]
        about = [reading for reading in understood(texts) if reading.uid == uid]
        numbers = [reading.sequence for reading in about]
        assert numbers == sorted(set(numbers)), numbers
        found.append(about[-1])
    return found
