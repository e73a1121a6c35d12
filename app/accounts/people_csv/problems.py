"""Problems found in a CSV file, as message ids with values, to be put in words at the edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.errors import N_

#: Every message about a people file by its code; `value` is the text in question, shortened.
MESSAGES: Mapping[str, str] = {
    "empty": N_("The file is empty."),
    "too_large": N_("The file is larger than %(limit)s MB, the most that can be read at once."),
    "too_many_rows": N_("The file has more than %(limit)s rows, the most that can be read at once. Split it."),
    "not_csv": N_("This is a spreadsheet file, not CSV. Save it as “CSV UTF-8” and try again."),
    "utf16": N_("The file is written in UTF-16. Save it as “CSV UTF-8” and try again."),
    "not_utf8": N_(
        "The file is not UTF-8: it holds the byte %(byte)s here, after “%(value)s”. "
        "Save it as “CSV UTF-8” and try again."
    ),
    "quotes": N_(
        "The quotation marks in this row do not pair up, so the file cannot be read from here on. "
        "Inside a cell, write a quotation mark twice."
    ),
    "cell_too_long": N_(
        "A cell of this row has more than %(limit)s characters, so the file cannot be read from here on. "
        "A closing quotation mark may be missing."
    ),
    "no_header": N_("The first row must name the columns, at least %(columns)s. It begins with “%(value)s”."),
    "missing_column": N_("The column “%(value)s” is missing from the first row."),
    "duplicate_column": N_("The column “%(value)s” is there more than once: at positions %(positions)s."),
    "unknown_column": N_("The column “%(value)s” is not known and is left out."),
    "unknown_column_like": N_("The column “%(value)s” is not known and is left out. Did you mean “%(suggestion)s”?"),
    "unnamed_column": N_("Column %(position)s has no name and is left out."),
    "too_many_columns": N_("The first row names %(columns)s columns; at most %(limit)s can be read."),
    "no_rows": N_("There are no rows below the column names."),
    "row_short": N_("This row ends before “%(missing)s”: it has %(cells)s of %(columns)s cells."),
    "row_long": N_(
        "This row has %(cells)s cells where the first row names %(columns)s; “%(value)s” is one too many. "
        "A cell that contains the separator needs quotation marks around it."
    ),
    "control": N_("This cell holds the control character %(character)s, which is not text."),
    "required": N_("This cell must not be empty."),
    "too_long": N_("“%(value)s” has %(length)s characters; at most %(limit)s fit."),
    "email": N_("“%(value)s” is not an e-mail address that can receive mail."),
    "duplicate_email": N_("“%(value)s” is there more than once: also in row %(rows)s."),
    "duplicate_external_id": N_("“%(value)s” is there more than once: also in row %(rows)s."),
    "own_manager": N_("“%(value)s” is the person's own address; a manager is somebody else."),
    "own_address": N_("“%(value)s” is the person's own address and is left out."),
    "zone": N_("“%(value)s” is not a time zone. Write it like Europe/Berlin."),
    "zone_like": N_("“%(value)s” is not a time zone. Did you mean %(suggestion)s?"),
    "yes_no": N_("“%(value)s” is neither yes nor no."),
    "locale": N_("“%(value)s” is not a language of pages. Write it like en or pt-BR."),
    "language": N_("“%(value)s” is not a language. Write codes like en, de or pt, separated by semicolons."),
    "language_like": N_("“%(value)s” is not a language. Did you mean %(suggestion)s?"),
}

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file. `row` counts as a spreadsheet does, the column names being row 1.

    `row` and `column` are None where the whole file or the whole row is meant. `text` is a gettext id that `params`
    fill; `value` is the cell as written. A `warning` leaves the row usable, anything else does not.
    """

    row: int | None
    column: str | None
    code: str
    text: str
    params: Mapping[str, object]
    value: str = ""
    warning: bool = False

    def message(self, translate: Callable[[str], str] = str) -> str:
        """The problem in words, in the language of `translate`."""
        return translate(self.text) % self.params

    def line(self, file: str, translate: Callable[[str], str] = str) -> str:
        """The problem as "file:row: column: words", as compilers write it."""
        place = f"{file}:{self.row}" if self.row else file
        column = f" {self.column}:" if self.column else ""
        return f"{place}:{column} {self.message(translate)}"


def problem(
    code: str,
    params: Mapping[str, object] | None = None,
    *,
    row: int | None = None,
    column: str | None = None,
    value: str = "",
    warning: bool = False,
    messages: Mapping[str, str] = MESSAGES,
) -> Problem:
    """A problem worded by its code in `messages`, the value in question shortened for showing."""
    return Problem(row, column, code, messages[code], {**(params or {}), "value": shown(value)}, value, warning)


def shown(value: str) -> str:
    """A cell on one line, at most 60 characters, control characters written as escapes."""
    line = " ".join(value.split())
    clipped = line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in clipped
    )


def counted(number: int) -> str:
    """A whole number with its thousands apart: 20,000."""
    return f"{number:,}"


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Problems by row, those of the whole file first."""
    return tuple(sorted(problems, key=lambda one: one.row or 0))
