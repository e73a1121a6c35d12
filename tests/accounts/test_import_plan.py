"""What a people file would change, without a database."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.accounts.import_plan import Author, Change, Kind, Known, plan
from app.accounts.people_csv import read_people

ADMIN = Author(None, True)
LEAD = Author(uuid4(), False)
ANA = Known(
    id=uuid4(), name="Ana Sousa", email="ana@example.org", external_id="17", timezone="Europe/Lisbon", locale="en",
    languages=("en", "pt"), department="HR", location="Lisbon", level="senior", job_title="Recruiter",
    pronouns="she/her", manager="boss@example.org", active=True, is_administrator=False,
)  # fmt: skip
BO = replace(ANA, id=uuid4(), name="Bo", email="bo@example.org", external_id="18", manager="")


def planned(*lines: str, known: tuple[Known, ...] = (ANA, BO), author: Author = ADMIN) -> list[Change]:
    """The changes of a file of these lines."""
    file = read_people("\n".join(lines).encode())
    assert not file.errors
    return plan(file.rows, known, author, set())


def one(*lines: str, author: Author = ADMIN) -> tuple[str, tuple[str, ...], str]:
    """Kind, differing columns and refusal of a file's only row."""
    (change,) = planned(*lines, author=author)
    return change.kind.value, change.fields, change.refusal


def test_an_unknown_address_is_new() -> None:
    assert one("email,name", "new@example.org,New")[0] == "new"


def test_a_missing_column_changes_nothing() -> None:
    assert one("email,name", "ana@example.org,Ana Sousa") == ("unchanged", (), "")


def test_a_cell_clears_where_it_can() -> None:
    header = (
        "email,name,department,location,level,job_title,pronouns,languages,manager_email,timezone,locale,external_id"
    )
    kind, fields, _ = one(header + ",active", "ana@example.org,Ana Sousa,,,,,,,,,,,")
    assert kind == "updated"
    assert set(fields) == {
        "department", "location", "level", "job_title", "pronouns", "languages", "manager_email",
    }  # fmt: skip


def test_what_differs_is_named() -> None:
    assert one("email,name,department", "ana@example.org,Ana Sousa,Legal") == ("updated", ("department",), "")
    assert one("email,name", "Ana@example.org,Ana S.") == ("updated", ("email", "name"), "")


def test_columns_of_cohorts_change_no_account() -> None:
    line = "ana@example.org,Ana Sousa,Mon 09:00-12:00,Focus,yes,bo@example.org"
    assert one("email,name,available,topics,facilitator,avoid", line) == ("unchanged", (), "")


def test_an_account_follows_its_external_id_to_a_new_address() -> None:
    (change,) = planned("email,name,external_id", "ana.lima@example.org,Ana Lima,17")
    assert (change.person_id, change.fields) == (ANA.id, ("email", "name"))


def test_a_lead_does_not_change_addresses() -> None:
    line = "ana.lima@example.org,Ana Lima,17"
    assert one("email,name,external_id", line, author=LEAD) == ("refused", (), "address_change")
    assert one("email,name,external_id", "ANA@example.org,Ana Lima,17", author=LEAD)[0] == "updated"


def test_an_address_and_an_id_of_two_people_are_refused() -> None:
    assert one("email,name,external_id", "bo@example.org,Bo,17")[2] == "two_people"


def test_an_address_given_to_somebody_with_another_id_is_refused() -> None:
    (change,) = planned("email,name,external_id", "ana@example.org,Other Ana,99")
    assert (change.refusal, change.value) == ("other_id", "17")


def test_two_rows_about_one_account_are_refused() -> None:
    changes = planned("email,name,external_id", "ana@example.org,Ana Sousa,", "new@example.org,Ana,17")
    assert [change.refusal for change in changes] == ["", "same_person"]


def test_people_are_deactivated_and_come_back() -> None:
    assert one("email,name,active", "ana@example.org,Ana Sousa,no") == ("deactivated", ("active",), "")
    gone = replace(ANA, active=False)
    (change,) = planned("email,name,active", "ana@example.org,Ana Sousa,yes", known=(gone,))
    assert change.kind is Kind.REACTIVATED
    (change,) = planned("email,name", "ana@example.org,Ana Sousa", known=(gone,))
    assert change.kind is Kind.UNCHANGED, "a file that does not speak of it leaves people deactivated"


@pytest.mark.parametrize(
    ("known", "author", "refusal"),
    [
        (replace(ANA, is_administrator=True), LEAD, "administrator"),
        (replace(ANA, is_administrator=True), ADMIN, ""),
        (ANA, Author(ANA.id, True), "yourself"),
        (ANA, LEAD, ""),
    ],
)
def test_who_may_deactivate_whom(known: Known, author: Author, refusal: str) -> None:
    (change,) = planned("email,name,active", "ana@example.org,Ana Sousa,no", known=(known,), author=author)
    assert change.refusal == refusal


def test_accounts_seen_before_stay_seen() -> None:
    seen: set[UUID] = set()
    file = read_people(b"email,name\nana@example.org,Ana Sousa\n")
    assert plan(file.rows, [ANA], ADMIN, seen)[0].kind is Kind.UNCHANGED
    assert plan(file.rows, [ANA], ADMIN, seen)[0].refusal == "same_person"
