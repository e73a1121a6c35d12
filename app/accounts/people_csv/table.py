"""Turns the bytes of a CSV file into rows of named cells."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.accounts.people_csv.problems import Problem, counted, problem

DELIMITERS = ",;\t"
MAX_COLUMNS = 200
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANK = re.compile(r'[\s,;"]*')
_LINE_ENDS = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: `rows` are (row number, trimmed cells by column), without blank rows and rows of a wrong length.

    `columns` are the known columns present, in the file's order. A table that is not `readable` has no rows, and
    `problems` says why. `count` is the number of rows that are not blank, the wrong ones included.
    """

    columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    delimiter: str
    rows: tuple[tuple[int, dict[str, str]], ...]
    count: int
    problems: tuple[Problem, ...]
    readable: bool = True


@dataclass(frozen=True, slots=True)
class _Header:
    """The known column at each position, None for those left out, and every name as written."""

    known: tuple[str | None, ...]
    written: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in self.known if name)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(name for name, known in zip(self.written, self.known, strict=True) if name and not known)


class _Unreadable(Exception):
    """The file cannot be used at all."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].code)
        self.problems = problems


def read_table(
    content: bytes, *, columns: Sequence[str], required: Sequence[str], max_rows: int, max_bytes: int
) -> Table:
    """Read UTF-8 CSV with or without BOM, separated by comma, semicolon or tab, whose first row names the columns.

    Column names are compared without case, spaces, hyphens and underscores. Nothing is raised: whatever is wrong is
    among the table's problems.
    """
    try:
        text = _decode(content, max_bytes, columns)
        delimiter, skipped = _delimiter(text, columns)
        records = _records(text, delimiter)
        written = (record for record in records if record[0] > skipped and any(map(str.strip, record[1])))
        number, cells = next(written, (0, []))
        header = _header(number, cells, columns, required)
        read = [record for record in records if any(map(str.strip, record[1]))]
        if len(read) > max_rows:
            raise _Unreadable(problem("too_many_rows", {"limit": counted(max_rows)}))
        if not read:
            raise _Unreadable(*header.problems, problem("no_rows"))
    except _Unreadable as unreadable:
        return Table((), (), ",", (), 0, unreadable.problems, readable=False)
    problems = list(header.problems)
    rows = list(_rows(read, header, problems, checked=not _CONTROL.search(text)))
    return Table(header.columns, header.unknown, delimiter, tuple(rows), len(read), tuple(problems))


def _decode(content: bytes, max_bytes: int, columns: Sequence[str]) -> str:
    if len(content) > max_bytes:
        raise _Unreadable(problem("too_large", {"limit": max_bytes // 1_000_000}))
    if content.startswith(SPREADSHEETS):
        raise _Unreadable(problem("not_csv"))
    beginning = content[:400]
    if content.startswith(UTF16) or beginning.count(0) * 4 > len(beginning):
        raise _Unreadable(problem("utf16", row=1))
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = f"0x{content[error.start]:02X}"
        raise _Unreadable(_place(content[: error.start].decode("utf-8"), byte, columns)) from error
    if _BLANK.fullmatch(text):
        raise _Unreadable(problem("empty"))
    return text


def _place(before: str, byte: str, columns: Sequence[str]) -> Problem:
    """Names the row and column at which a text stops being UTF-8."""
    # One letter more, so that the row and cell in which the byte stands have begun.
    delimiter, _ = _delimiter(before + "x", columns)
    try:
        records = list(csv.reader(io.StringIO(before + "x", newline=""), delimiter=delimiter))
    except csv.Error:
        return problem("not_utf8", {"byte": byte}, value=before[-20:])
    row, position = records[-1], len(records[-1]) - 1
    header = records[0] if len(records) > 1 else []
    column = header[position].strip() if position < len(header) else None
    return problem("not_utf8", {"byte": byte}, row=len(records), column=column or None, value=row[-1][:-1][-20:])


def _delimiter(text: str, columns: Sequence[str]) -> tuple[str, int]:
    """The separator under which the first row names the most known columns, and how many rows stand above it.

    Spreadsheets write and read a first line such as "sep=;", which is obeyed.
    """
    first = _LINE_ENDS.split(text[:20].strip(), maxsplit=1)[0].strip('"').lower()
    if first.startswith("sep=") and first[4:] and first[4:] in DELIMITERS:
        return first[4:], 1
    wanted = {_canonical(name) for name in columns}

    def names(delimiter: str) -> tuple[int, int]:
        try:
            for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True):
                if any(map(str.strip, record)):
                    return len(wanted.intersection(map(_canonical, record))), len(record)
        except csv.Error:
            pass
        return 0, 0

    return max(DELIMITERS, key=names), 0


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error):
                limit = counted(csv.field_size_limit())
                raise _Unreadable(problem("cell_too_long", {"limit": limit}, row=number)) from error
            raise _Unreadable(problem("quotes", row=number)) from error


def _header(number: int, cells: list[str], columns: Sequence[str], required: Sequence[str]) -> _Header:
    written = [cell.strip() for cell in cells]
    if not written:
        raise _Unreadable(problem("empty"))
    while not written[-1]:
        written.pop()
    if len(written) > MAX_COLUMNS:
        counts = {"columns": counted(len(written)), "limit": MAX_COLUMNS}
        raise _Unreadable(problem("too_many_columns", counts, row=number))
    by_canonical = {_canonical(name): name for name in columns}
    known = [by_canonical.get(_canonical(name)) for name in written]
    if not any(known):
        raise _Unreadable(problem("no_header", {"columns": " and ".join(required)}, row=number, value=written[0]))
    fatal = [problem("missing_column", row=number, column=name, value=name) for name in required if name not in known]
    for name in dict.fromkeys(name for name in known if name and known.count(name) > 1):
        positions = ", ".join(str(at) for at, other in enumerate(known, 1) if other == name)
        fatal.append(problem("duplicate_column", {"positions": positions}, row=number, column=name, value=name))
    if fatal:
        raise _Unreadable(*fatal)
    free = [name for name in columns if name not in known]
    warnings = [
        _left_out(number, at, name, free)
        for at, (name, column) in enumerate(zip(written, known, strict=True), 1)
        if not column
    ]
    return _Header(tuple(known), tuple(written), tuple(warnings))


def _left_out(number: int, position: int, name: str, free: Sequence[str]) -> Problem:
    if not name:
        return problem("unnamed_column", {"position": position}, row=number, warning=True)
    like = difflib.get_close_matches(name[:40].lower(), free, n=1, cutoff=0.7)
    if like:
        return problem(
            "unknown_column_like", {"suggestion": like[0]}, row=number, column=name, value=name, warning=True
        )
    return problem("unknown_column", row=number, column=name, value=name, warning=True)


def _rows(
    records: Sequence[tuple[int, list[str]]], header: _Header, problems: list[Problem], *, checked: bool
) -> Iterator[tuple[int, dict[str, str]]]:
    width = len(header.known)
    kept = [(at, name) for at, name in enumerate(header.known) if name]
    for number, cells in records:
        if len(cells) < width:
            missing = header.written[len(cells)]
            counts = {"cells": len(cells), "columns": width, "missing": missing}
            problems.append(problem("row_short", counts, row=number, column=missing or None))
            continue
        extra = [cell for cell in cells[width:] if cell.strip()]
        if extra:
            problems.append(problem("row_long", {"cells": len(cells), "columns": width}, row=number, value=extra[0]))
            continue
        row = {name: cells[at].strip() for at, name in kept}
        wrong = [] if checked else list(_control_characters(number, row))
        problems += wrong
        if not wrong:
            yield number, row


def _control_characters(number: int, row: dict[str, str]) -> Iterator[Problem]:
    for column, cell in row.items():
        found = _CONTROL.search(cell)
        if found:
            character = f"U+{ord(found[0]):04X}"
            yield problem("control", {"character": character}, row=number, column=column, value=cell)


def _canonical(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name).casefold()
