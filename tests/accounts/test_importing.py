"""Importing people: a report first, then the good rows or nothing, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import ImportState, PeopleImport, Person, SignIn
from app.accounts.people_csv import read_people
from app.accounts.services import importing
from app.audit import AuditEntry
from app.jobs.models import Job, JobState
from app.storage import StoredFile
from tests.accounts.uploads import multipart

Browsers = Callable[[Person], FlaskClient]
Make = Callable[..., Person]
HEADER = "email,name,department,manager_email,external_id,active"


@pytest.fixture
def admin(person: Make) -> Person:
    """An administrator."""
    return person(name="Ada Admin", email="ada@example.org", is_administrator=True)


@pytest.fixture
def browser(sign_in: Browsers, admin: Person) -> FlaskClient:
    """The administrator's browser."""
    return sign_in(admin)


def people_file(*lines: str, header: str = HEADER) -> bytes:
    """A people file of these lines."""
    return "\n".join((header, *lines, "")).encode()


def send(browser: FlaskClient, content: bytes, name: str = "people.csv") -> Any:
    """Upload a file."""
    return browser.post("/people/imports", **multipart("file", name, content))


def checked(browser: FlaskClient, run_jobs: Callable[[], int], content: bytes) -> str:
    """Upload a file, let it be checked, and give the address of its report."""
    answer = send(browser, content)
    assert answer.status_code == 302
    run_jobs()
    return str(answer.headers["Location"])


def everyone(session: Session) -> dict[str, Person]:
    """Everybody by address."""
    session.expire_all()
    return {person.email: person for person in session.scalars(select(Person))}


def last(session: Session) -> PeopleImport:
    """The latest import."""
    session.expire_all()
    return session.scalars(select(PeopleImport).order_by(PeopleImport.created_at.desc())).all()[0]


GOOD = people_file(
    "ana@example.org,Ana Sousa,HR,boss@example.org,1,yes",
    "boss@example.org,Ingrid Solberg,HR,,2,",
    "bo@example.org,Bo Blue,Sales,elsewhere@example.org,3,",
)


def test_a_report_comes_before_any_change(browser: FlaskClient, session: Session, run_jobs: Callable[[], int]) -> None:
    url = checked(
        browser, run_jobs, people_file("ana@example.org,Ana,,,,", "nonsense,Bo,,,,maybe", "c@example.org,,,,,")
    )
    page = browser.get(url).get_data(as_text=True)
    assert "“nonsense” is not an e-mail address" in page
    assert "“maybe” is neither yes nor no." in page
    assert "This cell must not be empty." in page
    assert "Apply the good rows" in page
    assert "Change nothing" in page
    assert len(everyone(session)) == 1
    assert "new account" in browser.get(url + "?view=changes").get_data(as_text=True)


def test_the_good_rows_are_applied(browser: FlaskClient, session: Session, run_jobs: Callable[[], int]) -> None:
    url = checked(browser, run_jobs, GOOD)
    assert browser.post(url + "/apply").status_code == 302
    assert "being applied" in browser.get(url).get_data(as_text=True)
    run_jobs()
    people = everyone(session)
    assert people["ana@example.org"].manager_id == people["boss@example.org"].id, "also when the manager comes later"
    assert people["bo@example.org"].manager_email == "elsewhere@example.org"
    assert people["ana@example.org"].external_id == "1"
    assert last(session).state is ImportState.APPLIED
    assert "The good rows are applied." in browser.get(url).get_data(as_text=True)
    assert session.scalars(select(StoredFile)).all() == [], "the file is forgotten"
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.detail["new"], entry.detail["refused"]) == ("people.imported", 3, 0)


def test_the_same_file_again_changes_nothing(
    browser: FlaskClient, session: Session, run_jobs: Callable[[], int]
) -> None:
    for _ in range(2):
        url = checked(browser, run_jobs, GOOD)
        browser.post(url + "/apply")
        run_jobs()
    assert last(session).counts["applied"] == {"unchanged": 3}
    assert len(everyone(session)) == 4


def test_changing_nothing_changes_nothing(browser: FlaskClient, session: Session, run_jobs: Callable[[], int]) -> None:
    url = checked(browser, run_jobs, GOOD)
    assert browser.post(url + "/discard").status_code == 302
    run_jobs()
    assert len(everyone(session)) == 1
    assert session.scalars(select(StoredFile)).all() == []
    assert browser.post(url + "/apply").status_code == 409, "an answer is given once"
    assert "Nothing was changed" in browser.get(url).get_data(as_text=True)


def test_a_second_file_updates_moves_and_deactivates(
    browser: FlaskClient, session: Session, run_jobs: Callable[[], int], sign_in: Browsers
) -> None:
    browser.post(checked(browser, run_jobs, GOOD) + "/apply")
    run_jobs()
    bo = everyone(session)["bo@example.org"]
    theirs = sign_in(bo)
    second = people_file(
        "ana.lima@example.org,Ana Lima,1,", "bo@example.org,Bo Blue,3,no", header="email,name,external_id,active"
    )
    browser.post(checked(browser, run_jobs, second) + "/apply")
    run_jobs()
    people = everyone(session)
    assert people["ana.lima@example.org"].department == "HR", "a missing column never clears"
    assert people["ana.lima@example.org"].manager_id == people["boss@example.org"].id
    assert "ana@example.org" not in people
    assert not bo.active
    assert theirs.get("/profile").status_code == 302
    assert session.scalars(select(SignIn).where(SignIn.person_id == bo.id, SignIn.ended_at.is_(None))).all() == []
    assert last(session).counts["applied"] == {"updated": 1, "deactivated": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 spreadsheet", "This is a spreadsheet file"),
        ("email,name\na@example.org,Ä\n".encode("latin-1"), "not UTF-8"),
        (b"name\nAna\n", "The column “email” is missing"),
        (b"email,name\n", "There are no rows below the column names."),
        (b'email,name\n"a@example.org,Ana\n', "quotation marks"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    browser: FlaskClient, session: Session, run_jobs: Callable[[], int], content: bytes, words: str
) -> None:
    url = checked(browser, run_jobs, content)
    page = browser.get(url).get_data(as_text=True)
    assert words in page
    assert "Apply the good rows" not in page
    assert browser.post(url + "/apply").status_code == 409
    assert len(everyone(session)) == 1


def test_no_file_and_too_large_a_file_are_answered(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    none = browser.post("/people/imports", data={})
    assert none.status_code == 422
    assert "Choose a CSV file first." in none.get_data(as_text=True)
    empty = send(browser, b"")
    assert empty.status_code == 422
    assert "The file is empty." in empty.get_data(as_text=True)
    monkeypatch.setattr(importing, "MAX_BYTES", 1_000_000)
    large = send(browser, b"x" * 1_000_001)
    assert large.status_code == 413
    assert "larger than 1 MB" in large.get_data(as_text=True)


def test_words_in_a_file_are_words_on_the_page(browser: FlaskClient, run_jobs: Callable[[], int]) -> None:
    url = checked(browser, run_jobs, people_file("ana@example.org,<b>Ana</b> 100%,,,,", "<script>,Bo %s,,,,"))
    page = browser.get(url).get_data(as_text=True)
    assert "<script>,".rstrip(",") not in page.split("<main", 1)[1].replace("&lt;script&gt;", "")
    assert "&lt;b&gt;Ana&lt;/b&gt; 100%" in browser.get(url + "?view=changes").get_data(as_text=True)


def test_an_import_is_for_who_began_it_and_administrators(
    browser: FlaskClient,
    sign_in: Browsers,
    run_jobs: Callable[[], int],
    outsider: Person,
    session: Session,
    person: Make,
) -> None:
    from tests.factories import circles as make

    lead = person(name="Lea Lead")
    make.program(session, lead)
    url = checked(browser, run_jobs, GOOD)
    for reader in (outsider, lead):
        other = sign_in(reader)
        assert other.get(url).status_code == 404
        assert other.post(url + "/apply").status_code == 404
        assert other.post(url + "/discard").status_code == 404
    theirs = checked(sign_in(lead), run_jobs, people_file("new@example.org,New,,,,"))
    assert browser.get(theirs).status_code == 200


def test_a_lead_cannot_take_over_an_account(
    sign_in: Browsers, session: Session, run_jobs: Callable[[], int], admin: Person, person: Make
) -> None:
    from tests.factories import circles as make

    lead = person(name="Lea Lead")
    admin.external_id = "1"
    make.program(session, lead)
    browser = sign_in(lead)
    url = checked(browser, run_jobs, people_file("lea2@example.org,Ada,,,1,", "lea.lead2@example.org,New,,,,"))
    assert "only administrators may do that" in browser.get(url).get_data(as_text=True)
    browser.post(url + "/apply")
    run_jobs()
    people = everyone(session)
    assert people["ada@example.org"].id == admin.id
    assert "lea.lead2@example.org" in people


def many(number: int) -> bytes:
    """A file of so many people, each managed by the first."""
    lines = (f"p{n}@example.org,Person {n},Sales,p0@example.org,id{n}," for n in range(1, number + 1))
    return people_file("p0@example.org,Person 0,Sales,,id0,", *lines)


def test_a_killed_import_goes_on_where_it_stopped(
    browser: FlaskClient, session: Session, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = checked(browser, run_jobs, many(350))
    browser.post(url + "/apply")
    real, calls = importing._apply_part, []

    def dies(*args: Any, **kwargs: Any) -> Any:
        calls.append(len(args[1]))
        if len(calls) == 3:
            raise SystemError("killed")
        return real(*args, **kwargs)

    monkeypatch.setattr(importing, "_apply_part", dies)
    run_jobs()
    assert last(session).done_rows == 200
    assert len(everyone(session)) == 201
    job = session.scalars(select(Job).where(Job.kind == importing.APPLY)).one()
    assert job.state is JobState.WAITING
    job.run_at = clock.now()
    session.commit()
    run_jobs()
    people = everyone(session)
    assert len(people) == 352
    assert last(session).state is ImportState.APPLIED
    assert last(session).counts["applied"] == {"new": 351}, "no row is done twice"
    assert len({person.manager_id for person in people.values() if person.manager_id}) == 1
    assert calls == [100, 100, 100, 100, 51]


def test_progress_is_shown_while_rows_are_applied(
    browser: FlaskClient, session: Session, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = checked(browser, run_jobs, many(150))
    browser.post(url + "/apply")
    seen = []
    real = importing._tie_managers

    def looks(*args: Any) -> Any:
        answer = browser.get(url, headers={"HX-Request": "true"})
        seen.append(
            (
                answer.status_code,
                "100 of 151" in answer.get_data(as_text=True) or "151 of 151" in answer.get_data(as_text=True),
            )
        )
        return real(*args)

    monkeypatch.setattr(importing, "_tie_managers", looks)
    run_jobs()
    assert seen == [(200, True)]
    done = browser.get(url, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == url


def test_applying_asks_little_of_the_database_for_each_step(
    session: Session, admin: Person, queries: list[str]
) -> None:
    counts = []
    for size in (99, 199):
        record = importing.begin(session, name="people.csv", created_by=admin.id, at=clock.now())
        file = read_people(many(size))
        queries.clear()
        list(importing.apply(session, record, file, at=clock.now()))
        counts.append(sum(1 for statement in queries if not statement.startswith("UPDATE person")))
        for one in session.scalars(select(Person).where(Person.external_id.startswith("id"))):
            session.delete(one)
        session.flush()
    assert counts[1] - counts[0] <= 6, "one more step of a hundred rows asks a handful of questions more"


def test_a_forgotten_file_is_not_applied(
    browser: FlaskClient, session: Session, run_jobs: Callable[[], int], flask_app: Flask
) -> None:
    url = checked(browser, run_jobs, GOOD)
    flask_app.extensions["storage"].discard_expired(session, at=clock.now() + timedelta(days=8))
    session.commit()
    session.expire_all()
    answer = browser.post(url + "/apply")
    assert answer.status_code == 409
    assert "The file is forgotten by now" in answer.get_data(as_text=True)
    assert last(session).state is ImportState.CHECKED
