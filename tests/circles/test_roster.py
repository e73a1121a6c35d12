"""From people and history files to candidates and pairs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.accounts import people_csv
from circles import roster as roster_module
from circles.availability import GridError, parse_cells
from circles.roster import Roster, read_history, read_roster

HEADER = (
    "email,name,timezone,available,preferred,languages,together,avoid,wishes,manager_email,circle,facilitator,active"
)


def roster(*rows: str, header: str = HEADER) -> Roster:
    """A roster read from these rows."""
    return read_roster("\n".join((header, *rows, "")).encode())


def lines_of(read: Roster) -> list[str]:
    """Its problems as a terminal shows them."""
    return [one.line("people.csv") + (" (warning)" if one.warning else "") for one in read.problems]


def test_a_row_becomes_a_candidate() -> None:
    read = roster(
        "Ana@example.org,Ana,Europe/Lisbon,Mon 09:00-10:00,Tue 09:00-09:30,en;pt,"
        "bo@example.org,,,cy@example.org,Oak,yes,",
        "bo@example.org,Bo,UTC,,,en,ana@example.org,cy@example.org,CY@example.org,,,no,yes",
        "cy@example.org,Cy,UTC,,,en,,,,,,,",
    )
    assert read.problems == ()
    ana, bo, cy = read.candidates
    assert (ana.key, ana.name, ana.timezone) == ("ana@example.org", "Ana", "Europe/Lisbon")
    assert ana.grid.can == parse_cells("Mon 09:00-10:00; Tue 09:00-09:30")
    assert ana.grid.prefer == parse_cells("Tue 09:00-09:30")
    assert (ana.languages, ana.together) == (frozenset({"en", "pt"}), frozenset({"bo@example.org"}))
    assert (ana.manager, ana.kept, ana.facilitator) == ("cy@example.org", "Oak", True)
    assert (bo.avoid, bo.wishes, bo.kept) == (frozenset({"cy@example.org"}), frozenset({"cy@example.org"}), None)
    assert cy.grid.can == frozenset()
    assert read.emails["ana@example.org"] == "Ana@example.org"
    assert read.numbers == {"ana@example.org": 2, "bo@example.org": 3, "cy@example.org": 4}


@pytest.mark.parametrize(
    ("available", "preferred", "line"),
    [
        ("Mon 09:00-12:15", "", "people.csv:2: available: “09:00-12:15” is not on the half hour."),
        ("Someday 09:00-12:00", "", "people.csv:2: available: “Someday” is not a day. "),
        ("", "Mon 12:00-09:00", "people.csv:2: preferred: “12:00-09:00” ends before it begins. "),
        ("Mon nine", "", "people.csv:2: available: “nine” is not a time span. "),
    ],
)
def test_times_that_cannot_be_read_name_the_piece(available: str, preferred: str, line: str) -> None:
    read = roster(f"a@example.org,Ana,UTC,{available},{preferred}", header="email,name,timezone,available,preferred")
    assert lines_of(read)[0].startswith(line)
    assert read.errors
    assert read.candidates == ()


def test_somebody_unknown_is_an_error_in_together_and_a_warning_elsewhere() -> None:
    read = roster("a@example.org,Ana,UTC,,,,x@example.org,y@example.org,z@example.org,boss@example.org,,,")
    assert lines_of(read) == [
        "people.csv:2: together: “x@example.org” is not in this file, so the two cannot be kept together.",
        "people.csv:2: avoid: “y@example.org” is not in this file; it has no effect. (warning)",
        "people.csv:2: wishes: “z@example.org” is not in this file; it has no effect. (warning)",
        "people.csv:2: manager_email: “boss@example.org” is not in this file; it has no effect. (warning)",
    ]
    assert read.candidates == ()


def test_somebody_whose_own_row_is_bad_is_not_unknown() -> None:
    read = roster("a@example.org,Ana,,,,,b@example.org,,,,,,", "b@example.org,,,,,,,,,,,,")
    assert [(one.row, one.column, one.code) for one in read.problems] == [(3, "name", "required")]
    assert [person.name for person in read.candidates] == ["Ana"]


def test_people_who_are_not_active_are_left_out() -> None:
    read = roster("a@example.org,Ana,,,,,,,,,,,no", "b@example.org,Bo,,,,,,,,,,,")
    assert lines_of(read) == ["people.csv:2: active: This person is not active and is left out. (warning)"]
    assert [person.name for person in read.candidates] == ["Bo"]


def test_times_without_a_zone_are_said_to_be_utc() -> None:
    read = roster("a@example.org,Ana,,Mon 09:00-10:00,,,,,,,,,", "b@example.org,Bo,,,,,,,,,,,")
    assert lines_of(read) == [
        "people.csv:2: timezone: No time zone is given; the times are taken as UTC. (warning)",
    ]
    assert [person.timezone for person in read.candidates] == ["UTC", "UTC"]


def test_topics_are_compared_without_case() -> None:
    ana, bo = roster("a@example.org,Ana,Focus", "b@example.org,Bo,FOCUS", header="email,name,topics").candidates
    assert ana.topics == bo.topics == frozenset({"focus"})


def test_history_pairs_have_no_order_and_come_once() -> None:
    content = b"email_a;email_b\nb@example.org;A@example.org\na@example.org;b@example.org\n"
    read = read_history(content, {"a@example.org", "b@example.org"})
    assert read.problems == ()
    assert read.pairs == (("a@example.org", "b@example.org"),)


def test_history_may_be_empty_below_its_column_names() -> None:
    assert read_history(b"email_a,email_b\n").problems == ()


def test_history_problems_name_row_and_column() -> None:
    content = b"email_a,email_b\na@example.org,bo\n,a@example.org\na@example.org,A@example.org\na@example.org\n"
    read = read_history(content)
    assert [(one.row, one.column, one.code) for one in read.errors] == [
        (2, "email_b", "email"),
        (3, "email_a", "required"),
        (4, "email_b", "met_self"),
        (5, "email_b", "row_short"),
    ]
    assert read.pairs == ()


def test_history_of_strangers_is_a_warning() -> None:
    read = read_history(b"email_a,email_b\na@example.org,x@example.org\n", {"a@example.org"})
    assert [one.line("h.csv") for one in read.warnings] == [
        "h.csv:2: email_b: “x@example.org” is not in the people file; the pair has no effect."
    ]
    assert read.errors == ()
    assert read.pairs == ()


def test_history_without_its_columns_cannot_be_read() -> None:
    assert [one.line("h.csv") for one in read_history(b"from,email_a\nx,y\n").errors] == [
        "h.csv:1: email_b: The column “email_b” is missing from the first row."
    ]


@pytest.mark.parametrize("code", sorted({*people_csv.MESSAGES, *roster_module.MESSAGES} - {"times"}))
def test_every_message_is_explained_to_leads(code: str) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "people-file.md").read_text(encoding="utf-8")
    text = {**people_csv.MESSAGES, **roster_module.MESSAGES}[code]
    pieces = [re.escape(piece) for piece in re.split(r"%\(\w+\)s", text)]
    assert re.search(r"^\| " + "[^|]+".join(pieces) + r" \|", guide, re.MULTILINE)


@pytest.mark.parametrize(
    "times", ["Mon 09:00-12:15", "Someday 09:00-10:00", "Mon", "Mon nine", "Mon 22:00-02:00", "Mon 25:00-26:00"]
)
def test_every_message_about_times_is_explained_to_leads(times: str) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "people-file.md").read_text(encoding="utf-8")
    with pytest.raises(GridError) as raised:
        parse_cells(times)
    assert f"| {raised.value} |" in guide


def test_every_column_is_explained_to_leads() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "people-file.md").read_text(encoding="utf-8")
    assert [column for column in people_csv.COLUMNS if f"`{column}`" not in guide] == []


def test_the_example_in_the_guide_can_be_read() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "people-file.md").read_text(encoding="utf-8")
    example, history = re.findall(r"```csv\n(.*?)```", guide, re.DOTALL)
    read = read_roster(example.encode())
    assert read.problems == ()
    assert len(read.candidates) == 3
    assert read_history(history.encode(), read.emails).problems == ()
