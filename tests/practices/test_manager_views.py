"""What a manager does with a page: opening it on purpose, reading, answering, and being told when it is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import Person
from app.mail.models import OutgoingMail
from practices.models import Share, ShareReading, SupportLine
from practices.services import shares
from practices.services.shares import RECEIPT
from tests.factories import practices as make
from tests.factories.practices import World
from tests.practices.conftest import NOW

SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def share(session: Session, world: World, flask_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Share:
    """A page that Amara approved, its links as the application makes them."""
    monkeypatch.setattr(make, "DESK", replace(make.DESK, secret_key=flask_app.extensions["config"].secret_key))
    change = make.change(session, world.amara, world.circle)
    made = make.share(session, world.amara, change, would_help="Fifteen minutes on Mondays.")
    session.commit()
    return made


def readings(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(ShareReading.form).order_by(ShareReading.form)))


def test_scanners_that_follow_the_link_open_nothing(session: Session, share: Share, client: FlaskClient) -> None:
    address = f"/s/{make.token_of(share)}"
    for _scan in range(3):
        page = client.get(address)
        assert page.status_code == 200
        assert "Open the page" in page.text
        assert "half done" not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page.headers["Cache-Control"]
    assert client.head(address).status_code == 200
    assert readings(session) == []


def test_opening_is_a_click_and_its_member_sees_it(
    session: Session, share: Share, client: FlaskClient, world: World, sign_in: SignIn
) -> None:
    assert "Not opened yet." in sign_in(world.amara).get(f"/shares/{share.id}").text
    page = client.post(f"/s/{make.token_of(share)}", data={"do": "open"})
    assert "I show my draft when it is half done." in page.text
    assert "Fifteen minutes on Mondays." in page.text
    assert readings(session) == ["page"]
    assert "opened" in sign_in(world.amara).get(f"/shares/{share.id}").text


def test_a_line_back_reaches_the_member_and_nobody_else(
    session: Session, share: Share, client: FlaskClient, world: World, sign_in: SignIn
) -> None:
    address = f"/s/{make.token_of(share)}"
    answered = client.post(address, data={"do": "answer", "text": "Mondays at nine <b>"})
    assert "Mondays at nine &lt;b&gt;" in answered.text
    mail = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "practices.support")).one()
    assert mail.recipient == world.amara.email
    assert "Mondays at nine" in mail.text
    assert "<b>" not in (mail.html or "").split("blockquote")[3]
    assert "Mondays at nine" in sign_in(world.amara).get(f"/shares/{share.id}").text
    for reader in (world.tomas, world.lead):
        assert sign_in(reader).get(f"/shares/{share.id}").status_code == 404
    for wrong, message in (("", "Write a line first."), ("x" * 501, "Keep it under 500 characters.")):
        refused = client.post(address, data={"do": "answer", "text": wrong})
        assert refused.status_code == 422
        assert message in refused.text
    session.add_all(SupportLine(share_id=share.id, text="again", at=NOW) for _line in range(shares.MOST_LINES - 1))
    session.commit()
    assert client.post(address, data={"do": "answer", "text": "more"}).status_code == 409


def test_the_account_opens_it_once_on_purpose(
    session: Session, share: Share, world: World, sign_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    browser, address = sign_in(world.manager), f"/pages/{share.id}"
    assert "Amara Osei" in browser.get("/pages").text
    assert "half done" not in browser.get(address).text
    assert readings(session) == []
    assert browser.post(address, data={"do": "open"}).location == address
    assert "half done" in browser.get(address).text
    assert readings(session) == ["page"]
    assert "still being made" in browser.post(address, data={"do": "pdf"}).text
    run_jobs()
    session.expire_all()
    pdf = browser.post(address, data={"do": "pdf"})
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"].startswith("inline; filename=")
    assert "no-store" in pdf.headers["Cache-Control"]
    assert readings(session) == ["page", "pdf"]
    assert browser.post(address, data={"do": "answer", "text": ""}).status_code == 422
    assert browser.post(address, data={"do": "answer", "text": "Gladly."}).location == address
    assert "You answered" in browser.get("/pages").text


def test_a_page_that_was_taken_back_is_gone_by_every_way(
    session: Session, share: Share, client: FlaskClient, world: World, sign_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    browser = sign_in(world.manager)
    browser.post(f"/pages/{share.id}", data={"do": "open"})
    assert browser.post(f"/shares/{share.id}/pdf").status_code == 404
    member = sign_in(world.amara)
    document = member.post(f"/shares/{share.id}/pdf").location
    assert member.get(f"{document}/file").data.startswith(b"%PDF-")
    receipt = f"/r/{make.token_of(share, RECEIPT)}"
    assert "This page stands." in client.get(receipt).text
    member.post(f"/shares/{share.id}/withdraw")
    read = f"/s/{make.token_of(share)}"
    for answer in (
        client.get(read),
        client.post(read, data={"do": "open"}),
        client.post(read, data={"do": "pdf"}),
        client.post(read, data={"do": "answer", "text": "Hm"}),
        browser.get(f"/pages/{share.id}"),
        browser.post(f"/pages/{share.id}", data={"do": "pdf"}),
        member.get(document),
        member.get(f"{document}/file"),
    ):
        assert answer.status_code == 410
        assert "taken back" in answer.text
        assert "half done" not in answer.text
    gone = client.get(receipt).text
    assert "This page was withdrawn." in gone
    assert "Amara" not in gone
    assert "Amara" not in browser.get("/pages").text


def test_an_older_link_says_that_there_is_a_newer_page(
    session: Session, share: Share, client: FlaskClient, world: World
) -> None:
    older = f"/s/{make.token_of(share)}"
    change = make.change(session, world.amara, world.circle, after="Another.")
    newer = make.share(session, world.amara, change)
    session.commit()
    answer = client.post(older, data={"do": "open"})
    assert answer.status_code == 410
    assert "A newer page has taken the place of this one." in answer.text
    assert "Another." in client.post(f"/s/{make.token_of(newer)}", data={"do": "open"}).text


def test_one_kind_of_token_opens_nothing_of_another_kind(
    session: Session, share: Share, client: FlaskClient, world: World
) -> None:
    read, receipt = make.token_of(share), make.token_of(share, RECEIPT)
    for address in (f"/s/{receipt}", f"/r/{read}", "/s/nothing", "/r/nothing", f"/s/{share.id}", f"/s/{share.receipt}"):
        assert client.get(address).status_code == 410
    other = tokens.issue(session, "feed", share.id, at=NOW)
    session.commit()
    assert client.post(f"/s/{other}", data={"do": "open"}).status_code == 410
    assert readings(session) == []


def test_the_list_of_a_manager_is_paged_and_asks_a_fixed_number_of_times(
    session: Session, share: Share, world: World, sign_in: SignIn, queries: list[str]
) -> None:
    browser = sign_in(world.manager)
    counts = []
    for number in (3, 60):
        for index in range(number):
            member = make.accounts.person(session, name=f"Member {number} {index}", manager_id=world.manager.id)
            make.share(session, member, make.change(session, member, None))
        session.commit()
        session.expire_all()
        queries.clear()
        text = browser.get("/pages").text
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 2" in text
    assert "Amara Osei" in browser.get("/pages?page=2").text + text
