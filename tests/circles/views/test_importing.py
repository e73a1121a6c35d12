"""A people file for a cohort: the report, applying it, importing again, and files that are wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from app.storage import StoredFile
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, WishKind
from circles.views import importing as limits
from tests.factories import circles as make

Mails = Callable[[], Sequence[OutgoingMail]]
PEOPLE = Path(__file__).parent.parent.parent / "data" / "matching" / "normal-50" / "people.csv"
HEAD = "email,name,timezone,available,languages,topics,together,avoid,facilitator,circle\n"
GOOD = HEAD + (
    'ann@example.org,Ann Lee,Europe/Berlin,"Mon 09:00-12:00; Tue 10:00-11:00",en,Feedback,'
    "bo@example.org,cy@example.org,yes,Kept\n"
    "bo@example.org,Bo Ek,Europe/Stockholm,Mon 09:00-12:00,en;sv,,,,,\n"
    "cy@example.org,Cy Young,,,,,,,,\n"
)


class Importing:
    """Uploads and applies files as the lead does."""

    def __init__(self, browser: FlaskClient, cohort: Cohort, run_jobs: Callable[[], int]) -> None:
        self.browser, self.run_jobs = browser, run_jobs
        self.base = f"/cohorts/{cohort.id}/people/import"

    def upload(self, content: str | bytes, name: str = "people.csv") -> str:
        """Upload a file; the address of its report."""
        data = content.encode() if isinstance(content, str) else content
        answer = self.browser.post(
            self.base, data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
        )
        assert answer.status_code == 302, answer.text
        self.run_jobs()
        return str(answer.location)

    def report(self, content: str | bytes) -> str:
        """Upload a file; the page of its report."""
        return self.browser.get(self.upload(content)).text

    def apply(self, content: str | bytes, **choice: str) -> str:
        """Upload and apply a file; the page that says what was done."""
        address = self.upload(content)
        answer = self.browser.post(address, data={"choice": "good", **choice})
        self.run_jobs()
        return self.browser.get(answer.location).text


@pytest.fixture
def importing(browser: FlaskClient, cohort: Cohort, run_jobs: Callable[[], int]) -> Importing:
    """The lead's hands."""
    return Importing(browser, cohort, run_jobs)


def enrolled(session: Session) -> dict[str, Enrollment]:
    """Enrollments by address."""
    session.expire_all()
    rows = session.execute(
        select(Person.email_key, Enrollment)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .options(selectinload(Enrollment.wishes))
    )
    return {row[0]: row[1] for row in rows}


class TestReport:
    """What a file would do."""

    def test_nothing_changes_before_the_lead_says_so(
        self, importing: Importing, session: Session, mails: Mails
    ) -> None:
        before = session.scalar(select(func.count()).select_from(Person))
        page = importing.report(GOOD)
        assert "Apply the 3 good rows" in page
        assert session.scalar(select(func.count()).select_from(Person)) == before
        assert not enrolled(session)
        assert not mails()

    def test_names_row_column_and_problem(self, importing: Importing) -> None:
        rows = (
            "ann@example.org,Ann,Mars/Base,,,,,,,\n"
            "not an address,Bo,,,,,,,,\n"
            "cy@example.org,Cy,,Mon 9-10,,,,,,\n"
            "dee@example.org,,,,,,,,,\n"
            "eve@example.org,Eve,,,eng lish,,,,,\n"
            "fay@example.org,Fay,,,,,nobody@example.org,,,\n"
            "gus@example.org,Gus,,,,,,nobody@example.org,maybe,\n"
            "hal@example.org,Hal,,,,,,,,\nHAL@example.org,Hal,,,,,,,,\n"
            "ida@example.org,Ida,,,,,,nobody@example.org,,\n"
        )
        page = importing.report(HEAD + rows)
        for row, column, words in (
            (2, "timezone", "is not a time zone"),
            (3, "email", "is not an e-mail address"),
            (4, "available", "is not a time span"),
            (5, "name", "must not be empty"),
            (6, "languages", "is not a language"),
            (7, "together", "so the two cannot be kept together"),
            (8, "facilitator", "is neither yes nor no"),
            (9, "email", "is there more than once"),
            (11, "avoid", "it has no effect"),
        ):
            assert f"<td>{row}</td><td>{column}</td>" in page, (row, column)
            assert words in page, words
        assert "Apply 1 good row" in page

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"PK\x03\x04 a spreadsheet", "This is a spreadsheet file"),
            ("email,name\n".encode("utf-16"), "UTF-16"),
            (b"email,name\nann@example.org,Ann \xe9\n", "not UTF-8"),
            (b"name\nAnn\n", "is missing from the first row"),
            (b"email,name\n", "There are no rows"),
            (b'email,name\nann@example.org,"Ann\n', "do not pair up"),
            (b"email,name,email\na@example.org,A,b@example.org\n", "more than once"),
            (b"hello\nworld\n", "The first row must name the columns"),
        ],
    )
    def test_unreadable_files_say_why(self, importing: Importing, content: bytes, words: str) -> None:
        page = importing.report(content)
        assert words in page
        assert "The file cannot be read, so nothing changes." in page

    def test_markup_in_a_file_stays_words(self, importing: Importing) -> None:
        page = importing.report("email,name,<script>x</script>\n<script>y</script>,Ann,1\n")
        assert "<script>x" not in page
        assert "<script>y" not in page

    def test_an_empty_or_missing_file_is_told_at_once(self, browser: FlaskClient, cohort: Cohort) -> None:
        base = f"/cohorts/{cohort.id}/people/import"
        empty = browser.post(base, data={"file": (io.BytesIO(b""), "p.csv")}, content_type="multipart/form-data")
        assert "The file is empty." in empty.text
        assert "Choose a file." in browser.post(base, data={}).text

    def test_an_oversized_file_is_refused(
        self,
        browser: FlaskClient,
        cohort: Cohort,
        session: Session,
        flask_app: Flask,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        base = f"/cohorts/{cohort.id}/people/import"
        monkeypatch.setattr(limits, "MAX_UPLOAD", 100_000)
        data = {"file": (io.BytesIO(b"x" * 100_001), "p.csv")}
        answer = browser.post(base, data=data, content_type="multipart/form-data")
        assert "The file is larger than 0.1 MB." in answer.text
        monkeypatch.setitem(flask_app.config, "MAX_CONTENT_LENGTH", 50_000)
        data = {"file": (io.BytesIO(b"x" * 100_001), "p.csv")}
        answer = browser.post(base, data=data, content_type="multipart/form-data")
        assert answer.status_code == 413
        assert "larger than this page accepts" in answer.text
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0

    def test_progress_comes_alone_for_the_page_that_polls(self, browser: FlaskClient, cohort: Cohort) -> None:
        base = f"/cohorts/{cohort.id}/people/import"
        answer = browser.post(
            base, data={"file": (io.BytesIO(GOOD.encode()), "p.csv")}, content_type="multipart/form-data"
        )
        assert "You can close this page" in browser.get(answer.location).text
        part = browser.get(answer.location, headers={"HX-Request": "true"}).text
        assert "You can close this page" in part
        assert "<html" not in part


class TestApplying:
    """Doing it."""

    def test_enrolls_with_answers_and_invites_the_rest(
        self, importing: Importing, session: Session, mails: Mails
    ) -> None:
        page = importing.apply(GOOD, invite="1")
        assert "The file is applied." in page
        rows = enrolled(session)
        ann = rows["ann@example.org"]
        assert ann.state is EnrollmentState.ENROLLED
        assert ann.available == "Mon 09:00-12:00; Tue 10:00-11:00"
        assert (ann.topics, ann.languages, ann.glad_to_host, ann.kept_circle) == (["Feedback"], ["en"], True, "Kept")
        assert {(wish.kind, wish.email_key) for wish in ann.wishes} == {
            (WishKind.TOGETHER, "bo@example.org"),
            (WishKind.AVOID, "cy@example.org"),
        }
        assert rows["bo@example.org"].timezone == "Europe/Stockholm"
        assert rows["cy@example.org"].state is EnrollmentState.INVITED
        assert [mail.recipient for mail in mails()] == ["cy@example.org"]
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0

    def test_the_good_rows_alone(self, importing: Importing, session: Session) -> None:
        importing.apply(GOOD + "broken,Broken,,,,,,,,\n")
        assert set(enrolled(session)) == {"ann@example.org", "bo@example.org", "cy@example.org"}

    def test_nothing_at_all(self, importing: Importing, browser: FlaskClient, session: Session) -> None:
        address = importing.upload(GOOD)
        page = browser.post(address, data={"choice": "nothing"}, follow_redirects=True).text
        assert "Nothing was changed" in page
        assert not enrolled(session)
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0

    def test_a_choice_must_be_made(self, importing: Importing, browser: FlaskClient, session: Session) -> None:
        assert browser.post(importing.upload(GOOD), data={}).status_code == 422
        assert not enrolled(session)

    def test_pressing_twice_applies_once(
        self, importing: Importing, browser: FlaskClient, session: Session, mails: Mails
    ) -> None:
        address = importing.upload(GOOD)
        first = browser.post(address, data={"choice": "good", "invite": "1"}).location
        assert browser.post(address, data={"choice": "good", "invite": "1"}).location == first
        importing.run_jobs()
        assert len(mails()) == 1

    def test_again_updates_and_a_missing_column_clears_nothing(self, importing: Importing, session: Session) -> None:
        importing.apply(GOOD)
        importing.apply(
            "email,name,available,avoid\n"
            "ann@example.org,Ann Leeds,Fri 09:00-12:00,bo@example.org\n"
            "cy@example.org,Cy Young,Fri 09:00-12:00,\n"
        )
        rows = enrolled(session)
        ann = rows["ann@example.org"]
        assert ann.available == "Fri 09:00-12:00"
        assert ann.topics == ["Feedback"]
        assert ann.glad_to_host
        assert {(wish.kind, wish.email_key) for wish in ann.wishes} == {
            (WishKind.TOGETHER, "bo@example.org"),
            (WishKind.AVOID, "bo@example.org"),
        }
        assert session.scalars(select(Person).where(Person.email_key == "ann@example.org")).one().name == "Ann Leeds"
        assert len(rows) == 3

    def test_inactive_leaves_the_cohort_and_keeps_the_account(self, importing: Importing, session: Session) -> None:
        importing.apply(GOOD)
        address_page = importing.report("email,name,active\nann@example.org,Ann Lee,no\n")
        assert "1 person is taken out of the cohort" in address_page
        importing.apply("email,name,active\nann@example.org,Ann Lee,no\n")
        assert enrolled(session)["ann@example.org"].state is EnrollmentState.WITHDRAWN
        assert session.scalars(select(Person).where(Person.email_key == "ann@example.org")).one().active

    def test_people_with_a_circle_stay_as_they_are(
        self, importing: Importing, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        placed = person(name="Ann Lee", email="ann@example.org")
        make.circle(session, cohort, [placed])
        session.commit()
        page = importing.apply(GOOD)
        assert "The file is applied." in page
        row = enrolled(session)["ann@example.org"]
        assert row.state is EnrollmentState.PLACED
        assert row.available == make.OFFICE_HOURS

    def test_no_lead_takes_over_an_account_by_its_external_id(
        self, importing: Importing, session: Session, person: Callable[..., Person]
    ) -> None:
        boss = person(name="The Boss", email="boss@example.org", external_id="7", is_administrator=True)
        session.commit()
        file = "email,name,external_id\nthief@example.org,Thief,7\n"
        assert "only administrators may do that" in importing.report(file)
        importing.browser.post(importing.upload(file), data={"choice": "good"})
        importing.run_jobs()
        session.expire_all()
        assert boss.email == "boss@example.org"
        assert not enrolled(session)

    def test_fifty_people_from_a_file(self, importing: Importing, session: Session) -> None:
        page = importing.apply(PEOPLE.read_bytes())
        assert "The file is applied." in page
        assert len(enrolled(session)) == 50

    def test_a_finished_cohort_takes_nobody(self, browser: FlaskClient, session: Session, cohort: Cohort) -> None:
        cohort.state = CohortState.FINISHED
        session.commit()
        assert browser.get(f"/cohorts/{cohort.id}/people/import").status_code == 409


def test_outsiders_see_no_report_and_apply_nothing(
    sign_in: Callable[[Person], FlaskClient],
    importing: Importing,
    outsider: Person,
    session: Session,
    matching: Cohort,
) -> None:
    address = importing.upload(GOOD)
    browser = sign_in(outsider)
    assert browser.get(importing.base).status_code == 404
    assert browser.get(address).status_code == 404
    assert browser.post(address, data={"choice": "good"}).status_code == 404
    data = {"file": (io.BytesIO(GOOD.encode()), "p.csv")}
    assert browser.post(importing.base, data=data, content_type="multipart/form-data").status_code == 404
    job = address.rsplit("/", 1)[-1]
    assert importing.browser.get(f"/cohorts/{matching.id}/people/import/{job}").status_code == 404
    assert not enrolled(session)
