"""The life of a circle's calendar in a real installation: answers, moves, polls, guests, reminders, feeds."""

from __future__ import annotations

import hashlib
import hmac
import re
import smtplib
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from app import clock
from app.accounts.models import Person
from app.jobs import ledger
from app.jobs.models import Job, JobState
from scheduling.models import CircleSession, SessionMails
from tests.journeys.browsers import DESK, PHONE, Visitor, visitor
from tests.journeys.calendar_place import (
    AUTHSERV,
    INBOUND_SECRET,
    JUNIPER,
    Place,
    calendar_place,
    fetch,
    wait,
    words_in,
)
from tests.journeys.pages import flawless
from tests.journeys.servers import SENDER
from tests.journeys.steps import LINK, link_in
from tests.scheduling.readers import vobject_reader

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with calendar_place(tmp_path_factory.mktemp("calendar")) as made:
        yield made
        for window in made.windows.values():
            window.close()


def said_by_calendar(place: Place, name: str, session_id: object, *, method: str = "REPLY", **event: str) -> bytes:
    """What someone's calendar program answers to an invite, as their mail server vouches for it."""
    uid, sequence, _starts_at = place.meeting(session_id)  # type: ignore[arg-type]
    stamp = f"{clock.now():%Y%m%dT%H%M%SZ}"
    address = place.address(name)
    lines = [
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org",
        f"Return-Path: <{address}>",
        f"From: {name} <{address}>",
        f"To: {SENDER}",
        "Subject: Re: our session",
        f"Message-ID: <{uid[:12]}.{method}.{name.partition(' ')[0]}@example.org>",
        "MIME-Version: 1.0",
        f"Content-Type: text/calendar; charset=utf-8; method={method}",
        "",
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", f"METHOD:{method}", "BEGIN:VEVENT"),
        *(f"UID:{uid}", f"SEQUENCE:{sequence}", f"DTSTAMP:{stamp}", f"ORGANIZER:mailto:{SENDER}"),
        *(f"{key}:{value}" for key, value in event.items() if key != "partstat"),
        f"ATTENDEE;PARTSTAT={event.get('partstat', 'TENTATIVE')}:mailto:{address}",
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines).encode()


def hand_over(place: Place, raw: bytes) -> tuple[int, bytes]:
    """Give a mail to the installation in a signed request, as a mail provider does; then the very same once more."""
    stamp = str(int(time.time()))
    digest = hmac.new(INBOUND_SECRET.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    sealed = {"Coterie_Timestamp": stamp, "Coterie_Signature": f"v1={digest}", "Content_Type": "message/rfc822"}
    url = f"{place.house.url}/inbound/mail"
    status, _headers, said = fetch(url, "POST", raw, **sealed)
    assert fetch(url, "POST", raw, **sealed)[0] == 409, "the same request counts once"
    assert fetch(url, "POST", raw + b"\r\n", **sealed)[0] == 401, "another body needs another signature"
    return status, said


def right_at_every_width(window: Visitor) -> None:
    """The open page is for everyone, on a phone and at a desk."""
    for size in (PHONE, DESK):
        window.page.set_viewport_size(size)  # type: ignore[arg-type]
        flawless(window)


def chosen(window: Visitor, answer: str) -> None:
    """Home says that someone gave this answer."""
    window.go("/")
    expect(window.page.get_by_role("button", name=answer, exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_reminder_goes_out_once_and_its_link_stops_the_kind_by_post_only(place: Place) -> None:
    circle, kind = place.juniper, "scheduling.reminders"
    for name in JUNIPER:
        place.mailbox.wait_for(place.address(name), "Juniper meets on")
    with place.database() as session:
        session.execute(update(SessionMails).values(look_at=clock.now() - timedelta(minutes=1)))
        again = [ledger.enqueue(session, kind, {}, key=f"again-{count}", at=clock.now()).id for count in range(4)]
    wait(lambda: done(place, again), "four more looks by two workers")
    assert {len(place.mails(name, "Juniper meets on")) for name in JUNIPER} == {1}
    mail = place.mails("Jonas Weber", "Juniper meets on")[0]
    assert "You have not said yet whether you come." in words_in(mail)
    assert not mail.get("Content-Type", "").startswith("text/calendar")
    stop = str(mail["List-Unsubscribe"]).strip("<>")
    assert stop in words_in(mail)
    for method in ("GET", "HEAD", "GET"):
        status, headers, _content = fetch(stop, method)
        assert (status, headers["Referrer-Policy"]) == (200, "no-referrer")
    assert stopped(place, "Jonas Weber") == []
    reader = visitor(place.chrome, place.house.url, scripts=False, viewport=PHONE)
    reader.go(stop)
    reader.click("Stop these mails")
    reader.see("You get no more mails of this kind.")
    reader.close()
    assert stopped(place, "Jonas Weber") == ["reminder"]
    other = str(place.mails("Linh Pham", "Juniper meets on")[0]["List-Unsubscribe"]).strip("<>")
    assert fetch(other, "POST", b"List-Unsubscribe=One-Click")[0] == 200
    assert stopped(place, "Linh Pham") == ["reminder"]
    assert circle.path in words_in(mail)


def done(place: Place, jobs: list[int]) -> bool:
    with place.database() as session:
        return set(session.scalars(select(Job.state).where(Job.id.in_(jobs)))) == {JobState.DONE}


def stopped(place: Place, name: str) -> list[str]:
    with place.database() as session:
        address = place.address(name)
        return list(session.scalars(select(Person.stopped_mails).where(Person.email == address)).one())


def test_answers_arrive_in_every_way_and_the_host_takes_a_proposed_time(place: Place) -> None:
    circle = place.juniper
    host = place.host(circle)
    by_link, by_webhook, by_lmtp = (name for name in JUNIPER if name != host)
    uid, sequence, starts_at = place.meeting(circle.following)
    answer_by_link(place, by_link)
    assert hand_over(place, said_by_calendar(place, by_webhook, circle.following, partstat="DECLINED"))[0] == 200
    wanted = starts_at + timedelta(hours=1)
    times = {"DTSTART": f"{wanted:%Y%m%dT%H%M%SZ}", "DTEND": f"{wanted + timedelta(hours=1):%Y%m%dT%H%M%SZ}"}
    propose(place, said_by_calendar(place, by_lmtp, circle.following, method="COUNTER", **times), by_lmtp)
    chosen(place.window(by_webhook), "Can’t make it")
    window = place.window(host)
    window.go(circle.path)
    window.see(f"{by_lmtp} proposes another time")
    right_at_every_width(window)
    window.click("Look at that time")
    there = wanted.astimezone(place_zone(place, host))
    expect(window.page.get_by_label("Day")).to_have_value(there.date().isoformat())
    expect(window.page.get_by_label("Begins at")).to_have_value(f"{there:%H:%M}")
    window.click("See who is told")
    for name in JUNIPER:
        window.see(name)
    right_at_every_width(window)
    assert place.meeting(circle.following)[1:] == (sequence, starts_at), "a look moves nothing"
    window.click("Move it and tell everyone")
    window.see("The session is moved. 4 people are told.")
    for name in JUNIPER:
        place.mailbox.wait_for(place.address(name), "Moved: ")
        told = place.told(name, uid)
        assert len(place.mails(name, "Moved: ")) == 1
        assert (told[-1].method, told[-1].starts_at) == ("REQUEST", wanted)
        assert told[-1].sequence == sequence + 1 > told[-2].sequence
        assert [user.address for user in told[-1].attendees] == [place.address(name)]
        assert told[-1].attendees[0].partstat == "NEEDS-ACTION"


def answer_by_link(place: Place, name: str) -> None:
    """The link in the newest mail with one: looking at it, as scanners do, answers nothing."""
    mail = place.mails(name, "Juniper meets on")[0]
    link = link_in(words_in(mail), "/answer/")
    for method in ("GET", "HEAD", "GET"):
        status, headers, content = fetch(link, method)
        assert (status, headers["Referrer-Policy"]) == (200, "no-referrer")
        assert b'aria-pressed="true"' not in content
    reader = visitor(place.chrome, place.house.url, scripts=False, viewport=PHONE)
    reader.go(link)
    reader.click("Yes")
    reader.see("You said “Yes”.")
    reader.close()
    chosen(place.window(name), "Yes")


def propose(place: Place, raw: bytes, name: str) -> None:
    """Hand a mail over by LMTP; mails to anybody else are refused."""
    with smtplib.LMTP("127.0.0.1", place.lmtp_port) as client:
        refused = client.sendmail(place.address(name), [SENDER, "somebody@else.example"], raw)
    assert [(address, code) for address, (code, _words) in refused.items()] == [("somebody@else.example", 550)]


def place_zone(place: Place, name: str) -> ZoneInfo:
    with place.database() as session:
        return ZoneInfo(session.scalars(select(Person.timezone).where(Person.email == place.address(name))).one())


def test_presence_is_one_tap_without_scripts(place: Place) -> None:
    name = place.host(place.alder)
    reader = visitor(place.chrome, place.house.url, scripts=False, viewport=PHONE)
    reader.context.add_cookies(place.window(name).context.cookies())  # type: ignore[arg-type]
    reader.go(place.alder.path)
    reader.click("Say who was there")
    first, second, third = place.alder.addresses
    reader.click("Everyone was there")
    reader.see("Noted. Anyone in your circle can correct it.")
    reader.go(f"/sessions/{place.alder.sessions[0]}/presence")
    reader.see("Noted: 3 people were there.")
    reader.click(f"Not there · {second}")
    reader.see("Noted: 2 people were there.")
    window = place.window(name)
    window.go(f"/sessions/{place.alder.sessions[0]}/presence")
    right_at_every_width(window)
    expect(reader.page.get_by_role("button", name=f"Not there · {second}")).to_have_attribute("aria-pressed", "true")
    for there in (first, third):
        expect(reader.page.get_by_role("button", name=f"There · {there}", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
    reader.close()


def test_a_new_title_and_room_reach_every_calendar(place: Place) -> None:
    circle, name = place.alder, place.host(place.alder)
    uid, sequence, starts_at = place.meeting(circle.following)
    window = place.window(name)
    window.go(f"{circle.path}/this-week")
    window.click("Title and room")
    right_at_every_width(window)
    window.fill("Title", "Mistakes, out loud")
    window.fill("Link of the room", "rooms.example.org/open")
    window.click("Save")
    expect(window.page.get_by_label("Link of the room")).to_have_attribute("aria-invalid", "true")
    window.fill("Link of the room", "https://rooms.example.org/open")
    window.click("Save")
    window.see("Saved. Invites and calendars follow within fifteen minutes.")
    assert not place.mails(name, "Changed: ")
    quarter_of_an_hour_later(place)
    for member in circle.addresses:
        place.mailbox.wait_for(place.address(member), "Changed: ")
        told = place.told(member, uid)[-1]
        assert (told.summary, told.location) == ("Alder: Mistakes, out loud", "https://rooms.example.org/open")
        assert (told.starts_at, told.sequence) == (starts_at, sequence)


def quarter_of_an_hour_later(place: Place) -> None:
    """What is told fifteen minutes after a change is due now."""
    with place.database() as session:
        due = clock.now()
        session.execute(update(CircleSession).where(CircleSession.change_due_at.is_not(None)).values(change_due_at=due))
        session.execute(
            update(Job).where(Job.kind == "scheduling.tell_changes", Job.state == JobState.WAITING).values(run_at=due)
        )


def test_a_feed_is_made_followed_and_ended(place: Place) -> None:
    window = place.window("Amara Osei")
    window.go("/calendar")
    window.page.get_by_role("button", name="Make an address · All my circles").click()
    right_at_every_width(window)
    address = window.page.get_by_label("The address").input_value()
    expect(window.page.get_by_role("link", name="Subscribe", exact=True)).to_have_attribute(
        "href", re.compile(r"^webcal://.+\.ics$")
    )
    status, headers, content = fetch(address)
    assert (status, headers.get_content_type()) == (200, "text/calendar")
    assert "attachment" not in headers.get("Content-Disposition", "")
    assert {reading.summary.partition(":")[0] for reading in vobject_reader(content)} == {"Juniper"}
    assert b"ATTENDEE" not in content
    assert b"@example.org" not in content.replace(b"@coterie.example.org", b"")
    assert fetch(address, If_None_Match=headers["ETag"])[::2] == (304, b"")
    status, head, nothing = fetch(address, "HEAD")
    assert (status, head["ETag"], nothing) == (200, headers["ETag"], b"")
    window.go("/calendar")
    expect(window.page.get_by_text(address)).to_have_count(0)
    window.page.get_by_role("button", name="End it · All my circles").click()
    window.see("The address is ended.")
    assert fetch(address)[0] == 404


def test_a_member_catches_up_in_another_circle(place: Place) -> None:
    host, guest = place.host(place.alder), "Jonas Weber"
    assert guest != place.host(place.juniper)
    window = place.window(guest)
    window.go("/sessions")
    window.page.get_by_role("button", name="Can’t make it").first.click()
    right_at_every_width(window)
    window.click("Catch up in another circle that week")
    window.see("Alder")
    right_at_every_width(window)
    window.click("Ask to come")
    window.see("Its host has not answered yet.")
    asked = words_in(place.mailbox.wait_for(place.address(host), "asks to be your guest"))
    for other in JUNIPER:
        assert (other in asked) == (other == guest)
    decides = place.window(host)
    decides.go(link_in(asked, "/guests/"))
    right_at_every_width(decides)
    decides.click("They are welcome")
    decides.see("They have an invite, and your circle sees who comes.")
    uid = place.meeting(place.alder.following)[0]
    place.mailbox.wait_until(lambda: bool(place.told(guest, uid)), "the guest's invite")
    (told,) = place.told(guest, uid)
    assert told.method == "REQUEST"
    window.page.reload()
    window.see("You are a guest of Alder")
    window.click("Open the session’s page")
    right_at_every_width(window)


def test_a_poll_moves_every_session_that_was_sent(place: Place) -> None:
    circle = place.alder
    host = place.host(circle)
    window = place.window(host)
    window.go(f"{circle.path}/season")
    right_at_every_width(window)
    window.click("Ask the circle")
    right_at_every_width(window)
    boxes = window.page.get_by_role("checkbox")
    for number in range(1, boxes.count()):
        boxes.nth(number).uncheck()
    window.click("Ask everyone")
    window.see("Your circle is asked.")
    window.see("Now you meet:")
    before = {session_id: place.meeting(session_id) for session_id in circle.sessions[1:]}
    for name in circle.addresses:
        vote(place, name, host)
    window.go(f"{circle.path}/poll")
    right_at_every_width(window)
    window.click("Choose this time and tell everyone")
    window.see("The weekly time is changed.")
    moved = [key for key, was in before.items() if place.meeting(key) != was]
    assert len(moved) >= len(before) - 1, "all but one that may be too near"
    near = [key for key in moved if key in circle.sessions[1:3]]
    assert near
    for name in circle.addresses:
        place.mailbox.wait_until(lambda name=name: len(place.mails(name, "Moved: ")) == len(near), f"moves for {name}")
        for key in near:
            uid, sequence, starts_at = place.meeting(key)
            told = place.told(name, uid)[-1]
            assert (told.method, told.starts_at, told.sequence) == ("REQUEST", starts_at, sequence)
            assert sequence > before[key][1]
        if name != host:
            place.mailbox.wait_until(
                lambda name=name: bool(place.mails(name, "has a new weekly time")), f"word for {name}"
            )
        assert len(place.mails(name, "has a new weekly time")) == (name != host)


def vote(place: Place, name: str, host: str) -> None:
    """Everyone answers in a window without scripts; who was mailed comes by the mailed link."""
    path = f"{place.alder.path}/poll"
    if name != host:
        path = link_in(words_in(place.mailbox.wait_for(place.address(name), "Which time suits you?")), "/poll")
    reader = visitor(place.chrome, place.house.url, scripts=False, viewport=PHONE)
    reader.context.add_cookies(place.window(name).context.cookies())  # type: ignore[arg-type]
    reader.go(path)
    for group in reader.page.locator("fieldset").all():
        group.get_by_label("I can", exact=True).check()
    reader.click("Send my answer")
    reader.see("Saved. You can change your answer until the deadline.")
    reader.close()


def test_no_mail_and_no_log_tells_on_anybody(place: Place) -> None:
    addresses = {**place.juniper.addresses, **place.alder.addresses}
    links: dict[str, set[str]] = {}
    for name, address in addresses.items():
        for mail in place.mailbox.to(address):
            whole = everything_in(mail)
            others = {one for one in addresses.values() if one != address and one in whole}
            assert not others, (name, str(mail["Subject"]), others)
            links.setdefault(name, set()).update(found for found in LINK.findall(whole) if SECRET_IN.search(found))
    for name, own in links.items():
        for other, theirs in links.items():
            assert name == other or not own & theirs, (name, other)
    logs = place.house.said()
    secrets = {SECRET_IN.search(link).group(2) for own in links.values() for link in own}  # type: ignore[union-attr]
    assert len(secrets) > len(addresses)
    assert not {secret for secret in secrets if secret in logs}
    assert not {address for address in addresses.values() if address in logs}
    assert "Traceback" not in logs


#: Addresses that are somebody's own.
SECRET_IN = re.compile(r"/(answer|sign-in|stop-mails)/([\w-]{16,})")


def everything_in(mail: EmailMessage) -> str:
    """Headers and decoded parts of a mail."""
    parts = [part.get_payload(decode=True) or b"" for part in mail.walk() if not part.is_multipart()]
    decoded = [part.decode("utf-8", "replace").replace("\r\n ", "") for part in parts if isinstance(part, bytes)]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *decoded])
