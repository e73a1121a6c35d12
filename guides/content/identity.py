"""A guide as JSON data and back, and the hash that names one version of its content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from enum import Enum
from typing import Any

from guides.content.markdown import structure
from guides.content.values import (
    Area,
    BeforeItem,
    CircleSize,
    Guide,
    Line,
    Practice,
    Prompt,
    Step,
    StepKind,
    Week,
    Who,
)

#: Raised with every change of the document's shape.
FORMAT = 1


def to_document(guide: Guide) -> dict[str, Any]:
    """The guide as data that JSON can hold; `from_document` gives the same guide back."""
    return {"format": FORMAT, **_plain(asdict(guide))}


def from_document(document: dict[str, Any]) -> Guide:
    """A guide from its stored data.

    Raises:
        ValueError: the data has another format or lacks something.
    """
    if document.get("format") != FORMAT:
        raise ValueError(f"guide document of format {document.get('format')!r}, expected {FORMAT}")
    data = {key: value for key, value in document.items() if key != "format"}
    try:
        data["circle"] = CircleSize(**data["circle"])
        data["follow_ups"] = tuple(data["follow_ups"])
        data["areas"] = tuple(Area(**area) for area in data["areas"])
        data["weeks"] = tuple(_week(week) for week in data["weeks"])
        return Guide(**data)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"guide document is incomplete: {error}") from error


def content_hash(guide: Guide) -> str:
    """SHA-256 in hex of everything a reader of the guide could see.

    It does not depend on the order of keys, on how lines are broken, nor on blank lines and spacing in the Markdown.
    """
    document = to_document(guide)
    document["body"] = structure(guide.body)
    for data, week in zip(document["weeks"], guide.weeks, strict=True):
        data["body"] = structure(week.body)
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value


def _week(data: dict[str, Any]) -> Week:
    return Week(
        **{
            **data,
            "purpose": tuple(data["purpose"]),
            "before": tuple(_before(item) for item in data["before"]),
            "steps": tuple(_step(step) for step in data["steps"]),
            "practice": Practice(**data["practice"]),
            "agreement": tuple(Line(**line) for line in data["agreement"]),
            "choices": tuple(Line(**line) for line in data["choices"]),
        }
    )


def _before(data: dict[str, Any]) -> BeforeItem:
    return BeforeItem(**{**data, "who": Who(data["who"]), "question": _prompt(data["question"])})


def _step(data: dict[str, Any]) -> Step:
    kind, who = StepKind(data["kind"]), Who(data["who"])
    return Step(**{**data, "kind": kind, "who": who, "prompt": _prompt(data["prompt"])})


def _prompt(data: dict[str, Any] | None) -> Prompt | None:
    return Prompt(**data) if data is not None else None
