"""The timed agenda of one session: a week's steps fitted to the minutes and the people there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from guides.content.values import Step, Week, Who

#: Time boxes are whole multiples of this many seconds.
GRAIN = 5


@dataclass(frozen=True)
class TimedStep:
    """A step with its place in the session; `start` and `minutes` are whole minutes from the session's start."""

    step: Step
    start: int
    minutes: int
    #: Seconds for each person, only in a round.
    each_seconds: int | None

    @property
    def end(self) -> int:
        """The minute at which the step ends."""
        return self.start + self.minutes


def timed(week: Week, *, minutes: int, people: int, planned_for: int) -> tuple[TimedStep, ...]:
    """A week's agenda for a session of so many minutes with so many people.

    `planned_for` is the guide's target circle size. A round is first stretched or shortened to one time box a
    person; then all steps share the minutes in proportion, whole minutes by largest remainder and never less
    than one, so that they add up to `minutes` exactly. With the planned minutes and people every step is as its
    author wrote it. Whatever a round has beyond its time boxes is left to the circle.

    Raises:
        ValueError: there are fewer minutes than steps, or nobody is there.
    """
    if people < 1 or planned_for < 1:
        raise ValueError("an agenda needs at least one person")
    if minutes < len(week.steps):
        raise ValueError(f"{len(week.steps)} steps do not fit into {minutes} minutes")
    wanted = [_wanted_seconds(step, people, planned_for) for step in week.steps]
    agenda: list[TimedStep] = []
    start = 0
    for step, seconds, share in zip(week.steps, wanted, _shares(wanted, minutes), strict=True):
        agenda.append(TimedStep(step, start, share, _box(step, seconds, share)))
        start += share
    return tuple(agenda)


def step_at(agenda: Sequence[TimedStep], minute: int) -> TimedStep:
    """The step that a minute of the session falls into; the last one for any later minute.

    Raises:
        ValueError: the agenda is empty or the minute lies before the start.
    """
    if not agenda or minute < 0:
        raise ValueError("no step at this minute")
    return next((timed_step for timed_step in agenda if minute < timed_step.end), agenda[-1])


def _wanted_seconds(step: Step, people: int, planned_for: int) -> int:
    if step.who is not Who.EACH or step.each_seconds is None:
        return step.minutes * 60
    return step.minutes * 60 + step.each_seconds * (people - planned_for)


def _shares(wanted: Sequence[int], minutes: int) -> list[int]:
    """Whole minutes, at least one each, in proportion to what is wanted, adding up to `minutes`."""
    # One minute each is set aside where the proportion would give less; the others share what is left.
    small: set[int] = set()
    while True:
        rest = minutes - len(small)
        total = sum(seconds for index, seconds in enumerate(wanted) if index not in small)
        exact = {index: Fraction(seconds * rest, total) for index, seconds in enumerate(wanted) if index not in small}
        below = {index for index, share in exact.items() if share < 1}
        if not below:
            break
        small |= below
    shares = [int(exact.get(index, Fraction(1))) for index in range(len(wanted))]
    by_remainder = sorted(exact, key=lambda index: (int(exact[index]) - exact[index], index))
    for index in by_remainder[: minutes - sum(shares)]:
        shares[index] += 1
    return shares


def _box(step: Step, wanted: int, minutes: int) -> int | None:
    if step.who is not Who.EACH or step.each_seconds is None:
        return None
    exact = minutes * 60 * step.each_seconds // wanted
    return exact // GRAIN * GRAIN or exact
