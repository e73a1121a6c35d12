"""One's own profile, picture and data."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts import data, passwords
from app.accounts.models import CalendarChoice, Person, SignIn
from app.accounts.packages import Package
from app.audit import AuditEntry
from app.errors import DomainError
from app.mail.compose import Composed
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from app.mail.services import write
from app.storage import Storage, StoredFile
from tests.accounts.uploads import multipart

DESK = Desk("circles@coterie.test", "Coterie", "http://coterie.test", "secret", "https://meet.example")
Browsers = Callable[[Person], FlaskClient]


def answers(**changed: str) -> dict[str, str]:
    """A profile as the form sends it."""
    whole = {
        "name": "Amara Osei", "pronouns": "she/her", "job_title": "Engineer", "department": "Platform",
        "location": "Lisbon", "level": "senior", "languages": "English, pt-BR", "bio": "I mend pipelines.",
        "timezone": "europe/lisbon", "locale": "en", "calendar_choice": "feed", "manager": "",
    }  # fmt: skip
    return whole | changed


def image(kind: str = "PNG", size: tuple[int, int] = (600, 400), **options: Any) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, "#1e6b52").save(out, kind, **options)
    return out.getvalue()


def upload(browser: FlaskClient, content: bytes, name: str = "me.png") -> Any:
    """Send a picture."""
    return browser.post("/profile/picture", **multipart("picture", name, content))


def test_a_profile_is_saved(sign_in: Browsers, session: Session, person: Callable[..., Person]) -> None:
    amara = person(name="A.")
    assert sign_in(amara).post("/profile", data=answers()).status_code == 302
    session.refresh(amara)
    assert (amara.name, amara.timezone, amara.languages) == ("Amara Osei", "Europe/Lisbon", ["en", "pt"])
    assert amara.calendar_choice is CalendarChoice.FEED


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "   ", "Write your name."),
        ("timezone", "Mars/Base", "is not a time zone"),
        ("timezone", "Lisbon", "Did you mean Europe/Lisbon?"),
        ("languages", "Klingonese", "is not a language"),
        ("manager", "boss at work", "is not an e-mail address"),
        ("bio", "x" * 601, "longer than 600"),
        ("locale", "xx", "Not a valid choice"),
    ],
)
def test_what_cannot_be_saved_is_named(
    sign_in: Browsers, session: Session, person: Callable[..., Person], field: str, value: str, words: str
) -> None:
    amara = person(name="Amara")
    answer = sign_in(amara).post("/profile", data=answers(**{field: value}))
    page = answer.get_data(as_text=True)
    assert words in page
    assert "I mend pipelines." in page or field == "bio", "nothing that was typed is lost"
    session.refresh(amara)
    assert amara.job_title == ""


def test_who_can_see_a_field_stands_beside_it(sign_in: Browsers, person: Callable[..., Person]) -> None:
    page = sign_in(person()).get("/profile").get_data(as_text=True)
    assert page.count("who-can-see") >= 13


def test_the_form_shows_the_profile_as_it_stands(
    sign_in: Browsers, session: Session, person: Callable[..., Person]
) -> None:
    boss = person(name="Ingrid", email="ingrid@example.org")
    amara = person(name="Amara", languages=["en", "pt"], calendar_choice=CalendarChoice.FEED, manager_id=boss.id)
    amara_id = amara.id
    session.expire_all()
    page = sign_in(session.get_one(Person, amara_id)).get("/profile").get_data(as_text=True)
    assert 'value="ingrid@example.org"' in page
    assert 'value="en, pt"' in page
    assert re.search(r'<input[^>]*checked[^>]*value="feed"', page)


def test_a_manager_is_found_by_address_or_waited_for(
    sign_in: Browsers, session: Session, person: Callable[..., Person]
) -> None:
    amara, boss = person(name="Amara"), person(name="Ingrid", email="Ingrid@example.org")
    browser = sign_in(amara)
    browser.post("/profile", data=answers(manager="ingrid@EXAMPLE.org"))
    session.refresh(amara)
    assert (amara.manager_id, amara.manager_email) == (boss.id, "")
    browser.post("/profile", data=answers(manager="later@example.org"))
    session.refresh(amara)
    assert (amara.manager_id, amara.manager_email) == (None, "later@example.org")
    refused = browser.post("/profile", data=answers(manager=amara.email))
    assert "A manager is somebody else." in refused.get_data(as_text=True)
    assert session.scalars(select(AuditEntry.action)).all() == ["person.manager_changed"] * 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_made_anew(sign_in: Browsers, session: Session, person: Callable[..., Person], kind: str) -> None:
    amara = person(name="Amara")
    browser = sign_in(amara)
    assert upload(browser, image(kind)).status_code == 302
    session.refresh(amara)
    assert amara.avatar_url is not None
    answer = browser.get(amara.avatar_url)
    assert answer.content_type == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert Image.open(io.BytesIO(answer.data)).size == (256, 256)


def test_nothing_of_the_uploaded_file_is_kept(
    sign_in: Browsers, session: Session, person: Callable[..., Person]
) -> None:
    amara = person(name="Amara")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    upload(sign_in(amara), image("JPEG", exif=exif) + b"<script>alert(1)</script>", "me.html")
    (file,) = session.scalars(select(StoredFile)).all()
    assert file.data is not None
    assert b"secret place" not in file.data
    assert b"script" not in file.data
    assert file.name == "avatar.jpg"


def bomb() -> bytes:
    """A PNG that says it is 50,000 by 50,000 pixels and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "Choose a picture first."),
        (b"not a picture at all", 422, "cannot be read as a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 422, "cannot be read as a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, 422, "cannot be read as a picture"),
        (image("PNG")[:300], 422, "cannot be read as a picture"),
        (image("BMP"), 422, "cannot be read as a picture"),
        (b"\0" * (8 * 1024 * 1024 + 1), 413, "larger than 8 MB"),
        (bomb(), 413, "million pixels"),
    ],
)  # fmt: skip
def test_hostile_pictures_are_refused(
    sign_in: Browsers,
    session: Session,
    person: Callable[..., Person],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    status: int,
    words: str,
) -> None:
    # What sets PDFs tells Pillow to accept cut pictures. Web processes never load it, but another test may have.
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", False)
    amara = person(name="Amara")
    answer = upload(sign_in(amara), content)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert session.scalars(select(StoredFile)).all() == []


def test_an_upload_over_the_limit_of_all_is_refused(sign_in: Browsers, person: Callable[..., Person]) -> None:
    answer = upload(sign_in(person()), b"\0" * (13 * 1024 * 1024))
    assert answer.status_code == 413
    assert "larger than this page accepts" in answer.get_data(as_text=True)


def test_a_new_picture_replaces_the_old_and_can_go(
    sign_in: Browsers, session: Session, person: Callable[..., Person]
) -> None:
    amara = person(name="Amara")
    browser = sign_in(amara)
    upload(browser, image())
    upload(browser, image("GIF"))
    assert len(session.scalars(select(StoredFile)).all()) == 1
    session.refresh(amara)
    url = amara.avatar_url
    assert url is not None
    assert browser.post("/profile/picture/remove").status_code == 302
    session.expire_all()
    assert session.scalars(select(StoredFile)).all() == []
    assert browser.get(url).status_code == 404


def test_a_picture_is_for_those_who_may_see_the_profile(
    sign_in: Browsers, session: Session, person: Callable[..., Person], outsider: Person
) -> None:
    boss = person(name="Boss")
    amara = person(name="Amara", manager_id=boss.id)
    upload(sign_in(amara), image())
    session.refresh(amara)
    url = amara.avatar_url
    assert url is not None
    assert sign_in(boss).get(url).status_code == 200
    assert sign_in(person(is_administrator=True)).get(url).status_code == 200
    assert sign_in(outsider).get(url).status_code == 404


def test_my_data_holds_my_account(sign_in: Browsers, session: Session, person: Callable[..., Person]) -> None:
    amara = person(name="Amara Osei", bio="I mend pipelines.", password_hash=passwords.hash_password("x" * 12))
    person(name="Somebody Else", bio="Not mine.")
    answer = sign_in(amara).get("/profile/data.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    found = json.loads(answer.data)
    assert found["account"]["bio"] == "I mend pipelines."
    assert len(found["account"]["sign_ins"]) == 1
    assert "argon2" not in answer.get_data(as_text=True)
    assert "Not mine." not in answer.get_data(as_text=True)


def test_each_package_gives_and_forgets_its_part(session: Session, person: Callable[..., Person]) -> None:
    amara, forgotten = person(name="Amara"), list[str]()

    def erase(session: Session, person: Person, *, at: object) -> None:
        forgotten.append(person.name)

    packages = [Package("notes", export=lambda session, person: {"lines": [person.name]}, erase=erase)]
    assert data.export(session, amara, packages, at=clock.now())["notes"] == {"lines": ["Amara"]}
    data.erase(session, Storage(), DESK, amara, packages, actor=amara, at=clock.now())
    assert forgotten == ["Amara"], "packages forget while the account still says who it is"


def test_an_erased_account_says_nothing_about_its_person(
    sign_in: Browsers, session: Session, person: Callable[..., Person]
) -> None:
    amara = person(name="Amara Osei", email="amara@example.org", bio="I mend pipelines.", external_id="17")
    report = person(name="Bo Blue", manager_id=amara.id)
    browser, other = sign_in(amara), sign_in(amara)
    upload(browser, image())
    mail = write(
        session, Composed("Dear Amara", "Amara", "Amara"), kind="test", to=amara.email, name=amara.name,
        person_id=amara.id, at=clock.now(),
    )  # fmt: skip
    session.commit()
    unsure = browser.post("/profile/erase", data={})
    assert unsure.status_code == 422
    assert "Tick this if you mean it." in unsure.get_data(as_text=True)
    assert browser.post("/profile/erase", data={"sure": "y"}).status_code == 302
    assert other.get("/profile").status_code == 302
    session.expire_all()
    left = json.dumps([str(getattr(amara, column.key)) for column in Person.__table__.columns])
    for word in ("Amara", "amara", "pipelines", "17"):
        assert word not in left.replace(str(amara.id), "").replace(str(amara.created_at), "").replace(
            str(amara.updated_at), ""
        ).replace(amara.email, "")
    assert not amara.active
    assert report.manager_id is None
    assert session.scalars(select(SignIn).where(SignIn.person_id == amara.id)).all() == []
    assert session.scalars(select(StoredFile)).all() == []
    assert (mail.state, mail.recipient, mail.text) == (MailState.CANCELLED, "", "")
    assert session.scalars(select(OutgoingMail).where(OutgoingMail.subject != "")).all() == []


def test_erasing_needs_the_password(sign_in: Browsers, session: Session, person: Callable[..., Person]) -> None:
    amara = person(name="Amara", password_hash=passwords.hash_password("a quiet walk"))
    assert sign_in(amara).post("/profile/erase", data={"sure": "y", "current": "no"}).status_code == 422
    session.refresh(amara)
    assert amara.active


def test_the_only_administrator_stays(session: Session, person: Callable[..., Person]) -> None:
    amara = person(name="Amara", is_administrator=True)
    with pytest.raises(DomainError, match="only administrator"):
        data.erase(session, Storage(), DESK, amara, [], actor=amara, at=clock.now())
    assert amara.active
