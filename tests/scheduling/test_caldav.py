"""A real CalDAV server takes a member's feed and gives back the same sessions."""

from __future__ import annotations

import base64
import http.client
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from icalendar import Calendar
from sqlalchemy.orm import Session

from app.accounts.models import Person
from scheduling.services import changes
from scheduling.services.feeds import feed_bytes, replace_feed
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life
from tests.scheduling.readers import read_alike, vobject_reader
from tests.scheduling.readers.reading import Reading

AT = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
REPORT = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data/></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR">
    <C:comp-filter name="VEVENT">{range}</C:comp-filter>
  </C:comp-filter></C:filter>
</C:calendar-query>"""
CALENDAR_DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"


class Server:
    """Radicale on a free port of this machine, for a person called amara."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """One request as that person."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        name = base64.b64encode(b"amara:any").decode()
        try:
            connection.request(method, path, body, {"Authorization": f"Basic {name}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def report(self, path: str, start: datetime | None = None, end: datetime | None = None) -> dict[str, Reading]:
        """The events of a collection by UID, between two instants if given, as vobject reads them."""
        within = f'<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>' if start and end else ""
        status, body = self.call(
            "REPORT", path, REPORT.format(range=within).encode(), Depth="1", **{"Content-Type": "application/xml"}
        )
        assert status == 207, body
        texts = [(node.text or "").encode() for node in ET.fromstring(body).iter(CALENDAR_DATA)]
        # Radicale keeps one object an event and adds no METHOD to it.
        wrapped = [text.replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:PUBLISH", 1) for text in texts]
        readings = [reading for text in wrapped for reading in vobject_reader(text)]
        return {reading.uid: reading for reading in readings}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("radicale")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log").open("wb")
    words = [sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}"]
    settings = ["--auth-type", "none", "--storage-filesystem-folder", str(folder / "collections")]
    process = subprocess.Popen([*words, *settings], stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "log")
        yield Server(port)
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def life(session: Session) -> Life:
    """Ten weeks over the end of summer time, one session moved and one skipped, with words that need care."""
    made = Life.begin(
        session, at=AT, first=date(2026, 10, 12), count=10, timezone="America/New_York", names=("Amara Osei", "Bo Lind")
    )
    host, (first, second, third) = made.members[0], made.season.sessions[:3]
    first.title, first.description = "Ask; then, listen\\back 名前 🙂", "One\n\nTwo; three, four" + "é" * 200
    changes.move_session(session, second, starts_at=second.starts_at + timedelta(hours=5), actor=host, desk=DESK, at=AT)
    changes.skip_session(session, third, actor=host, desk=DESK, at=AT)
    made.refresh()
    return made


def feed_of(life: Life, person: Person) -> bytes:
    secret = replace_feed(life.session, person, at=AT)
    return feed_bytes(life.session, secret, name="Coterie", at=AT)


def test_the_feed_put_as_a_collection_comes_back_as_it_was(life: Life, server: Server) -> None:
    with time_machine.travel(AT, tick=False):
        text = feed_of(life, life.members[0])
    (sent,) = read_alike([text])
    status, body = server.call("PUT", "/amara/feed/", text, **{"Content-Type": "text/calendar; charset=utf-8"})
    assert status == 201, body
    kept = server.report("/amara/feed/")
    assert kept == {reading.uid: reading for reading in sent}
    assert {uid: reading.starts_at for uid, reading in kept.items()} == {
        m.uid: m.starts_at for m in life.season.sessions
    }
    third = life.season.sessions[2]
    assert kept[third.uid].status == "CANCELLED"


def test_the_server_finds_each_session_in_its_own_hour_only(life: Life, server: Server) -> None:
    assert server.call("MKCALENDAR", "/amara/events/")[0] == 201
    with time_machine.travel(AT, tick=False):
        text = feed_of(life, life.members[0])
    for event in Calendar.from_ical(text).walk("VEVENT"):
        one = Calendar()
        one.add("version", "2.0")
        one.add("prodid", "-//Coterie//Sessions//EN")
        one.add_component(event)
        path = f"/amara/events/{event['UID']}.ics".replace("@", "%40")
        status, body = server.call("PUT", path, one.to_ical(), **{"Content-Type": "text/calendar; charset=utf-8"})
        assert status == 201, body
    for meeting in life.season.sessions:
        minute = timedelta(minutes=1)
        found = server.report("/amara/events/", meeting.starts_at - minute, meeting.ends_at + minute)
        assert found.keys() == {meeting.uid}
        assert server.report("/amara/events/", meeting.ends_at + minute, meeting.ends_at + 2 * minute) == {}
        assert found[meeting.uid].starts_at == meeting.starts_at
