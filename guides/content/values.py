"""The frozen values of a guide: what a parsed guide is, wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: Words in braces that a step's text may use; the page puts a day in their place.
PLACEHOLDERS = ("last", "next")


class Who(Enum):
    """Who does a step, or who an item of preparation is for."""

    EVERYONE = "everyone"
    EACH = "each"
    HOST = "host"
    TIMEKEEPER = "timekeeper"
    SYNTHESIZER = "synthesizer"


class StepKind(Enum):
    """What a step is, so that a page can show what belongs to it (commitments, the summary, the agreement, roles)."""

    CHECK_IN = "check-in"
    SUMMARY = "summary"
    ROUND = "round"
    TALK = "talk"
    QUIET = "quiet"
    PAIRS = "pairs"
    AGREEMENT = "agreement"
    COMMIT = "commit"
    ROLES = "roles"
    CLOSING = "closing"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a guide, at a line of a file; `message` is a message id, `params` fills its placeholders."""

    path: str
    line: int
    message: str
    params: tuple[tuple[str, str | int], ...] = ()

    @property
    def text(self) -> str:
        """The message with its placeholders filled."""
        return self.message % dict(self.params)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Prompt:
    """A question put to a member; `id` is unique within its week and fits 60 characters."""

    id: str
    ask: str
    example: str = ""


@dataclass(frozen=True)
class BeforeItem:
    """One thing to do before the session, ticked off by its id; a question is answered privately."""

    id: str
    text: str
    minutes: int
    who: Who
    question: Prompt | None = None


@dataclass(frozen=True)
class Step:
    """One step of a session as its author planned it, for the guide's target circle size."""

    id: str
    title: str
    kind: StepKind
    who: Who
    minutes: int
    #: Seconds for each person; only where `who` is EACH.
    each_seconds: int | None
    #: What people are told to do.
    text: str
    #: What is asked aloud or said.
    prompt: Prompt | None


@dataclass(frozen=True)
class Practice:
    """The one thing to try after a session.

    `statement` is the invitation on the page; `before` and `after` are the change in a member's own voice (from →
    to), `when` and `then` its cue and action. All five are a start that the member rewrites.
    """

    statement: str
    area: str
    before: str
    after: str
    when: str
    then: str


@dataclass(frozen=True)
class Line:
    """A suggested line of the agreement, or one of the things a circle can choose."""

    id: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Area:
    """A practice area: `id` is stored with a practice change, `title` is shown."""

    id: str
    title: str


@dataclass(frozen=True)
class CircleSize:
    """The number of people a guide is written for."""

    smallest: int
    target: int
    largest: int


@dataclass(frozen=True)
class Week:
    """One page of a guide."""

    number: int
    title: str
    purpose: tuple[str, ...]
    before: tuple[BeforeItem, ...]
    steps: tuple[Step, ...]
    practice: Practice
    #: What the synthesizer notes for those who were away.
    capture: str
    #: Suggested lines of the circle's agreement; only in a week with an agreement step.
    agreement: tuple[Line, ...]
    #: What the circle can decide in this session, for instance how to go on after the last one.
    choices: tuple[Line, ...]
    #: The reading text, Markdown.
    body: str

    @property
    def minutes(self) -> int:
        """The length of the session as planned."""
        return sum(step.minutes for step in self.steps)

    def before_for(self, *roles: Who) -> tuple[BeforeItem, ...]:
        """What a member with these roles does before the session."""
        return tuple(item for item in self.before if item.who is Who.EVERYONE or item.who in roles)

    def before_minutes(self, *roles: Who) -> int:
        """Minutes of preparation for a member with these roles."""
        return sum(item.minutes for item in self.before_for(*roles))

    @property
    def questions(self) -> tuple[Prompt, ...]:
        """The questions of this week that a member answers privately."""
        return tuple(item.question for item in self.before if item.question)


@dataclass(frozen=True)
class Guide:
    """A whole guide: its front page and its weeks in order, numbered from 1."""

    slug: str
    title: str
    language: str
    version: str
    summary: str
    licence: str
    minutes: int
    circle: CircleSize
    #: Days after the last session at which members are asked how their changes stand.
    follow_ups: tuple[int, ...]
    areas: tuple[Area, ...]
    #: How to run the circle, Markdown.
    body: str
    weeks: tuple[Week, ...]

    def week(self, number: int) -> Week:
        """The page with this number, from 1.

        Raises:
            LookupError: the guide has no such week.
        """
        if not 1 <= number <= len(self.weeks):
            raise LookupError(f"no week {number} in a guide of {len(self.weeks)}")
        return self.weeks[number - 1]

    def area_title(self, area_id: str) -> str:
        """The title of a practice area, or the id itself where the guide does not name it."""
        return next((area.title for area in self.areas if area.id == area_id), area_id)


def fill(text: str, *, last: str, next_: str) -> str:
    """A step's text with its days: {last} and {next} become, for instance, "last Thursday" and "next Thursday"."""
    return text.replace("{last}", last).replace("{next}", next_)
