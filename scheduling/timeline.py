"""A season as a line of small rings: for each session who comes or came, and how the session stands (pure)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Met:
    """One session as stored, named by `key`: `state` is planned, held, missed or cancelled; instants are aware."""

    key: Any
    starts_at: datetime
    ends_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One ring of the line.

    `state`: "held", "missed", "open" (over, but nobody said whether it took place), "now" (running), "next", "ahead" or
    "skipped". `beads` follow the order of the members: "there", "absent", "coming", "unsure", "declined", "no_answer",
    or "plain" where nothing can be said.
    """

    key: Any
    starts_at: datetime
    state: str
    beads: tuple[str, ...]


_ANSWERS = {"yes": "coming", "maybe": "unsure", "no": "declined"}


def stops(
    meetings: Sequence[Met],
    members: Sequence[Hashable],
    answers: Mapping[Any, Mapping[Any, str]],
    present: Mapping[Any, Collection[Any]],
    *,
    at: datetime,
) -> list[Stop]:
    """The sessions in the order of time as rings of the present members.

    `answers`: session → member → yes, maybe or no. `present`: session → who was there, for sessions that were closed.
    A skipped session stays on the line unless another one begins at the same time: it was brought back then.
    """
    standing = {meeting.starts_at for meeting in meetings if meeting.state != "cancelled"}
    shown = [one for one in meetings if one.state != "cancelled" or one.starts_at not in standing]
    ordered = sorted(shown, key=lambda meeting: meeting.starts_at)
    following = next((one.key for one in ordered if one.state == "planned" and one.starts_at > at), None)
    return [
        Stop(
            meeting.key,
            meeting.starts_at,
            _state(meeting, following, at),
            tuple(_bead(meeting, member, answers, present, at) for member in members),
        )
        for meeting in ordered
    ]


def _state(meeting: Met, following: Any, at: datetime) -> str:
    if meeting.state == "cancelled":
        return "skipped"
    if meeting.state in ("held", "missed"):
        return meeting.state
    if meeting.ends_at <= at:
        return "open"
    if meeting.starts_at <= at:
        return "now"
    return "next" if meeting.key == following else "ahead"


def _bead(
    meeting: Met,
    member: Hashable,
    answers: Mapping[Any, Mapping[Any, str]],
    present: Mapping[Any, Collection[Any]],
    at: datetime,
) -> str:
    if meeting.state == "held":
        return "there" if member in present.get(meeting.key, ()) else "absent"
    answer = answers.get(meeting.key, {}).get(member)
    if meeting.state != "planned":
        return "plain"
    if answer is None:
        return "no_answer" if meeting.ends_at > at else "plain"
    return _ANSWERS[answer]
