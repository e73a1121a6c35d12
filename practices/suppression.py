"""The five-person rule: which rows of a report are hidden, and when a stored row may be refreshed.

A row is shown when at least five people answered. Otherwise the whole row is hidden, and with it the next smallest row
of the same table while exactly one is hidden or the hidden ones together hold fewer than five people. Each table has
one total; tables nest on one fixed hierarchy (program, cohort, department), and below a hidden row nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

#: The least number of people a published figure is about.
LEAST = 5


class Reason(StrEnum):
    """Why a row is hidden: few people, to protect such a row, hidden above, or new while the total still stands."""

    FEW = "few"
    COMPLEMENT = "complement"
    ABOVE = "above"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Row:
    """One row before the rule: who answered, everyone whose writing is counted in it, and its figures.

    `digests` maps each person the figures depend on to a digest of what they wrote, so that a changed answer shows.
    """

    key: str
    answered: frozenset[str]
    digests: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)
    children: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden row: why, and for a complement the keys of the rows it protects."""

    reason: Reason
    protects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """One row as published: its figures (none when hidden), their day, and the digests they were made from.

    `seen` are its digests when the total was last refreshed, for a row that was held back then.
    """

    key: str
    as_of: date
    figures: Mapping[str, int]
    hidden: Hidden | None
    digests: Mapping[str, str]
    seen: Mapping[str, str] | None = None

    def told(self, row: Row) -> frozenset[str]:
        """The fewest people a difference between this row, as published or within the total, and today's is about."""
        differ = changed(self.digests, row.digests)
        return differ if self.seen is None else min(differ, changed(self.seen, row.digests), key=len)


@dataclass(frozen=True, slots=True)
class Table:
    """A published table: its total and its rows, in the order given."""

    total: Published
    rows: tuple[Published, ...]


def hide(rows: Sequence[Row]) -> dict[str, Hidden]:
    """The rows of one table, whose total is shown, that must be hidden, by key.

    Ties of size go to the first key in alphabetical order, so that the same rows give the same answer.
    """
    return _hide({row.key: row.answered for row in rows})


def hide_nested(root: Row, *, above: bool = False) -> dict[tuple[str, ...], Hidden]:
    """The hidden rows of a hierarchy by path from its root; the root itself is `(root.key,)`."""
    if above or len(root.answered) < LEAST:
        own = Hidden(Reason.ABOVE if above else Reason.FEW)
        return {(root.key,): own} | _all_below(root, (root.key,))
    hidden: dict[tuple[str, ...], Hidden] = {}
    chosen = hide(root.children)
    for child in root.children:
        if child.key in chosen:
            hidden[root.key, child.key] = chosen[child.key]
            hidden |= _all_below(child, (root.key, child.key))
        else:
            hidden |= {(root.key, *path): why for path, why in hide_nested(child).items()}
    return hidden


def publish(total: Row, rows: Sequence[Row], *, on: date, before: Table | None = None) -> Table:
    """The table to publish on a day, given the one that stands.

    A row is refreshed only when at least five people's answers in it changed; else its old figures stand with their
    date. The rows that are held back follow the rule of hidden ones: were they one row, or fewer than five changed
    people together, the refreshed total would tell what changed in them, so further rows are held back as well.
    """
    if before is None or before.total.hidden is not None or len(total.answered) < LEAST:
        return _fresh(total, rows, on, before)
    old = {row.key: row for row in before.rows}
    for row in rows:
        old.setdefault(row.key, Published(row.key, before.total.as_of, {}, Hidden(Reason.WAITING), {}))
    standing = Table(before.total, tuple(old[row.key] for row in rows))
    if len(changed(before.total.digests, total.digests)) < LEAST:
        return standing
    held = _held_back(rows, old)
    stay_hidden = {key: why for key in sorted(held) if (why := old[key].hidden) is not None}
    moved = {row.key: changed(old[row.key].digests, row.digests) for row in rows}
    untold = {row.key: min(row.answered, old[row.key].told(row), key=len) for row in rows}
    hidden = _hide(
        {row.key: row.answered for row in rows},
        stay_hidden,
        standing=held - stay_hidden.keys(),
        untold=untold,
    )
    stale = held | hidden.keys()
    if any(moved[key] for key in stale) and len(_together(untold, stale)) < LEAST:
        return standing
    published = []
    for row in rows:
        why = hidden.get(row.key)
        if row.key in held:
            published.append(
                replace(old[row.key], hidden=why, figures={} if why else old[row.key].figures, seen=row.digests)
            )
        else:
            published.append(_published(row, why, on))
    return Table(_published(total, None, on), tuple(published))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """People whose answers were added, altered or taken away."""
    return frozenset(person for person in before.keys() | now.keys() if before.get(person) != now.get(person))


def _hide(
    answered: Mapping[str, frozenset[str]],
    already: Mapping[str, Hidden] | None = None,
    *,
    standing: frozenset[str] = frozenset(),
    untold: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, Hidden]:
    """Choose the hidden rows. `standing` ones show figures published before, so their size today hides none of them.

    `untold`: who stands between what was published of a row and what it is now, when fewer than all who answered.
    """
    sizes = untold or answered
    hidden = dict(already or {})
    for key in sorted(answered):
        if key not in hidden and key not in standing and len(answered[key]) < LEAST:
            hidden[key] = Hidden(Reason.FEW)
    protected = tuple(key for key in sorted(hidden) if hidden[key].reason is Reason.FEW)
    rest = sorted((key for key in answered if key not in hidden), key=lambda key: (len(answered[key]), key))
    while hidden and rest and (len(hidden) == 1 or len(_together(sizes, hidden)) < LEAST):
        hidden[rest.pop(0)] = Hidden(Reason.COMPLEMENT, protected)
    return hidden


def _together(answered: Mapping[str, frozenset[str]], keys: Iterable[str]) -> frozenset[str]:
    """Distinct people: one who answered in two hidden rows is one person."""
    return frozenset().union(*(answered[key] for key in keys))


def _all_below(row: Row, path: tuple[str, ...]) -> dict[tuple[str, ...], Hidden]:
    hidden: dict[tuple[str, ...], Hidden] = {}
    for child in row.children:
        hidden[*path, child.key] = Hidden(Reason.ABOVE)
        hidden |= _all_below(child, (*path, child.key))
    return hidden


def _published(row: Row, why: Hidden | None, on: date) -> Published:
    return Published(row.key, on, {} if why else row.figures, why, row.digests)


def _fresh(total: Row, rows: Sequence[Row], on: date, before: Table | None) -> Table:
    """A table made without an eye to the one before; what is hidden as a whole keeps the digests last published."""
    if len(total.answered) >= LEAST and (before is None or _may_appear(total, before)):
        below = hide(rows)
        return Table(_published(total, None, on), tuple(_published(row, below.get(row.key), on) for row in rows))
    old = {row.key: row.digests for row in (before.rows if before else ())}
    head = Published(total.key, on, {}, Hidden(Reason.FEW), before.total.digests if before else {})
    body = tuple(Published(row.key, on, {}, Hidden(Reason.ABOVE), old.get(row.key, {})) for row in rows)
    return Table(head, body)


def _may_appear(total: Row, before: Table) -> bool:
    """A table hidden as a whole appears again once five people's answers differ from what was last published."""
    return len(changed(before.total.digests, total.digests)) >= LEAST


def _held_back(rows: Sequence[Row], old: Mapping[str, Published]) -> frozenset[str]:
    """Rows whose figures must stay as they were published.

    Rows that were hidden are known only as what was left of the total, so they count as one row here, with the fewest
    people that any mixture of their old and new figures is about.
    """
    hidden_before = {key for key, row in old.items() if row.hidden is not None and row.hidden.reason != Reason.WAITING}
    group = "\0hidden"
    moved: dict[str, frozenset[str]] = {}
    for row in rows:
        differ = old[row.key].told(row)
        if row.key in hidden_before:
            moved[group] = moved.get(group, frozenset()) | min(differ, frozenset(old[row.key].digests), key=len)
        else:
            moved[row.key] = differ
    held = set(_hide({key: who for key, who in moved.items() if who}))
    held |= {key for key, who in moved.items() if not who}
    if group in held:
        held |= hidden_before & {row.key for row in rows}
    return frozenset(held - {group})
