"""A real installation with two circles of one cohort, one of which meets tomorrow and the other two hours later."""

from __future__ import annotations

import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.mail.desk import desk_for
from circles.models import Cohort, CohortState, Enrollment
from guides.walk.models import SessionWeek, Walk
from scheduling.models import CircleSession, Season, SessionState
from scheduling.queries import season_of_circle
from scheduling.queries.people import roles_of
from scheduling.services.calendars import invite_where_missing
from tests.factories import accounts as make_accounts
from tests.factories import circles as make_circles
from tests.factories import guides as make_guides
from tests.factories.scheduling import reload, season
from tests.journeys.browsers import Visitor, browser, visitor
from tests.journeys.circle_life import calendar_of, understood
from tests.journeys.servers import Installation, Mailbox, free_port, installation, mail_server
from tests.journeys.steps import sign_in
from tests.scheduling.readers.reading import Reading

#: What the mail server in front of the installation and the installation share.
INBOUND_SECRET = "shared with the mail server, for journeys only"
AUTHSERV = "mx.coterie.example.org"
#: Two neighbouring zones for each part of the day, so that it is around noon in one pair whenever this runs.
ZONES = (
    ("Pacific/Auckland", "Australia/Brisbane"),
    ("Asia/Tokyo", "Asia/Singapore"),
    ("Asia/Kolkata", "Asia/Dubai"),
    ("Europe/Berlin", "Europe/London"),
    ("America/Sao_Paulo", "America/New_York"),
    ("America/Denver", "America/Chicago"),
    ("Pacific/Honolulu", "America/Los_Angeles"),
)
JUNIPER = ("Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber")
ALDER = ("Greta Lund", "Hugo Blanc", "Ines Costa")
EVERY_DAY = "; ".join(f"{day} 07:00-20:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
HELD = 1


@dataclass
class Circling:
    """One circle: where its page is, its members by name with their addresses, and its sessions from the first on."""

    id: UUID
    addresses: dict[str, str]
    sessions: list[UUID]

    @property
    def path(self) -> str:
        """Its page."""
        return f"/circles/{self.id}"

    @property
    def following(self) -> UUID:
        """The session that comes next."""
        return self.sessions[HELD]


@dataclass
class Place:
    """The installation while it runs."""

    house: Installation
    mailbox: Mailbox
    chrome: Browser
    flask_app: Flask
    zone: str
    juniper: Circling
    alder: Circling
    lmtp_port: int
    windows: dict[str, Visitor] = field(default_factory=dict)

    def window(self, name: str, **options: Any) -> Visitor:
        """Someone's window, in which they are signed in by a mailed link."""
        if name not in self.windows:
            made = visitor(self.chrome, self.house.url, **options)
            sign_in(made, self.mailbox, self.address(name))
            self.windows[name] = made
        return self.windows[name]

    def address(self, name: str) -> str:
        """Where someone's mails go."""
        return {**self.juniper.addresses, **self.alder.addresses}[name]

    @contextmanager
    def database(self) -> Iterator[Session]:
        """The installation's own database; what is changed is kept."""
        with self.flask_app.app_context():
            yield db.session()
            db.session.commit()
            db.session.remove()

    def host(self, circle: Circling) -> str:
        """Who hosts the session that comes next."""
        with self.database() as session:
            season_of = season_of_circle(session, circle.id)
            assert season_of is not None
            roles = roles_of(next(meeting for meeting in season_of.sessions if meeting.id == circle.following))
            assert roles is not None
            return str(session.get_one(Person, roles.host).name)

    def mails(self, name: str, words: str) -> list[EmailMessage]:
        """The mails to someone whose subject contains some words."""
        return [mail for mail in self.mailbox.to(self.address(name)) if words in str(mail["Subject"])]

    def told(self, name: str, uid: str) -> list[Reading]:
        """What someone's calendar was told of one session, oldest first."""
        texts = [text for mail in self.mailbox.to(self.address(name)) if (text := calendar_of(mail)) is not None]
        return [reading for reading in understood(texts) if reading.uid == uid]

    def meeting(self, session_id: UUID) -> tuple[str, int, datetime]:
        """A session's UID, sequence and start as they are now."""
        with self.database() as session:
            row = session.get_one(CircleSession, session_id)
            return row.uid, row.sequence, row.starts_at


def words_in(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def fetch(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    """What a program without cookies gets: the status, the headers and the content."""
    request = urllib.request.Request(url, data, method=method)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def wait(come: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Return once something has come."""
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)


@contextlib.contextmanager
def calendar_place(folder: Path) -> Iterator[Place]:
    """Two circles whose people were invited three days ago; a server, two workers and the way in by LMTP run."""
    with ExitStack() as stack:
        mailbox, smtp_port = stack.enter_context(mail_server())
        lmtp_port = free_port()
        house = installation(
            folder,
            smtp_port,
            inbound_secret=INBOUND_SECRET,
            lmtp_port=str(lmtp_port),
            mail_authserv_id=AUTHSERV,
            mail_verify_dkim="no",
        )
        flask_app = create_app(Config.load(house.environment))
        with flask_app.app_context():
            upgrade()
            zone, juniper, alder = _people_and_circles(db.session(), flask_app)
            db.session.commit()
            db.session.remove()
        stack.enter_context(house.running("run"))
        stack.enter_context(house.running("worker"))
        stack.enter_context(house.running("inbound", "lmtp"))
        chrome = stack.enter_context(browser(folder))
        house.wait_until_it_answers()
        yield Place(house, mailbox, chrome, flask_app, zone, juniper, alder, lmtp_port)


def _people_and_circles(session: Session, flask_app: Flask) -> tuple[str, Circling, Circling]:
    at = clock.now()
    zone, neighbour = min(ZONES, key=lambda pair: abs(at.astimezone(ZoneInfo(pair[0])).hour - 13))
    lead = make_accounts.person(session, name="Lena Lind", email="lena@example.org", timezone=zone)
    cohort = make_circles.cohort(
        session, make_circles.program(session, lead), state=CohortState.RUNNING, timezone=zone, catch_up=True
    )
    # Whoever is invited today is not reminded of it tomorrow; these people were invited some days ago.
    invited = at - timedelta(days=3)
    tomorrow = (at + timedelta(hours=23)).astimezone(ZoneInfo(zone))
    start = tomorrow.replace(minute=tomorrow.minute // 30 * 30, second=0, microsecond=0)
    circles = []
    for name, people, begins in (("Juniper", JUNIPER, start), ("Alder", ALDER, start + timedelta(hours=2))):
        made = _season(session, cohort, name, people, (zone, neighbour), begins, at=at - timedelta(days=10))
        invite_where_missing(session, made.sessions, desk=desk_for(_config(flask_app), session), at=invited)
        addresses = {one.person.name: one.person.email for one in made.circle.memberships}
        circles.append(Circling(made.circle_id, addresses, [meeting.id for meeting in made.sessions]))
    for row in session.scalars(select(Enrollment).where(Enrollment.cohort_id == cohort.id)):
        row.available, row.preferred = EVERY_DAY, ""
    return zone, circles[0], circles[1]


def _config(flask_app: Flask) -> Config:
    config = flask_app.extensions["config"]
    assert isinstance(config, Config)
    return config


def _season(
    session: Session,
    cohort: Cohort,
    name: str,
    people: tuple[str, ...],
    zones: tuple[str, str],
    begins: datetime,
    *,
    at: datetime,
) -> Season:
    """A circle in its second of six weeks; its second member is in the neighbouring zone."""
    members = [
        make_accounts.person(
            session,
            name=one,
            email=f"{one.partition(' ')[0].lower()}@example.org",
            timezone=zones[place == 1],
        )
        for place, one in enumerate(people)
    ]
    circle = make_circles.circle(session, cohort, members, name=name)
    made = season(
        session,
        circle,
        at=at,
        first=begins.date() - timedelta(days=7 * HELD),
        count=6,
        weekday=begins.weekday(),
        starts=begins.time(),
        timezone=zones[0],
    )
    walk = Walk(season_id=made.id, guide_version_id=make_guides.version(session).id, started_at=at)
    session.add(walk)
    session.flush()
    for number, meeting in enumerate(made.sessions, 1):
        session.add(SessionWeek(session_id=meeting.id, walk_id=walk.id, week=number))
    if name == "Juniper":
        made.sessions[0].state, made.sessions[0].present = SessionState.HELD, len(people)
    return reload(session, made)
