"""What the five people of Juniper write, from its own file of texts."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from app.demo import texts
from app.demo.cohorts import Makers
from app.demo.practice import Story
from app.demo.sessions import HOUR, MINUTE, TALKED_AHEAD, say_outcome
from app.demo.told import Told
from guides.walk.services import writing
from practices.models import Status, Visibility
from practices.services import changes


def enter_juniper(makers: Makers, told: Told) -> dict[str, Story]:
    """Write everything of Juniper into the diary; its changes by what they lead to."""
    written = texts.document("juniper")
    _enter_notes(makers, told, written)
    _enter_commitments(makers, told, written)
    return {entry["after"]: _enter_change(makers, told, entry) for entry in written["change"]}


def _enter_notes(makers: Makers, told: Told, written: dict[str, Any]) -> None:
    session, diary = makers.session, makers.diary
    for place, entry in enumerate(written["note"]):
        meeting = told.meetings[entry["week"] - 1]
        at = meeting.ends_at + (1 + place) * HOUR
        if entry["week"] == TALKED_AHEAD:
            at = min(meeting.starts_at, makers.calendar.now) - (30 - 4 * place) * HOUR
        note = partial(
            writing.add_note, session, told.walk, entry["week"], entry["text"], actor=told.member(entry["by"])
        )
        diary.enter(at, note)
    for entry in written["summary"]:
        meeting = told.meetings[entry["week"] - 1]
        author = told.host(entry["week"] - 1)
        summary = partial(writing.write_summary, session, told.walk, entry["week"] - 1, entry["text"], actor=author)
        diary.enter(meeting.starts_at - 6 * HOUR, summary)
    for entry in written["private"]:
        meeting = told.meetings[entry["week"] - 1]
        at = min(meeting.starts_at, makers.calendar.now) - 3 * HOUR
        private = partial(
            writing.write_private, session, told.walk, entry["week"], entry["prompt"], entry["text"],
            actor=told.member(entry["by"]),
        )  # fmt: skip
        diary.enter(at, private)


def _enter_commitments(makers: Makers, told: Told, written: dict[str, Any]) -> None:
    for entry in written["commitment"]:
        week, person = entry["week"], told.member(entry["by"])
        commit = partial(writing.commit_to, makers.session, told.walk, week, entry["text"], actor=person)
        makers.diary.enter(told.meetings[week - 1].ends_at - 4 * MINUTE, commit)
        outcome = partial(say_outcome, makers, told, week, entry["outcome"], entry["note"], person)
        at = told.meetings[week].starts_at + 6 * MINUTE
        makers.diary.enter(min(at, max(makers.calendar.now - 5 * HOUR, told.meetings[week - 1].ends_at)), outcome)


def _enter_change(makers: Makers, told: Told, entry: dict[str, Any]) -> Story:
    diary, first = makers.diary, told.meetings[entry["week"] - 1]
    names = ("after", "before", "cue", "action", "area", "resolve", "confidence", "baseline")
    story = Story(
        told,
        told.member(entry["by"]),
        changes.Statement(**{name: entry[name] for name in names}),
        Visibility(entry["visibility"]),
        first.ends_at,
        entry["week"],
    )
    diary.enter(first.ends_at - 8 * MINUTE, partial(story.begin, makers))
    last = first
    for check in entry["check_ins"]:
        last = told.meetings[check["week"] - 1]
        final = check is entry["check_ins"][-1] and entry["status"] in ("partly", "fully")
        status = Status(entry["status"]) if final else None
        said = partial(
            story.check_in, makers, last, check["frequency"], status, check["line"], check.get("barriers", [])
        )
        diary.enter(last.ends_at - 2 * MINUTE, said)
    if "let_go" in entry:
        ended = told.meetings[entry["let_go"]["week"] - 1]
        diary.enter(ended.ends_at - MINUTE, partial(story.let_go, makers, entry["let_go"]["reason"]))
    for place, seen in enumerate(entry["witnesses"]):
        at = last.ends_at + timedelta(hours=20 + 9 * place)
        diary.enter(at, partial(story.seen, makers, told.member(seen["by"]), seen["line"]))
    return story
