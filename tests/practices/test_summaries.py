"""The three summaries: what they hold, that they are kept byte for byte, and the report's figures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from practices.cohort_report import CohortReport, MadeReport, PersonRow, ReportedChange, cohort_report
from practices.snapshots import SnapshotError
from practices.summaries import ManagerPage, MemberSummary, Snapshot, manager_page
from tests.factories.summaries import (
    DEPARTMENTS,
    DRAFTS,
    LET_GO,
    MEETINGS,
    SESSIONS,
    TODAY,
    own_summary,
    page_for_manager,
    report_of,
)

DAY = date(2027, 1, 10)
LATER = DAY + timedelta(days=7)


@pytest.mark.parametrize("made", [page_for_manager(3), own_summary(), report_of(DEPARTMENTS, circles=3)])
def test_a_summary_comes_back_from_its_text_unchanged(made: Snapshot) -> None:
    text = made.to_json()
    again = type(made).from_json(text)
    assert again == made
    assert again.to_json() == text
    assert again.sha256 == made.sha256
    assert type(made).from_document(json.loads(text)) == made


def test_other_content_has_another_fingerprint() -> None:
    page = page_for_manager()
    assert len(page.sha256) == 64
    assert replace(page, would_help="Nothing.").sha256 != page.sha256


def test_text_that_is_no_snapshot_is_refused_with_the_reason() -> None:
    document = page_for_manager().to_document()
    with pytest.raises(SnapshotError, match="not JSON"):
        ManagerPage.from_json("{")
    with pytest.raises(SnapshotError, match="not a JSON object"):
        ManagerPage.from_json("[]")
    with pytest.raises(SnapshotError, match="this is no MemberSummary"):
        MemberSummary.from_document(document)
    with pytest.raises(SnapshotError, match="schema 99"):
        ManagerPage.from_document(document | {"schema": 99})
    with pytest.raises(SnapshotError, match=r"ManagerPage\.made_on: 'soon' is no date"):
        ManagerPage.from_document(document | {"content": document["content"] | {"made_on": "soon"}})
    with pytest.raises(SnapshotError, match=r"ManagerPage\.changes: expected a list"):
        ManagerPage.from_document(document | {"content": document["content"] | {"changes": "two"}})
    with pytest.raises(SnapshotError, match="missing or unknown fields: mood"):
        ManagerPage.from_document(document | {"content": document["content"] | {"mood": ""}})


def test_a_managers_page_holds_what_was_chosen_and_nothing_else() -> None:
    page = page_for_manager()
    text = page.to_json()
    assert [change.after for change in page.changes] == [MEETINGS.after, DRAFTS.after]
    assert page.since == date(2026, 9, 24)
    assert (page.changes[1].figure.start, page.changes[1].figure.latest) == (1, 3)
    for private in ("Three of four meetings", "Sent the supplier outline", "resolve", "Juniper", LET_GO.after):
        assert private not in text


def test_an_empty_managers_page_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one change"):
        manager_page(
            [],
            member_name="A B",
            member_short_name="A",
            manager_name="C",
            cohort_name="",
            sessions=SESSIONS,
            made_on=TODAY,
        )


def test_a_members_summary_holds_every_check_in_newest_first() -> None:
    summary = own_summary()
    drafts = next(change for change in summary.changes if change.after == DRAFTS.after)
    assert [line.on for line in drafts.check_ins] == [date(2026, 10, 14), date(2026, 10, 1)]
    assert drafts.check_ins[1].barriers == ("what others may think of it",)
    assert [witness.name for witness in drafts.witnesses] == ["Priya Nair", "Jonas Weber"]
    assert len(drafts.asked_again_on) == 3
    let_go = next(change for change in summary.changes if change.after == LET_GO.after)
    assert let_go.figure.let_go
    assert let_go.reason


def cohort(*sizes: tuple[str, int, str], before: MadeReport | None = None, on: date = DAY) -> MadeReport:
    """A report of departments with so many people, each with one change of a status."""
    people, changes = [], []
    for department, size, status in sizes:
        for index in range(size):
            key = f"{department}{index}"
            people.append(PersonRow(key, department))
            changes.append(ReportedChange(key, "meetings", status, 1, 3))
    return cohort_report(
        people, changes, [], program_name="P", cohort_name="C", today=on, last_session_on=None, before=before
    )


def rows_of(report: CohortReport) -> dict[str, str | None]:
    return {row.label: row.hidden for row in report.departments.rows}


def test_the_reports_rows_follow_the_five_person_rule() -> None:
    report = report_of(DEPARTMENTS)
    assert [row.label for row in report.departments.rows][-2:] == ["Legal", "Facilities"]
    assert rows_of(report)["Legal"] == "few"
    facilities = report.departments.rows[-1]
    assert (facilities.hidden, facilities.protects, facilities.figures) == ("complement", ("Legal",), {})
    total = report.total.figures
    assert (total["people"], total["answered"]) == (197, 168)
    states = ("in_use", "in_part", "not_yet", "let_go", "no_answer")
    assert sum(total[state] for state in states) == total["changes"]
    assert report.before_after.total.figures["changes"] == sum(
        report.before_after.total.figures[f"start_{level}"] for level in range(5)
    )


def test_no_figure_of_a_hidden_row_is_stored() -> None:
    content = report_of(DEPARTMENTS).to_document()["content"]
    for row in content["departments"]["rows"]:
        assert (row["figures"] == {}) == (row["hidden"] is not None)


def test_replaced_changes_are_not_counted_and_no_answer_is() -> None:
    people = [PersonRow(f"p{index}", "Sales") for index in range(7)]
    changes = [ReportedChange(f"p{index}", "", "fully", 0, 4) for index in range(5)]
    changes += [ReportedChange("p5", "", "replaced", 0, 1), ReportedChange("p6", "", "fully", 0, None, True)]
    made = cohort_report(people, changes, [], program_name="P", cohort_name="C", today=DAY)
    figures = made.report.total.figures
    assert (figures["changes"], figures["answered"], figures["people"]) == (6, 5, 7)
    assert (figures["in_use"], figures["no_answer"]) == (5, 1)
    assert made.report.total.in_use_or_part == 5


def test_operations_are_counted_from_the_circles() -> None:
    report = report_of(DEPARTMENTS, circles=2)
    assert report.sessions_held + sum(circle.weeks.count("missed") for circle in report.circles) == report.sessions_due
    assert report.present == sum(sum(circle.present) for circle in report.circles)
    assert report.seats == 4 * 11 + 5 * 11
    assert report.days_after == 30


def test_the_next_report_refreshes_only_rows_where_five_people_changed() -> None:
    first = cohort(("Sales", 8, "trying"), ("Legal", 9, "trying"))
    people = [PersonRow(f"{name}{index}", name) for name, size in (("Sales", 8), ("Legal", 9)) for index in range(size)]
    changes = [
        ReportedChange(person.key, "meetings", "fully" if number in (0, 1, 2, 3) else "trying", 1, 3)
        for number, person in enumerate(people)
    ]
    second = cohort_report(people, changes, [], program_name="P", cohort_name="C", today=LATER, before=first)
    assert second.report.departments == first.report.departments
    third = cohort(("Sales", 8, "fully"), ("Legal", 9, "fully"), before=second, on=LATER)
    assert {row.as_of for row in third.report.departments.rows} == {LATER}
    assert third.report.total.figures["in_use"] == 17


def test_a_stored_report_and_its_answers_carry_the_rule_to_the_next() -> None:
    first = cohort(("Sales", 8, "trying"), ("Legal", 9, "trying"))
    stored = MadeReport(CohortReport.from_json(first.report.to_json()), json.loads(json.dumps(first.answers)))
    again = cohort(("Sales", 8, "trying"), ("Legal", 9, "trying"), before=stored, on=LATER)
    assert again.report.total.as_of == DAY
    assert again.report.oldest_figures == DAY


def test_four_people_in_all_show_nothing() -> None:
    report = cohort(("Sales", 4, "fully")).report
    assert report.total.hidden == "few"
    assert rows_of(report) == {"Sales": "above"}
