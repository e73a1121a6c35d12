"""The command `coterie match`: a people file in, circles out, without database or web."""

from __future__ import annotations

import math
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import ClassVar

import click
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from app import clock
from app.accounts.people_csv import COLUMNS, Problem
from circles import matching
from circles.match_report import show, to_csv, to_json
from circles.matching import Progress, Proposal, Rules
from circles.matching.candidates import OWN_FIELDS, Attribute, Objective, Treatment
from circles.roster import Roster, read_history, read_roster

BAD_INPUT = 2
STANDARD = "-"
DEFAULT_SECONDS = 10.0
DEFAULT_TARGET = 5
SMALLEST, LARGEST = 2, 12
YEARS = (1970, 2200)
#: Lines printed about one file before the rest is only counted.
LINES = 100


class SizeRange(click.ParamType[tuple[int, int]]):
    """Smallest and largest circle, as "4-6", or one number for both."""

    name = "MIN-MAX"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The two numbers. Fails, saying why, for anything else."""
        if isinstance(value, tuple):
            return value
        low, dash, high = value.replace("–", "-").partition("-")
        if not low.strip().isdecimal() or (dash and not high.strip().isdecimal()):
            self.fail(f"“{value}” is not a size. Write it like 4-6.", param, ctx)
        smallest, largest = int(low), int(high) if dash else int(low)
        if smallest > largest:
            self.fail(f"“{value}” begins with the larger number. Write it like 4-6.", param, ctx)
        if smallest < SMALLEST or largest > LARGEST:
            self.fail(f"“{value}” is out of range: a circle has from {SMALLEST} to {LARGEST} people.", param, ctx)
        return smallest, largest


class AttributeChoice(click.ParamType[Attribute]):
    """An attribute and how circles treat it, as "office=mix"."""

    name = "NAME=HOW"
    HOW: ClassVar[dict[str, Treatment]] = {"mix": "mix", "alike": "alike", "not-alone": "not_alone"}

    def convert(self, value: str | Attribute, param: click.Parameter | None, ctx: click.Context | None) -> Attribute:
        """The attribute. Fails, saying why, for anything else."""
        if isinstance(value, Attribute):
            return value
        name, equals, how = value.rpartition("=")
        name, how = name.strip(), how.strip().lower().replace("_", "-")
        if not equals or not name or how not in self.HOW:
            self.fail(f"“{value}” is not like NAME=mix, NAME=alike or NAME=not-alone.", param, ctx)
        key = name.lower() if name.lower() in OWN_FIELDS else name
        if key in COLUMNS and key not in OWN_FIELDS:
            self.fail(f"“{name}” has a meaning of its own and cannot be an attribute.", param, ctx)
        return Attribute(key, name, self.HOW[how])


class Output(click.ParamType[Path]):
    """A file to write, or "-" for standard output; checked before any work is done."""

    name = "FILE"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Fails, saying why, where nothing can be written."""
        path = Path(value)
        if str(value) == STANDARD:
            return path
        if path.is_dir():
            self.fail(f"{path} is a folder, not a file.", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"The folder {path.parent} does not exist.", param, ctx)
        try:
            existed = path.exists()
            path.open("ab").close()
            if not existed:
                path.unlink()
        except OSError as error:
            self.fail(f"{path} cannot be written: {error.strerror}.", param, ctx)
        return path


def half_hours(_ctx: click.Context, _param: click.Parameter, value: int) -> int:
    """A length in minutes that is a whole number of half hours."""
    if value % 30:
        raise click.BadParameter(f"{value} is not a multiple of 30 minutes.")
    return value


def a_number(_ctx: click.Context, _param: click.Parameter, value: float | None) -> float | None:
    """A number of seconds; "nan" passes as a float but is none."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number of seconds.")
    return value


def first_day(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> date:
    """The day given, or the Monday after today."""
    if value is None:
        today = clock.today("UTC")
        return today + timedelta(days=7 - today.weekday())
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise click.BadParameter(f"The year must be from {YEARS[0]} to {YEARS[1]}.")
    return value.date()


@dataclass(slots=True)
class Stop:
    """Whether Ctrl-C was pressed."""

    asked: bool = False


@click.command()
@click.argument("people", type=click.Path(path_type=Path), metavar="PEOPLE.CSV")
@click.option("--met", type=click.Path(path_type=Path), metavar="HISTORY.CSV", help="Pairs who already met.")
@click.option("--size", type=SizeRange(), default="4-6", show_default=True, help="Smallest and largest circle.")
@click.option("--target", type=click.IntRange(SMALLEST, LARGEST), help="Best size; 5 where the range allows it.")
@click.option(
    "--length",
    type=click.IntRange(30, 480),
    default=60,
    show_default=True,
    callback=half_hours,
    help="Minutes of a session.",
)
@click.option(
    "--slots",
    type=click.IntRange(1, 14),
    default=2,
    show_default=True,
    help="Weekly times a circle must have in common.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Where chance begins.")
@click.option(
    "--time",
    "seconds",
    type=click.FloatRange(0, 86_400, min_open=True),
    callback=a_number,
    help="Seconds to search; 10.",
)
@click.option("--iterations", type=click.IntRange(1), help="Steps to search, for the same result on every machine.")
@click.option(
    "--weeks", type=click.IntRange(1, 260), default=12, show_default=True, help="Weeks in which the times must hold."
)
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), callback=first_day, help="First day of the weeks; next Monday."
)
@click.option(
    "--objective",
    type=click.Choice(["total", "weakest"]),
    default="total",
    show_default=True,
    help="The best total, or raising the weakest circle first.",
)
@click.option(
    "--attribute",
    "attributes",
    type=AttributeChoice(),
    multiple=True,
    help="Mix a column, keep it alike, or leave nobody alone in it: NAME=mix|alike|not-alone.",
)
@click.option("--json", "json_file", type=Output(), help="Write the result as JSON; - is standard output.")
@click.option("--csv", "csv_file", type=Output(), help="Write one person a row; - is standard output.")
def match(
    people: Path,
    met: Path | None,
    size: tuple[int, int],
    target: int | None,
    length: int,
    slots: int,
    seed: int,
    seconds: float | None,
    iterations: int | None,
    weeks: int,
    start: date,
    objective: Objective,
    attributes: tuple[Attribute, ...],
    json_file: Path | None,
    csv_file: Path | None,
) -> None:
    """Match the people of PEOPLE.CSV into circles.

    Ends with 0 when it is done, even with people left over, and with 2 for input that cannot be used. Ctrl-C ends the
    search and gives the best circles found so far.
    """
    if seconds is not None and iterations is not None:
        raise click.UsageError("Give either --time or --iterations, not both.")
    check_outputs(people, met, json_file, csv_file)
    rules = Rules(
        first_day=start,
        size_min=size[0],
        size_max=size[1],
        target=target_within(size, target),
        minutes=length,
        slots=slots,
        weeks=weeks,
        attributes=distinct(attributes),
        objective=objective,
    )
    roster, pairs = load(people, met, [one.key for one in attributes if one.key not in OWN_FIELDS])
    if seconds is None and iterations is None:
        seconds = DEFAULT_SECONDS
    with stop_on_interrupt() as stop, progress_bar() as advance:

        def watch(progress: Progress) -> bool:
            advance(progress)
            return not stop.asked

        proposal = matching.match(
            roster.candidates, rules, pairs, seed=seed, seconds=seconds, iterations=iterations, progress=watch
        )
    if stop.asked:
        click.echo("The search was stopped; these are the best circles found so far.", err=True)
    warn_of_loners(people, roster, proposal)
    standard = STANDARD in (str(json_file), str(csv_file))
    show(proposal, roster.candidates, roster.emails, rules, Console(stderr=standard))
    write(json_file, to_json(proposal, roster.emails))
    write(csv_file, to_csv(proposal, roster.emails))


def distinct(attributes: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """The attributes. Raises BadParameter for one that is given twice."""
    for place, one in enumerate(attributes):
        if any(one.key == other.key for other in attributes[:place]):
            raise click.BadParameter(f"{one.name} is given twice.", param_hint="'--attribute'")
    return tuple(attributes)


def target_within(size: tuple[int, int], target: int | None) -> int:
    """The best size. Raises BadParameter for one outside the range."""
    smallest, largest = size
    if target is None:
        return min(max(DEFAULT_TARGET, smallest), largest)
    if not smallest <= target <= largest:
        raise click.BadParameter(f"{target} is outside of {smallest}-{largest}.", param_hint="'--target'")
    return target


def check_outputs(people: Path, met: Path | None, json_file: Path | None, csv_file: Path | None) -> None:
    """Raise UsageError where two outputs would meet or an input would be written over."""
    outputs = [path for path in (json_file, csv_file) if path is not None]
    if len(outputs) > 1 and outputs[0].absolute() == outputs[1].absolute():
        raise click.UsageError("--json and --csv cannot go to the same place.")
    inputs = {path.resolve() for path in (people, met) if path}
    for path in outputs:
        if str(path) != STANDARD and path.resolve() in inputs:
            raise click.UsageError(f"{path} would be written over; it is an input.")


def load(people: Path, met: Path | None, more: Sequence[str]) -> tuple[Roster, tuple[tuple[str, str], ...]]:
    """The candidates, with the columns `more` as answers, and the pairs who met.

    Prints every problem and exits with 2 if anything cannot be used.
    """
    roster = read_roster(read_bytes(people), more=more)
    report(people, roster.errors)
    pairs: tuple[tuple[str, str], ...] = ()
    wrong = bool(roster.errors)
    if met:
        history = read_history(read_bytes(met), None if wrong else roster.emails)
        report(met, history.errors)
        pairs = history.pairs
        wrong = wrong or bool(history.errors)
    if wrong:
        click.echo("Nothing was matched.", err=True)
        sys.exit(BAD_INPUT)
    report(people, roster.warnings)
    if met:
        report(met, history.warnings)
    return roster, pairs


def read_bytes(path: Path) -> bytes:
    """A file's content, or an exit with 2 that says why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        click.echo(f"{path}: cannot be read: {error.strerror}.", err=True)
        sys.exit(BAD_INPUT)


def report(file: Path, problems: Sequence[Problem]) -> None:
    """Print problems on standard error, the first hundred in full."""
    for one in problems[:LINES]:
        click.echo(one.line(str(file)) + (" (warning)" if one.warning else ""), err=True)
    if len(problems) > LINES:
        kind = "warnings" if problems[0].warning else "problems"
        click.echo(f"{file}: {len(problems) - LINES:,} more {kind}.", err=True)


def warn_of_loners(people: Path, roster: Roster, proposal: Proposal) -> None:
    """Name the people whose languages nobody else speaks."""
    for problem in proposal.problems:
        if problem.code == "lonely_language":
            key = problem.people[0]
            said = f"{people}:{roster.numbers[key]}: languages: Nobody else speaks {problem.values['languages']}."
            click.echo(f"{said} (warning)", err=True)


@contextmanager
def stop_on_interrupt() -> Iterator[Stop]:
    """Let the first Ctrl-C ask for the best found so far, and the second end the command."""
    stop = Stop()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error while it is a terminal; otherwise nothing is shown."""
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Searching", total=1.0)

        def advance(progress: Progress) -> None:
            words = f"{progress.placed:,} of {progress.people:,} placed, score {progress.score:.1f}"
            bar.update(task, completed=progress.share, description=words)

        yield advance


def write(path: Path | None, text: str) -> None:
    """Write a result where it was asked for. Raises ClickException when the disk refuses after all."""
    if path is None:
        return
    if str(path) == STANDARD:
        click.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{path} could not be written: {error.strerror}.") from error
