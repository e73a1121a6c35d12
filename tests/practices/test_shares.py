"""The page for a manager: exactly what was looked at, immutable, until it is taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError, Expired, NotFound
from app.mail.models import MailState, OutgoingMail
from app.storage import Storage, StoredFile
from practices.models import PracticeChange, Share, ShareReading
from practices.queries.shares import page_for_manager, pages_for_manager
from practices.services import changes, shares
from practices.services.changes import Statement
from practices.summaries import ManagerPage
from tests.factories import practices as make
from tests.factories.practices import World
from tests.factories.scheduling import DESK
from tests.practices.conftest import NOW

SignIn = Callable[[Person], FlaskClient]


def sent(*chosen: PracticeChange, sentence: str = "Two people improved it.", **fields: str) -> dict[str, str]:
    """The fields of the wizard's forms."""
    found = {"would_help": "A quarter of an hour.", **fields}
    for change in chosen:
        found |= {f"on-{change.id.hex}": "1", f"say-{change.id.hex}": sentence}
    return found


def looked_at(text: str) -> str:
    """The fingerprint of the page that was shown."""
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', text)
    assert found, text
    return found[1]


def only_share(session: Session) -> Share:
    session.expire_all()
    return session.scalars(select(Share)).one()


def test_the_page_looked_at_is_the_page_approved(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle)
    other = make.change(session, world.amara, world.circle, after="I keep this to myself.")
    make.check_in(session, change, 20, 3, line="A note that stays with me.")
    session.commit()
    browser, form = sign_in(world.amara), sent(change)
    assert "I keep this to myself." in browser.get("/changes/share").text
    page = browser.post("/changes/share/look", data=form)
    sheet = page.text[page.text.index("white-page") : page.text.index("<aside")]
    for words in ("I show my draft when it is half done.", "“Two people improved it.”", "Rarely at the start", "Often"):
        assert words in sheet
    for private in ("I keep this to myself.", "A note that stays with me.", "Tomás", "Juniper"):
        assert private not in sheet
    assert "1 other change" in page.text
    assert f"Sends one mail, to {world.manager.email}." in page.text
    assert session.scalars(select(Share)).all() == []
    assert session.scalars(select(OutgoingMail)).all() == []

    browser.post("/changes/share/approve", data=form | {"sha256": looked_at(page.text)})
    share = only_share(session)
    assert share.sha256 == looked_at(page.text) == ManagerPage.from_json(share.snapshot).sha256
    assert other.after not in share.snapshot
    mails = session.scalars(select(OutgoingMail)).all()
    assert [(mail.kind, mail.recipient) for mail in mails] == [("practices.page_sent", world.manager.email)]
    assert "half done" not in mails[0].text + (mails[0].html or "")
    assert share.receipt in browser.get(f"/shares/{share.id}").text


def test_a_page_that_changed_since_it_was_looked_at_is_looked_at_again(
    session: Session, world: World, sign_in: SignIn
) -> None:
    change = make.change(session, world.amara, world.circle)
    session.commit()
    browser, form = sign_in(world.amara), sent(change)
    seen = looked_at(browser.post("/changes/share/look", data=form).text)
    browser.post(f"/changes/{change.id}/check-in", data={"frequency": "4"})
    again = browser.post("/changes/share/approve", data=form | {"sha256": seen})
    assert "Look again before you approve." in again.text
    assert looked_at(again.text) != seen
    assert session.scalars(select(Share)).all() == []
    other_words = sent(change, sentence="Something else.") | {"sha256": looked_at(again.text)}
    browser.post("/changes/share/approve", data=other_words)
    assert session.scalars(select(Share)).all() == []


def test_later_words_never_reach_the_page(session: Session, world: World, sign_in: SignIn) -> None:
    change = make.change(session, world.amara, world.circle)
    share = make.share(session, world.amara, change)
    before = (share.snapshot, share.sha256)
    session.commit()
    member = sign_in(world.amara)
    assert "Send a newer page" not in member.get(f"/changes/{change.id}").text
    changes.edit_change(session, change, Statement("Rewritten."), at=NOW + timedelta(hours=1))
    make.check_in(session, change, 20, 4, line="Later.", at=NOW + timedelta(hours=1))
    session.commit()
    assert "Send a newer page" in member.get(f"/changes/{change.id}").text
    assert (only_share(session).snapshot, only_share(session).sha256) == before
    session.add(ShareReading(share_id=share.id, at=NOW, form="page"))
    session.commit()
    page = sign_in(world.manager).get(f"/pages/{share.id}").text
    assert "half done" in page
    assert "Rewritten." not in page


def test_nobody_makes_a_page_of_another_persons_change(session: Session, world: World, sign_in: SignIn) -> None:
    foreign = make.change(session, world.tomas, world.circle, shown=True)
    session.commit()
    answer = sign_in(world.amara).post("/changes/share/look", data=sent(foreign))
    assert answer.status_code == 422
    assert "Choose at least one change." in answer.text
    approve = sign_in(world.amara).post("/changes/share/approve", data=sent(foreign) | {"sha256": "0" * 64})
    assert approve.status_code == 422
    assert session.scalars(select(Share)).all() == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "", "email": "boss@example.org"}, "Write the name of your manager."),
        ({"name": "Boss", "email": "no address"}, "is not an e-mail address"),
        ({"name": "Boss", "email": "OWN"}, "This is your own address."),
        ({"name": "Boss", "email": "boss@example.org", "would_help": "x" * 501}, "Keep it under 500 characters."),
    ],
)
def test_without_a_manager_an_address_is_asked_for(
    session: Session, world: World, sign_in: SignIn, fields: dict[str, str], message: str
) -> None:
    change = make.change(session, world.tomas, world.circle)
    session.commit()
    browser = sign_in(world.tomas)
    assert 'name="email"' in browser.get("/changes/share").text
    wrong = {key: value.replace("OWN", world.tomas.email.upper()) for key, value in fields.items()}
    answer = browser.post("/changes/share/look", data=sent(change) | wrong)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Two people improved it." in answer.text


def test_an_address_of_someone_with_an_account_is_that_person(session: Session, world: World) -> None:
    change = make.change(session, world.tomas, world.circle)
    share = make.share(session, world.tomas, change, name="Whoever", email=world.manager.email.upper())
    assert (share.audience_person_id, share.audience_name) == (world.manager.id, "Ingrid Solberg")


def test_taking_back_closes_at_once_and_removes_the_text(
    session: Session, world: World, run_jobs: Callable[[], int], sign_in: SignIn, flask_app: object
) -> None:
    change = make.change(session, world.amara, world.circle)
    share = make.share(session, world.amara, change)
    session.commit()
    run_jobs()
    session.expire_all()
    file_id, sha = share.file_id, share.sha256
    assert file_id is not None
    browser = sign_in(world.amara)
    assert "gets one line saying that you took it back" in browser.get(f"/shares/{share.id}/withdraw").text
    assert only_share(session).withdrawn_at is None
    browser.post(f"/shares/{share.id}/withdraw")
    gone = only_share(session)
    assert (gone.snapshot, gone.file_id, gone.sha256) == ("", None, sha)
    assert session.get(StoredFile, file_id) is None
    with pytest.raises(Expired):
        page_for_manager(session, world.manager, share.id)
    assert pages_for_manager(session, world.manager) == []
    kinds = [mail.kind for mail in session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))]
    assert kinds == ["practices.page_sent", "practices.page_withdrawn"]
    assert "This page is withdrawn" in browser.get(f"/shares/{share.id}").text
    with pytest.raises(DomainError):
        shares.withdraw(session, Storage(), gone, actor=world.amara, desk=DESK, at=NOW)


def test_a_page_whose_mail_has_not_left_is_taken_back_in_silence(
    session: Session, world: World, run_jobs: Callable[[], int]
) -> None:
    share = make.share(session, world.amara, make.change(session, world.amara, world.circle))
    told = shares.withdraw(session, Storage(), share, actor=world.amara, desk=DESK, at=NOW)
    session.commit()
    assert not told
    run_jobs()
    assert [mail.state for mail in session.scalars(select(OutgoingMail))] == [MailState.CANCELLED]
    assert session.scalars(select(StoredFile)).all() == []


def test_a_newer_page_takes_the_place_of_the_older(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    older = make.share(session, world.amara, change)
    newer = make.share(session, world.amara, change, would_help="More.")
    assert older.superseded_by_id == newer.id
    assert [share.id for share in pages_for_manager(session, world.manager)] == [newer.id]
    with pytest.raises(Expired, match="newer page"):
        page_for_manager(session, world.manager, older.id)


def test_nobody_else_reads_a_page_or_knows_of_it(
    session: Session, world: World, sign_in: SignIn, outsider: Person
) -> None:
    share = make.share(session, world.amara, make.change(session, world.amara, world.circle))
    admin = make.accounts.person(session, name="Ada Admin", is_administrator=True)
    session.commit()
    for reader in (outsider, world.tomas, world.lead, admin):
        with pytest.raises(NotFound):
            page_for_manager(session, reader, share.id)
        browser = sign_in(reader)
        for address in (f"/pages/{share.id}", f"/shares/{share.id}", f"/shares/{share.id}/withdraw"):
            assert browser.get(address).status_code == 404
        for address in (f"/pages/{share.id}", f"/shares/{share.id}/pdf", f"/shares/{share.id}/withdraw"):
            assert browser.post(address, data={"do": "open"}).status_code == 404
        assert "Amara" not in browser.get("/pages").text
    assert sign_in(world.manager).get(f"/shares/{share.id}").status_code == 404
    assert only_share(session).withdrawn_at is None


def test_so_many_pages_a_day_and_no_more(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    for _page in range(shares.MOST_PAGES):
        make.share(session, world.amara, change)
    with pytest.raises(DomainError, match="Wait a day"):
        make.share(session, world.amara, change)
