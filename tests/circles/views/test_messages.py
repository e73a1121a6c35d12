"""A lead's message to people of a cohort."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.errors import DomainError
from app.mail.models import MailState, OutgoingMail
from circles.models import Cohort, Enrollment, EnrollmentState
from circles.queries import cohort_for
from circles.queries.mails import waiting_batches
from circles.services.messages import send_message
from tests.factories import circles as make
from tests.factories.scheduling import DESK

Mails = Callable[[], Sequence[OutgoingMail]]
WORDS = {"subject": "A room change", "text": "Hello <all>,\n\nwe move.\nSee you."}


@pytest.fixture
def people(session: Session, cohort: Cohort, person: Callable[..., Person]) -> dict[str, Enrollment]:
    """One person in each state."""
    rows = {
        state.value: make.enrollment(session, cohort, person(email=f"{state.value}@example.org"), state=state)
        for state in EnrollmentState
    }
    session.commit()
    return rows


@pytest.mark.parametrize(
    ("audience", "states"),
    [
        ("all", {"invited", "applied", "enrolled", "placed"}),
        ("taking_part", {"enrolled", "placed"}),
        ("without_circle", {"enrolled"}),
        ("not_answered", {"invited"}),
    ],
)
def test_goes_to_whom_it_says(
    browser: FlaskClient,
    cohort: Cohort,
    people: dict[str, Enrollment],
    mails: Mails,
    audience: str,
    states: set[str],
) -> None:
    address = f"/cohorts/{cohort.id}/message"
    page = browser.post(address, data=WORDS | {"audience": audience}).text
    assert f"Send to {len(states)} pe" in page
    assert "Hello &lt;all&gt;," in page
    assert not mails()
    browser.post(address, data=WORDS | {"audience": audience, "checked": "yes"})
    assert {mail.recipient for mail in mails()} == {f"{state}@example.org" for state in states}
    assert {mail.subject for mail in mails()} == {"A room change"}
    for mail in mails():
        assert "Hello <all>,\n\nwe move.\nSee you." in mail.text
        assert "Hello &lt;all&gt;," in mail.html
        assert "Marcus Adeyemi" in mail.text


def test_to_one_person_with_a_beginning(
    browser: FlaskClient, cohort: Cohort, people: dict[str, Enrollment], mails: Mails
) -> None:
    address = f"/cohorts/{cohort.id}/message?to={people['enrolled'].id}&about=hours"
    assert "Could you mark a few more" in browser.get(address).text
    browser.post(address, data=WORDS | {"checked": "yes"})
    assert [mail.recipient for mail in mails()] == ["enrolled@example.org"]


def test_can_be_changed_before_and_taken_back_after(
    browser: FlaskClient, session: Session, cohort: Cohort, people: dict[str, Enrollment], mails: Mails
) -> None:
    address = f"/cohorts/{cohort.id}/message"
    page = browser.post(address, data=WORDS | {"audience": "all", "checked": "edit"}).text
    assert "Look it over" in page
    assert "A room change" in page
    assert not mails()
    browser.post(address, data=WORDS | {"audience": "all", "checked": "yes"})
    batch = waiting_batches(session, cohort.id, at=clock.now())[0]
    assert (batch.kind, batch.count) == ("cohort.message", 4)
    browser.post(f"/cohorts/{cohort.id}/mails/undo", data={"batch": batch.batch})
    assert {mail.state for mail in mails()} == {MailState.CANCELLED}
    session.expire_all()
    assert people["invited"].state is EnrollmentState.INVITED


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"subject": " "}, "Write something here first."),
        ({"text": ""}, "Write a message."),
        ({"subject": "x" * 121}, "Field cannot be longer than 120 characters."),
        ({"text": "x" * 5001}, "Field cannot be longer than 5000 characters."),
        ({"audience": "everyone on earth"}, "Not a valid choice"),
    ],
)
def test_says_what_is_missing(
    browser: FlaskClient, cohort: Cohort, people: dict[str, Enrollment], mails: Mails, wrong: dict[str, str], words: str
) -> None:
    data = WORDS | {"audience": "all", "checked": "yes"} | wrong
    assert words in browser.post(f"/cohorts/{cohort.id}/message", data=data).text
    assert not mails()


def test_nobody_to_write_to(browser: FlaskClient, cohort: Cohort, mails: Mails) -> None:
    data = WORDS | {"audience": "all"}
    assert "There is nobody to write to." in browser.post(f"/cohorts/{cohort.id}/message", data=data).text
    assert browser.post(f"/cohorts/{cohort.id}/message", data=data | {"checked": "yes"}).status_code == 409
    assert not mails()


def test_a_button_pressed_twice_writes_once(
    browser: FlaskClient, cohort: Cohort, people: dict[str, Enrollment], mails: Mails
) -> None:
    data = WORDS | {"audience": "all", "checked": "yes"}
    assert browser.post(f"/cohorts/{cohort.id}/message", data=data).status_code == 302
    again = browser.post(f"/cohorts/{cohort.id}/message", data=data)
    assert again.status_code == 409
    assert "on its way already" in again.text
    assert len(mails()) == 4
    other = browser.post(f"/cohorts/{cohort.id}/message", data=data | {"text": "Other words."})
    assert other.status_code == 302
    assert len(mails()) == 8


def test_other_packages_choose_recipients(
    session: Session, lead: Person, cohort: Cohort, people: dict[str, Enrollment], mails: Mails
) -> None:
    hosts = [session.get_one(Person, people[state].person_id) for state in ("placed", "placed", "enrolled")]
    loaded = cohort_for(session, lead, cohort.id)
    batch = send_message(session, loaded, hosts, subject="s", text="t", actor=lead, desk=DESK, at=clock.now())
    assert batch.count == 2
    assert [mail.batch for mail in mails()] == [batch.id] * 2
    with pytest.raises(DomainError):
        send_message(session, loaded, [], subject="s", text="t", actor=lead, desk=DESK, at=clock.now())


def test_outsiders_write_to_nobody(
    sign_in: Callable[[Person], FlaskClient],
    outsider: Person,
    cohort: Cohort,
    matching: Cohort,
    people: dict[str, Enrollment],
    mails: Mails,
    browser: FlaskClient,
) -> None:
    other = sign_in(outsider)
    assert other.get(f"/cohorts/{cohort.id}/message").status_code == 404
    data = WORDS | {"audience": "all", "checked": "yes"}
    assert other.post(f"/cohorts/{cohort.id}/message", data=data).status_code == 404
    assert browser.get(f"/cohorts/{matching.id}/message?to={people['enrolled'].id}").status_code == 404
    assert not mails()
