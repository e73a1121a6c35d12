"""The five-person rule: chosen rows by hand, and none worked out by adding and subtracting what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.suppression import LEAST, Hidden, Reason, Row, Table, hide, hide_nested, publish

DAY = date(2027, 1, 10)
LATER = date(2027, 1, 17)


def people(name: str, count: int) -> frozenset[str]:
    return frozenset(f"{name}{index}" for index in range(count))


def row(name: str, count: int, *children: Row) -> Row:
    who = people(name, count) if not children else frozenset().union(*(child.answered for child in children))
    return Row(name, who, dict.fromkeys(who, "first"), {"changes": len(who)}, children)


def whole(rows: Iterable[Row], name: str = "all") -> Row:
    parts = list(rows)
    digests = {person: digest for part in parts for person, digest in part.digests.items()}
    answered = frozenset().union(*(part.answered for part in parts))
    return Row(name, answered, digests, {"changes": len(answered)})


def altered(part: Row, persons: Iterable[str]) -> Row:
    digests = dict(part.digests)
    for person in persons:
        digests[person] = "second"
    return Row(part.key, frozenset(digests), digests, {"changes": len(digests)})


def test_a_row_is_shown_from_five_people_on() -> None:
    assert hide([row("a", 5), row("b", 6)]) == {}


def test_one_small_row_takes_the_next_smallest_with_it() -> None:
    rows = [row("Operations", 42), row("Finance", 24), row("Legal", 3), row("Facilities", 9)]
    assert hide(rows) == {"Legal": Hidden(Reason.FEW), "Facilities": Hidden(Reason.COMPLEMENT, ("Legal",))}


def test_small_rows_that_hold_five_together_need_no_other() -> None:
    assert hide([row("a", 3), row("b", 2), row("c", 8)]).keys() == {"a", "b"}


def test_small_rows_that_hold_fewer_than_five_together_take_another() -> None:
    hidden = hide([row("a", 2), row("b", 2), row("c", 8), row("d", 9)])
    assert hidden["c"] == Hidden(Reason.COMPLEMENT, ("a", "b"))
    assert "d" not in hidden


def test_people_in_two_hidden_rows_count_once() -> None:
    same = frozenset({"p1", "p2", "p3", "p4"})
    rows = [Row("a", same), Row("b", same), row("c", 7), row("d", 9)]
    assert hide(rows).keys() == {"a", "b", "c"}


def test_rows_nobody_answered_are_hidden_too() -> None:
    assert hide([row("a", 0), row("b", 0), row("c", 5), row("d", 6)]).keys() == {"a", "b", "c"}


def test_ties_are_broken_by_name() -> None:
    assert hide([row("z", 6), row("m", 6), row("a", 1)]).keys() == {"a", "m"}


def test_nothing_is_shown_below_a_hidden_row() -> None:
    small = row("spring", 0, row("Sales", 1), row("Legal", 2))
    large = row("autumn", 0, row("Sales", 6), row("Legal", 7))
    third = row("winter", 0, row("Sales", 9), row("Legal", 1), row("Finance", 5))
    hidden = hide_nested(row("program", 0, small, large, third))
    assert hidden["program", "spring"].reason is Reason.FEW
    assert hidden["program", "autumn"] == Hidden(Reason.COMPLEMENT, ("spring",))
    assert hidden["program", "autumn", "Sales"].reason is Reason.ABOVE
    assert ("program", "winter") not in hidden
    assert hidden["program", "winter", "Legal"].reason is Reason.FEW
    assert hidden["program", "winter", "Finance"] == Hidden(Reason.COMPLEMENT, ("Legal",))
    assert ("program", "winter", "Sales") not in hidden


def test_a_program_of_four_shows_nothing() -> None:
    hidden = hide_nested(row("program", 0, row("autumn", 0, row("Sales", 4))))
    assert set(hidden) == {("program",), ("program", "autumn"), ("program", "autumn", "Sales")}


# No linear combination of published figures may be about fewer than five people. A published figure is a sum over
# people; each person's writing before and after a change is an unknown of its own.

Sum = Mapping[tuple[str, str], int]


def combinations_are_about_five(sums: list[Sum]) -> None:
    for factors in product((-1, 0, 1), repeat=len(sums)):
        left: dict[tuple[str, str], int] = {}
        for factor, published in zip(factors, sums, strict=True):
            for unknown, times in published.items():
                left[unknown] = left.get(unknown, 0) + factor * times
        about = {person for (person, _), times in left.items() if times}
        assert not about or len(about) >= LEAST, (factors, sorted(about))


def published_sums(table: Table) -> list[Sum]:
    shown = [part for part in (table.total, *table.rows) if part.hidden is None]
    return [dict.fromkeys(part.digests.items(), 1) for part in shown]


sizes = st.lists(st.integers(0, 9), min_size=1, max_size=6)


@given(sizes)
def test_no_hidden_row_is_worked_out_from_the_total(counts: list[int]) -> None:
    rows = [row(chr(97 + index), count) for index, count in enumerate(counts)]
    combinations_are_about_five(published_sums(publish(whole(rows), rows, on=DAY)))


@given(sizes)
def test_every_hidden_count_could_be_another(counts: list[int]) -> None:
    rows = [row(chr(97 + index), count) for index, count in enumerate(counts)]
    hidden = [part for part in rows if part.key in hide(rows)]
    if sum(counts) < LEAST or not hidden:
        return
    left = sum(len(part.answered) for part in hidden)
    possible = (
        [found for found in product(range(left + 1), repeat=len(hidden)) if sum(found) == left] if left < 7 else []
    )
    for place in range(len(hidden)):
        assert left >= 7 or len({found[place] for found in possible}) > 1
    assert len(hidden) >= 2


@given(st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=3), min_size=1, max_size=3))
def test_no_department_is_worked_out_through_its_program(program: list[list[int]]) -> None:
    cohorts = [
        row(f"c{number}", 0, *(row(f"c{number}d{index}", count) for index, count in enumerate(departments)))
        for number, departments in enumerate(program)
    ]
    root = row("program", 0, *cohorts)
    hidden = hide_nested(root)
    nodes = [((root.key,), root)]
    nodes += [((root.key, cohort.key), cohort) for cohort in cohorts]
    nodes += [((root.key, cohort.key, part.key), part) for cohort in cohorts for part in cohort.children]
    shown = [node for path, node in nodes if path not in hidden][:8]
    combinations_are_about_five([{(person, ""): 1 for person in node.answered} for node in shown])


@st.composite
def two_weeks(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """A table and the same a week later: some people changed what they wrote, some are new, some took it back."""
    before = [row(name, draw(st.integers(0, 9))) for name in "abcd"[: draw(st.integers(1, 4))]]
    after = []
    for part in before:
        moved = draw(st.integers(0, len(part.digests)))
        gone = draw(st.integers(0, len(part.digests))) if draw(st.booleans()) else 0
        came = draw(st.integers(0, 6)) if draw(st.booleans()) else 0
        kept = dict(sorted(part.digests.items())[gone:])
        kept |= dict.fromkeys(list(kept)[:moved], "second")
        kept |= {f"{part.key}new{index}": "first" for index in range(came)}
        after.append(Row(part.key, frozenset(kept), kept, {"changes": len(kept)}))
    if draw(st.booleans()) and len(before) < 4:
        after.append(row("e", draw(st.integers(0, 9))))
    return before, after


@given(two_weeks())
def test_two_reports_together_tell_no_change_of_fewer_than_five(weeks: tuple[list[Row], list[Row]]) -> None:
    before, after = weeks
    first = publish(whole(before), before, on=DAY)
    second = publish(whole(after), after, on=LATER, before=first)
    sums = []
    for published in published_sums(first) + published_sums(second):
        if published not in sums:
            sums.append(published)
    combinations_are_about_five(sums[:9])


def test_a_row_is_refreshed_when_five_changed() -> None:
    rows = [row("a", 8), row("b", 9)]
    first = publish(whole(rows), rows, on=DAY)
    later = [altered(rows[0], people("a", 5)), altered(rows[1], people("b", 6))]
    second = publish(whole(later), later, on=LATER, before=first)
    assert [part.as_of for part in (second.total, *second.rows)] == [LATER, LATER, LATER]


def test_old_figures_stand_with_their_date_when_four_changed() -> None:
    rows = [row("a", 8), row("b", 9)]
    first = publish(whole(rows), rows, on=DAY)
    later = [altered(rows[0], people("a", 4)), rows[1]]
    assert publish(whole(later), later, on=LATER, before=first) == first


def test_a_refreshed_total_does_not_tell_the_one_row_that_stands() -> None:
    rows = [row("a", 8), row("b", 9), row("c", 12)]
    first = publish(whole(rows), rows, on=DAY)
    later = [altered(rows[0], people("a", 1)), altered(rows[1], people("b", 6)), altered(rows[2], people("c", 7))]
    second = publish(whole(later), later, on=LATER, before=first)
    assert {part.key: part.as_of for part in second.rows} == {"a": DAY, "b": DAY, "c": LATER}
    assert second.total.as_of == LATER


def test_a_report_of_four_people_shows_nothing_and_appears_with_the_fifth() -> None:
    few = [row("a", 4)]
    first = publish(whole(few), few, on=DAY)
    assert first.total.hidden == Hidden(Reason.FEW)
    assert first.rows[0].figures == {}
    five = [row("a", 5)]
    second = publish(whole(five), five, on=LATER, before=first)
    assert second.total.figures == {"changes": 5}
    assert second.rows[0].hidden is None


@pytest.mark.parametrize("came", [1, 4])
def test_a_new_department_waits_until_the_total_is_refreshed(came: int) -> None:
    rows = [row("a", 8), row("b", 9)]
    first = publish(whole(rows), rows, on=DAY)
    later = [*rows, row("new", came)]
    second = publish(whole(later), later, on=LATER, before=first)
    assert second.total == first.total
    assert second.rows[2].hidden == Hidden(Reason.WAITING)


def test_a_row_held_back_twice_is_compared_with_the_total_in_between() -> None:
    rows = [row("a", 9), row("b", 9), row("c", 12)]
    first = publish(whole(rows), rows, on=DAY)
    week = [altered(rows[0], people("a", 3)), altered(rows[1], people("b", 6)), altered(rows[2], people("c", 7))]
    second = publish(whole(week), week, on=LATER, before=first)
    assert second.rows[0].digests == rows[0].digests
    assert second.rows[0].seen == week[0].digests
    assert second.rows[0].told(altered(rows[0], people("a", 8))) == people("a", 8) - people("a", 3)
