"""From the files of a guide to its values, with every problem named by file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from guides.content.front_matter import MAX_BYTES, Fields, Page, Source, read_page
from guides.content.values import (
    PLACEHOLDERS,
    Area,
    CircleSize,
    Guide,
    Line,
    Problem,
    Week,
)
from guides.content.week_parts import read_before, read_practice, read_steps

FRONT_PAGE = "guide.md"
MAX_WEEKS = 60
_WEEK_FILE = re.compile(r"week-(\d{2})\.md")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

__all__ = ["PLACEHOLDERS", "Guide", "InvalidGuide", "Problem", "Week", "check", "load", "parse_guide"]


class InvalidGuide(ValueError):
    """A guide that cannot be used, with all its problems in the order of files and lines."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def check(path: Path) -> list[Problem]:
    """Everything wrong with the guide in a folder; an empty list means it can be used."""
    files, problems = _files(path)
    return problems or parse_guide(files, path.as_posix())[1]


def load(path: Path) -> Guide:
    """The guide in a folder.

    Raises:
        InvalidGuide: it has problems; all of them are named.
    """
    files, problems = _files(path)
    guide, found = parse_guide(files, path.as_posix()) if not problems else (None, problems)
    if guide is None:
        raise InvalidGuide(found)
    return guide


def parse_guide(files: Mapping[str, bytes], folder: str) -> tuple[Guide | None, list[Problem]]:
    """A guide from the contents of its files by name, or None with all that is wrong.

    `folder` stands before the file names in problems; its last part must be the guide's slug.
    """
    front_source = Source(f"{folder}/{FRONT_PAGE}")
    problems = front_source.problems
    front = _read_front(front_source, files[FRONT_PAGE], folder) if FRONT_PAGE in files else None
    if FRONT_PAGE not in files:
        front_source.add(1, "the file is missing")

    numbers: dict[int, str] = {}
    weeks: list[Week] = []
    for name in sorted(set(files) - {FRONT_PAGE}):
        source = Source(f"{folder}/{name}")
        if not _WEEK_FILE.fullmatch(name):
            source.add(1, "only guide.md and week-01.md, week-02.md … belong in a guide")
        else:
            week = _read_week(source, files[name], name, front, numbers)
            if week is not None:
                weeks.append(week)
        problems.extend(source.problems)
    if front is not None:
        _check_numbers(front, files, front_source)
    problems.sort(key=lambda problem: (problem.path, problem.line))
    if problems or front is None:
        return None, problems
    return _assembled(front, weeks), []


@dataclass(frozen=True)
class _Front:
    """The front page as read, and where it names the number of weeks."""

    texts: dict[str, str]
    minutes: int | None
    weeks: int | None
    weeks_line: int
    circle: CircleSize | None
    follow_ups: tuple[int, ...]
    areas: tuple[Area, ...]
    body: str


def _read_front(source: Source, data: bytes, folder: str) -> _Front | None:
    page = read_page(source, data)
    if page is None:
        return None
    fields = page.fields
    limits = {"title": 200, "version": 40, "summary": 400, "licence": 80}
    texts = {key: fields.text(key, limit) for key, limit in limits.items()}
    texts["slug"] = fields.ident("slug", 80, "") if "slug" in fields else fields.text("slug", 80)
    if texts["slug"] and texts["slug"] != folder.rstrip("/").rsplit("/", 1)[-1]:
        source.add(fields.line_of("slug"), "slug is %(slug)s, but the folder has another name", slug=texts["slug"])
    texts["language"] = fields.text("language", 16)
    if texts["language"] and not _LANGUAGE.fullmatch(texts["language"]):
        source.add(fields.line_of("language"), "language must be a tag such as en or pt-BR")
    areas = _read_areas(fields)
    front = _Front(
        texts=texts,
        minutes=fields.number("minutes", 15, 240),
        weeks=fields.number("weeks", 1, MAX_WEEKS),
        weeks_line=fields.line_of("weeks"),
        circle=_read_circle(fields),
        follow_ups=fields.numbers("follow_ups", 1, 400),
        areas=areas,
        body=_body(source, page),
    )
    fields.close()
    return front


def _read_areas(fields: Fields) -> tuple[Area, ...]:
    areas: list[Area] = []
    for entry in fields.entries("areas", "an area", 12):
        title = entry.text("title", 80)
        area = Area(entry.ident("id", 40, title), title)
        if area.id in {other.id for other in areas}:
            entry.source.add(entry.line, "two areas have the id %(id)s", id=area.id)
        areas.append(area)
        entry.close()
    return tuple(areas)


def _read_circle(fields: Fields) -> CircleSize | None:
    child = fields.child("circle")
    if child is None:
        return None
    smallest, target, largest = (child.number(key, 2, 12) for key in ("smallest", "target", "largest"))
    child.close()
    if smallest is None or target is None or largest is None:
        return None
    if not smallest <= target <= largest:
        child.source.add(child.line, "circle must have smallest ≤ target ≤ largest")
        return None
    return CircleSize(smallest, target, largest)


def _read_week(source: Source, data: bytes, name: str, front: _Front | None, numbers: dict[int, str]) -> Week | None:
    page = read_page(source, data)
    if page is None:
        return None
    fields = page.fields
    number = fields.number("week", 1, MAX_WEEKS)
    if number is not None:
        _check_number(source, fields.line_of("week"), number, name, numbers)
    circle = front.circle if front else None
    areas = {area.id for area in front.areas} if front else None
    week = Week(
        number=number or 0,
        title=fields.text("title", 80),
        purpose=fields.paragraphs("purpose", 600),
        before=read_before(fields),
        steps=read_steps(fields, circle.target if circle else None),
        practice=read_practice(fields, areas),
        capture=fields.text("capture", 400),
        agreement=_read_lines(fields, "agreement", "a line of the agreement"),
        choices=_read_lines(fields, "choices", "a choice"),
        body=_body(source, page),
    )
    fields.close()
    minutes = front.minutes if front else None
    if minutes is not None and not source.problems and week.minutes != minutes:
        message = "steps add up to %(total)d minutes, not %(minutes)d"
        source.add(fields.line_of("steps"), message, total=week.minutes, minutes=minutes)
    if any(step.kind.value == "agreement" for step in week.steps) != bool(week.agreement):
        source.add(fields.line_of("agreement"), "a step of kind agreement and a list of agreement lines go together")
    return week


def _read_lines(fields: Fields, key: str, where: str) -> tuple[Line, ...]:
    lines: list[Line] = []
    for entry in fields.entries(key, where, 12, required=False):
        text = entry.text("text", 300)
        line = Line(entry.ident("id", 60, text), text, entry.text("note", 300, required=False))
        if line.id in {other.id for other in lines}:
            entry.source.add(entry.line, "two entries of %(key)s have the id %(id)s", key=key, id=line.id)
        lines.append(line)
        entry.close()
    return tuple(lines)


def _body(source: Source, page: Page) -> str:
    if not page.body:
        source.add(page.body_line, "the text below the front matter is missing")
    return page.body


def _check_number(source: Source, line: int, number: int, name: str, numbers: dict[int, str]) -> None:
    if number in numbers:
        message = "week %(number)d is already in %(other)s"
        source.add(line, message, number=number, other=numbers[number])
    elif name != f"week-{number:02d}.md":
        source.add(line, "week is %(number)d, but the file is named %(name)s", number=number, name=name)
    numbers.setdefault(number, name)


def _check_numbers(front: _Front, files: Mapping[str, bytes], source: Source) -> None:
    present = {int(match[1]) for name in files if (match := _WEEK_FILE.fullmatch(name))}
    if front.weeks is None:
        return
    for number in sorted(set(range(1, front.weeks + 1)) - present):
        source.add(front.weeks_line, "%(name)s is missing", name=f"week-{number:02d}.md")
    beyond = sorted(number for number in present if not 1 <= number <= front.weeks)
    for number in beyond:
        message = "the guide has %(weeks)d weeks, but there is a %(name)s"
        source.add(front.weeks_line, message, weeks=front.weeks, name=f"week-{number:02d}.md")


def _assembled(front: _Front, weeks: list[Week]) -> Guide:
    if front.minutes is None or front.circle is None:
        raise AssertionError("a front page without problems has minutes and a circle size")
    return Guide(
        slug=front.texts["slug"],
        title=front.texts["title"],
        language=front.texts["language"],
        version=front.texts["version"],
        summary=front.texts["summary"],
        licence=front.texts["licence"],
        minutes=front.minutes,
        circle=front.circle,
        follow_ups=front.follow_ups,
        areas=front.areas,
        body=front.body,
        weeks=tuple(sorted(weeks, key=lambda week: week.number)),
    )


def _files(path: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """The guide's files, each read no further than one byte over the limit."""
    if not path.is_dir():
        return {}, [Problem(path.as_posix(), 1, "there is no folder of this name")]
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for entry in sorted(path.iterdir()):
        if entry.name.startswith("."):
            continue
        if len(files) > MAX_WEEKS + 10:
            return {}, [Problem(path.as_posix(), 1, "the folder has too many files for a guide")]
        try:
            with entry.open("rb") as file:
                files[entry.name] = file.read(MAX_BYTES + 1)
        except OSError as error:
            params = (("reason", error.strerror or "unknown"),)
            problems.append(Problem(entry.as_posix(), 1, "the file cannot be read: %(reason)s", params))
    return files, problems
