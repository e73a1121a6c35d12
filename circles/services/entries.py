"""How a draft stores what the engine says: circles, people left over, facts, remarks and windows as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from circles import draft
from circles.draft import Entry

CIRCLE_DETAIL = ("quality", "parts", "facts", "remarks", "slots")
LEFT_DETAIL = ("reason", "values", "people", "change")


def circle_row(search_id: UUID, entry: Entry) -> dict[str, Any]:
    """The columns of one circle's row."""
    return {
        "search_id": search_id,
        "since": 0,
        "name": entry["name"],
        "members": list(entry["members"]),
        "locked": bool(entry.get("locked")),
        "moved": bool(entry.get("moved")),
        "look": draft.worth_a_look(entry),
        "valid": draft.publishable(entry),
        "score": entry["score"],
        "detail": {name: entry[name] for name in CIRCLE_DETAIL if name in entry},
    }


def left_row(search_id: UUID, entry: Entry, position: int) -> dict[str, Any]:
    """The columns of the row of someone left over."""
    return {
        "search_id": search_id,
        "since": 0,
        "enrollment_id": UUID(entry["enrollment"]),
        "position": position,
        "code": entry["code"],
        "excluded": bool(entry.get("excluded")),
        "detail": {name: entry[name] for name in LEFT_DETAIL if name in entry},
    }


def circle_entry(circle: Any, ids: Mapping[str, str]) -> Entry:
    """A proposed circle as an entry; `ids` gives enrollments by the engine's keys."""
    return {
        "name": circle.name,
        "members": [ids[key] for key in circle.members],
        "locked": circle.locked,
        "moved": False,
        "score": round(circle.score, 2),
        "parts": {name: round(value, 4) for name, value in circle.parts.items()},
        "facts": facts_entry(circle.facts, ids),
        "remarks": [remark_entry(remark, ids) for remark in circle.remarks],
        "slots": [slot_entry(window) for window in circle.slots],
        "valid": not any(remark.code.startswith("broken_") for remark in circle.remarks),
    }


def unplaced_entry(entry: Any, ids: Mapping[str, str]) -> Entry:
    """Someone whom the engine left over, as an entry."""
    change = entry.change
    return {
        "enrollment": ids[entry.key],
        "code": entry.code,
        "reason": entry.reason,
        "values": dict(entry.values),
        "people": [ids[key] for key in entry.people if key in ids],
        "change": None if change is None else {"code": change.code, "values": dict(change.values)},
        "excluded": False,
    }


def excluded_entry(key: str) -> Entry:
    """Someone whom the lead left out of the search, as an entry."""
    return {"enrollment": key, "code": "excluded", "values": {}, "people": [], "change": None, "excluded": True}


def problem_entry(problem: Any, ids: Mapping[str, str]) -> Entry:
    """A contradiction of the input, as a search stores it."""
    return {
        "code": problem.code,
        "people": [ids.get(key, "") for key in problem.people],
        "values": dict(problem.values),
        "fatal": problem.fatal,
    }


def facts_entry(facts: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    """Facts as a draft stores them, people by their enrollment's id."""
    return {
        name: {"values": dict(fact.values), "people": [ids[key] for key in fact.people if key in ids]}
        for name, fact in facts.items()
    }


def remark_entry(remark: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    """A remark as a draft stores it, people by their enrollment's id."""
    return {
        "code": remark.code,
        "people": [ids[key] for key in remark.people if key in ids],
        "values": dict(remark.values),
    }


def slot_entry(window: Any) -> dict[str, Any]:
    """A window as a draft stores it."""
    return {"weekday": window.weekday, "start": f"{window.start:%H:%M}", "timezone": window.timezone}


def cost_entry(cost: Any, ids: Mapping[str, str]) -> Entry:
    """What a demand costs, as a job stores it; whom somebody would rather not meet is no more than a number."""
    private = cost.kind == "avoid"
    return {
        "kind": cost.kind,
        "code": cost.code,
        "people": [] if private else [ids[key] for key in cost.people if key in ids],
        "values": dict(cost.values),
        "points": round(cost.points, 3),
        "placed": cost.placed,
        "exact": cost.exact,
        "uncertainty": round(cost.uncertainty, 3),
        "measurable": cost.measurable,
    }
