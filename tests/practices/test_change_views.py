"""The pages of one's own changes: writing, reading, checking in, ending, showing; and that nobody else gets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from practices.models import CheckIn, Occasion, PracticeChange, Status, Visibility
from tests.factories import practices as make
from tests.factories.practices import World
from tests.practices.conftest import NOW

SignIn = Callable[[Person], FlaskClient]
OWN_PAGES = ("", "/edit", "/check-in", "/status", "/let-go", "/replace", "/who-can-see", "/ask")


def only_change(session: Session) -> PracticeChange:
    session.expire_all()
    return session.scalars(select(PracticeChange)).one()


def test_the_practice_of_the_week_is_a_start_that_is_rewritten(session: Session, world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.amara)
    page = browser.get(f"/changes/new?circle={world.circle.id}&week=5&start=practice").text
    for start in ("I ask early.", "I ask late.", "I am stuck", "I ask one person", 'value="asking"'):
        assert start in page
    sent = {"after": "I ask before ten.", "circle": str(world.circle.id), "week": "5", "visibility": "me"}
    answer = browser.post("/changes/new", data=sent | {"resolve": "4", "confidence": "2", "baseline": "0"})
    made = only_change(session)
    assert answer.location == f"/changes/{made.id}"
    assert (made.week, made.walk_id, made.circle_id) == (5, world.walk.id, world.circle.id)
    assert (made.resolve, made.confidence, made.baseline, made.visibility) == (4, 2, 0, Visibility.ME)


def test_one_sentence_is_all_that_is_asked(session: Session, world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.amara)
    refused = browser.post("/changes/new", data={"after": " ", "circle": "", "visibility": "me", "cue": "It is late"})
    assert refused.status_code == 422
    assert "in one sentence" in refused.text
    assert "It is late" in refused.text
    assert browser.post("/changes/new", data={"after": "I ask.", "circle": ""}).status_code == 302
    assert only_change(session).circle_id is None


def test_sending_the_form_twice_writes_one_change(session: Session, world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.amara)
    found = re.search(r'name="key" type="hidden" value="([0-9a-f-]{36})"', browser.get("/changes/new").text)
    assert found is not None
    sent = {"after": "I ask.", "circle": "", "visibility": "me", "key": found[1]}
    first, second = browser.post("/changes/new", data=sent), browser.post("/changes/new", data=sent)
    assert first.location == second.location == f"/changes/{only_change(session).id}"
    theirs = sign_in(world.tomas).post("/changes/new", data=sent)
    assert theirs.location != first.location, "another person's change is neither shown nor touched"


@pytest.mark.parametrize("week", ["0", "13", "99"])
def test_a_week_that_is_not_in_the_guide_is_not_there(world: World, sign_in: SignIn, week: str) -> None:
    assert sign_in(world.amara).get(f"/changes/new?circle={world.circle.id}&week={week}").status_code == 404


def test_nobody_writes_from_a_circle_they_are_not_in(
    session: Session, world: World, sign_in: SignIn, outsider: Person
) -> None:
    browser = sign_in(outsider)
    assert browser.get(f"/changes/new?circle={world.circle.id}&week=5&start=practice").status_code == 404
    assert browser.get(f"/changes/new?circle={world.circle.id}").status_code == 404
    sent = {"after": "I sneak in.", "circle": str(world.circle.id), "visibility": "circle"}
    assert browser.post("/changes/new", data=sent).status_code == 422
    assert session.scalars(select(PracticeChange)).all() == []


def test_the_page_shows_the_whole_record(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle, shown=True)
    make.check_in(session, change, 7, 2, line="Twice.", barriers=["people"])
    make.check_in(session, change, 20, 3, line="Sent it on Monday.")
    make.changes.say_seen(session, change, line="I could still change it.", actor=world.linh, at=NOW)
    session.commit()
    page = " ".join(sign_in(world.amara).get(f"/changes/{change.id}").text.split())
    for words in (
        "begun on 24 September 2026, week 2",
        "I show my work when it is polished.",
        "How often: from Rarely to Often",
        "Where I start.",
        "Got in the way: what others may think",
        "No check-in",
        "next, at the session",
        "“I could still change it.”",
        "Linh Pham, 14 October 2026",
        "Juniper, your circle",
        "Ingrid Solberg, your manager",
        "nothing, until you approve a page",
        "never your words",
        "Letting a change go is an honest result",
        "+30 days",
    ):
        assert words in page, words
    assert page.count("<h1") == 1


def test_nobody_but_its_member_gets_a_page_of_it(
    session: Session, world: World, sign_in: SignIn, outsider: Person
) -> None:
    change = make.change(session, world.amara, world.circle, shown=True)
    session.commit()
    admin = make.accounts.person(session, name="Ada Admin", is_administrator=True)
    for reader in (outsider, world.tomas, world.lead, world.manager, admin):
        browser = sign_in(reader)
        for page in OWN_PAGES:
            assert browser.get(f"/changes/{change.id}{page}").status_code == 404, (reader.name, page)
            assert browser.post(f"/changes/{change.id}{page}", data={}).status_code in (404, 405)
        assert browser.post(f"/changes/{change.id}/pick-up").status_code == 404
        assert "half done" not in browser.get("/changes").text
    assert only_change(session).status is Status.PLANNED


def test_a_check_in_goes_back_to_where_it_was_asked(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle)
    session.commit()
    browser = sign_in(world.amara)
    address = f"/changes/{change.id}/check-in"
    assert browser.post(address, data={"frequency": "2", "next": "/"}).location == "/"
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
        assert browser.post(address, data={"frequency": "2", "next": elsewhere}).location == f"/changes/{change.id}"
    empty = browser.post(address, data={"next": "/"})
    assert empty.status_code == 422
    assert "Choose how often, or write a line." in empty.text
    assert browser.post(address, data={"frequency": "9"}).status_code == 422
    assert browser.post(address, data={"line": "x" * 501}).status_code == 422


def test_a_check_in_within_a_day_of_the_session_belongs_to_it(
    session: Session, world: World, sign_in: SignIn, travel: time_machine.Traveller
) -> None:
    change = make.change(session, world.amara, world.circle)
    session.commit()
    travel.move_to(NOW + timedelta(days=1))
    sign_in(world.amara).post(f"/changes/{change.id}/check-in", data={"frequency": "3"})
    entry = session.scalars(select(CheckIn).order_by(CheckIn.on_date.desc())).first()
    assert entry is not None
    assert (entry.occasion, entry.session_id) == (Occasion.SESSION, world.season.sessions[4].id)


def test_status_letting_go_picking_up_and_replacing(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle)
    session.commit()
    browser, address = sign_in(world.amara), f"/changes/{change.id}"
    assert browser.post(f"{address}/status", data={"status": "dropped"}).status_code == 422
    browser.post(f"{address}/status", data={"status": "partly"})
    assert only_change(session).status is Status.PARTLY
    browser.post(f"{address}/let-go", data={"reason": "No time"})
    assert (only_change(session).status, only_change(session).reason) == (Status.DROPPED, "No time")
    assert "No time" in browser.get(address).text
    assert "Let go in week 4" in browser.get("/changes").text
    browser.post(f"{address}/pick-up")
    assert only_change(session).status is Status.TRYING
    assert browser.post(f"{address}/replace", data={"after": ""}).status_code == 422
    answer = browser.post(f"{address}/replace", data={"after": "I ask one question."})
    assert "I ask one question." in browser.get(answer.location).text
    assert "Replaced by" in browser.get(address).text
    assert browser.post(f"{address}/check-in", data={"frequency": "1"}).status_code == 409


def test_showing_and_hiding_says_who_can_see_it(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle)
    session.commit()
    browser, peer = sign_in(world.amara), sign_in(world.tomas)
    assert "half done" not in peer.get(f"/circles/{world.circle.id}/changes").text
    browser.post(f"/changes/{change.id}/who-can-see", data={"visibility": "circle"})
    assert "half done" in peer.get(f"/circles/{world.circle.id}/changes").text
    names = "Tomás Rivera, Linh Pham, Jonas Weber can see it now."
    assert names in browser.get(f"/changes/{change.id}/who-can-see").text
    browser.post(f"/changes/{change.id}/who-can-see", data={"visibility": "me"})
    assert "half done" not in peer.get(f"/circles/{world.circle.id}/changes").text


def test_asking_a_peer_is_one_mail_and_only_to_peers(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle, shown=True)
    session.commit()
    browser, address = sign_in(world.amara), f"/changes/{change.id}/ask"
    assert browser.post(address, data={"peer": str(world.lead.id)}).status_code == 422
    for _again in range(2):
        browser.post(address, data={"peer": str(world.tomas.id)})
    mails = session.scalars(select(OutgoingMail)).all()
    assert [(mail.kind, mail.recipient) for mail in mails] == [("practices.seen_it", world.tomas.email)]
    assert "I show my draft when it is half done." in mails[0].text
    assert "Amara Osei asks: have you seen this?" in sign_in(world.tomas).get("/").text


def test_what_i_will_do_about_it_stands_on_the_weeks_page_too(
    session: Session, world: World, sign_in: SignIn, travel: time_machine.Traveller, outsider: Person
) -> None:
    change = make.change(session, world.amara, world.circle)
    elsewhere = make.change(session, world.amara, None)
    session.commit()
    browser, address = sign_in(world.amara), f"/changes/{change.id}/until-next"
    assert browser.post(address, data={"text": " "}).status_code == 422
    browser.post(address, data={"text": "I send the outline."})
    assert "I send the outline." in browser.get(f"/changes/{change.id}").text
    assert "I send the outline." in browser.get(f"/circles/{world.circle.id}/weeks/4").text
    travel.move_to(NOW + timedelta(days=1))
    browser.post(address, data={"text": "I send the plan."})
    assert "I send the outline." in browser.get(address).text
    assert browser.get(f"/changes/{elsewhere.id}/until-next").status_code == 404
    assert sign_in(outsider).get(address).status_code == 404


def test_what_people_write_stays_words(session: Session, world: World, sign_in: SignIn) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    change = make.change(session, world.amara, world.circle, shown=True, after=hostile, before=hostile, cue=hostile)
    make.check_in(session, change, 7, 2, line=hostile)
    make.changes.say_seen(session, change, line=hostile, actor=world.tomas, at=NOW)
    make.changes.let_go(session, change, reason=hostile, on=change.begun_on + timedelta(days=9), at=NOW)
    session.commit()
    browser = sign_in(world.amara)
    pages = ["/changes", "/changes/share", f"/circles/{world.circle.id}/changes"]
    for page in [*pages, *(f"/changes/{change.id}{part}" for part in OWN_PAGES)]:
        text = browser.get(page).text
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page
    assert "&lt;script&gt;alert(1)" in browser.get(f"/changes/{change.id}").text


def test_the_lists_ask_the_database_a_fixed_number_of_times(
    session: Session, world: World, sign_in: SignIn, queries: list[str]
) -> None:
    browser = sign_in(world.amara)
    pages = [
        "/changes",
        f"/circles/{world.circle.id}/changes",
        f"/circles/{world.circle.id}/check-in",
        "/changes/share",
    ]
    counts = []
    for number in (2, 12):
        for index in range(number):
            for person in (world.amara, world.tomas):
                change = make.change(session, person, world.circle, shown=True, after=f"{person.name} {number} {index}")
                make.check_in(session, change, 7, 2)
                make.changes.say_seen(session, change, line="", actor=world.linh, at=NOW)
        session.commit()
        counts.append([])
        for page in pages:
            browser.get(page)
            session.expire_all()
            queries.clear()
            assert browser.get(page).status_code == 200
            counts[-1].append(len(queries))
    assert counts[0] == counts[1]
