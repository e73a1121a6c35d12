"""Reading people files: every way they come, and every way they can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.people_csv import COLUMNS, MAX_ROWS, MESSAGES, PeopleFile, read_people

HEADER = "email,name"


def read(*lines: str, end: str = "\n") -> PeopleFile:
    """A people file of these lines."""
    return read_people(end.join((*lines, "")).encode())


def lines_of(people: PeopleFile) -> list[str]:
    """Its problems as a terminal shows them."""
    return [one.line("people.csv") for one in people.problems]


def place_and_code(people: PeopleFile) -> list[tuple[int | None, str | None, str]]:
    """Where its problems are and which they are."""
    return [(one.row, one.column, one.code) for one in people.problems]


def test_every_column_is_read() -> None:
    cells = {
        "email": "Ana@EXAMPLE.org",
        "name": "Ana  Sousa",
        "timezone": "europe/lisbon",
        "available": "Mon 09:00-12:00",
        "preferred": "Mon 10:00-11:00",
        "languages": "PT-br;English",
        "topics": "Focus; focus ;Feedback",
        "department": "HR",
        "location": "Lisbon",
        "level": "senior",
        "manager_email": "Boss@example.org",
        "facilitator": "Yes",
        "together": "b@example.org, C@example.org",
        "avoid": "d@example.org",
        "wishes": "e@example.org;e@example.org",
        "circle": "Oak",
        "external_id": "0042",
        "job_title": "Recruiter",
        "pronouns": "she/her",
        "locale": "pt-br",
        "active": "TRUE",
    }
    quoted = ",".join(f'"{cell}"' for cell in cells.values())
    people = read(",".join(cells), quoted)
    assert people.problems == ()
    assert people.columns == COLUMNS
    (row,) = people.rows
    assert (row.number, row.email, row.key, row.name) == (2, "Ana@example.org", "ana@example.org", "Ana Sousa")
    assert (row.timezone, row.locale, row.active, row.facilitator) == ("Europe/Lisbon", "pt-BR", True, True)
    assert (row.languages, row.topics) == (("pt", "en"), ("Focus", "Feedback"))
    assert (row.together, row.avoid) == (("b@example.org", "c@example.org"), ("d@example.org",))
    assert (row.wishes, row.manager_email) == (("e@example.org",), "boss@example.org")
    assert (row.available, row.preferred) == ("Mon 09:00-12:00", "Mon 10:00-11:00")
    assert (row.department, row.location, row.level, row.circle) == ("HR", "Lisbon", "senior", "Oak")
    assert (row.external_id, row.job_title, row.pronouns) == ("0042", "Recruiter", "she/her")
    assert row.values == cells


def test_a_missing_column_differs_from_an_empty_cell() -> None:
    (row,) = read("email,name,department,active", "a@example.org,Ana,,").rows
    assert row.has("department")
    assert row.department == ""
    assert not row.has("location")
    assert (row.active, row.timezone, row.locale) == (None, None, None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_separators_line_ends_and_bom(delimiter: str, end: str, bom: bytes) -> None:
    rows = [
        ["E-Mail", " Time Zone ", "NAME"],
        ["a@example.org", "UTC", "Zoë"],
        ["", "", ""],
        ["b@example.org", "", "Bo"],
    ]
    people = read_people(bom + end.join(delimiter.join(row) for row in rows).encode())
    assert people.problems == ()
    assert people.delimiter == delimiter
    assert people.columns == ("email", "timezone", "name")
    assert [(row.number, row.name) for row in people.rows] == [(2, "Zoë"), (4, "Bo")]


def test_the_separator_is_told_by_the_column_names_not_by_counting() -> None:
    people = read('email;name;"topics"', "a@example.org;Ana;", 'b@example.org;"Bo, Jr.";"x;y"')
    assert people.problems == ()
    assert [row.name for row in people.rows] == ["Ana", "Bo, Jr."]
    assert people.rows[1].topics == ("x", "y")


def test_the_first_line_of_a_spreadsheet_may_name_the_separator() -> None:
    people = read("sep=;", "email;name", "a@example.org;Ana", "b@example;Bo")
    assert [row.number for row in people.rows] == [3]
    assert place_and_code(people) == [(4, "email", "email")]


def test_quoted_line_ends_count_as_one_row() -> None:
    people = read(HEADER + ",topics", 'a@example.org,"Ana\r\nSousa","focus\nfeedback"', "b@example,Bo,")
    assert people.rows[0].name == "Ana Sousa"
    assert people.rows[0].topics == ("focus", "feedback")
    assert place_and_code(people) == [(3, "email", "email")]


def test_blank_columns_after_the_last_name_are_ignored() -> None:
    people = read("email,name,,", "a@example.org,Ana,,", "b@example.org,Bo")
    assert people.problems == ()
    assert people.count == len(people.rows) == 2


UNREADABLE = {
    "empty": (b"", "people.csv: The file is empty."),
    "only separators": (b",,,\n,\n", "people.csv: The file is empty."),
    "too many columns": (
        b"email,name" + b",x" * 999 + b"\n",
        "people.csv:1: The first row names 1,001 columns; at most 200 can be read.",
    ),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", "people.csv: The file is empty."),
    "utf-16": (
        "email,name\na@example.org,Ana\n".encode("utf-16"),
        "people.csv:1: The file is written in UTF-16. Save it as “CSV UTF-8” and try again.",
    ),
    "utf-16 without BOM": (
        "email,name\na@example.org,Ana\n".encode("utf-16-le"),
        "people.csv:1: The file is written in UTF-16. Save it as “CSV UTF-8” and try again.",
    ),
    "latin-1": (
        "email,name,level\na@example.org,Ana,x\nb@example.org,Zoë,x\n".encode("latin-1"),
        "people.csv:3: name: The file is not UTF-8: it holds the byte 0xEB here, after “Zo”. "
        "Save it as “CSV UTF-8” and try again.",
    ),
    "spreadsheet": (
        b"PK\x03\x04\x14\x00",
        "people.csv: This is a spreadsheet file, not CSV. Save it as “CSV UTF-8” and try again.",
    ),
    "no column names": (
        b"a@example.org,Ana\nb@example.org,Bo\n",
        "people.csv:1: The first row must name the columns, at least email and name. It begins with “a@example.org”.",
    ),
    "missing column": (
        b"email,level\na@example.org,x\n",
        "people.csv:1: name: The column “name” is missing from the first row.",
    ),
    "duplicate column": (
        b"email,name,E-mail\na@example.org,Ana,b@example.org\n",
        "people.csv:1: email: The column “email” is there more than once: at positions 1, 3.",
    ),
    "no rows": (b"email,name\n\n,\n", "people.csv: There are no rows below the column names."),
    "open quote": (
        b'email,name\na@example.org,Ana\nb@example.org,"Bo\nc@example.org,Cy\n',
        "people.csv:3: The quotation marks in this row do not pair up, so the file cannot be read from here on. "
        "Inside a cell, write a quotation mark twice.",
    ),
    "text after a quote": (
        b'email,name\na@example.org,"Ana" Sousa\n',
        "people.csv:2: The quotation marks in this row do not pair up, so the file cannot be read from here on. "
        "Inside a cell, write a quotation mark twice.",
    ),
    "endless cell": (
        b'email,name\na@example.org,"' + b"x" * 200_000 + b'"\n',
        "people.csv:2: A cell of this row has more than 131,072 characters, so the file cannot be read from here on. "
        "A closing quotation mark may be missing.",
    ),
}


@pytest.mark.parametrize(("content", "line"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_says_why(content: bytes, line: str) -> None:
    people = read_people(content)
    assert lines_of(people) == [line]
    assert not people.readable
    assert people.rows == ()
    assert people.errors


BAD_ROWS = {
    "short": (
        "a@example.org",
        "people.csv:2: name: This row ends before “name”: it has 1 of 3 cells.",
    ),
    "long": (
        "a@example.org,Ana,,Sousa",
        "people.csv:2: This row has 4 cells where the first row names 3; “Sousa” is one too many. "
        "A cell that contains the separator needs quotation marks around it.",
    ),
    "no address": (",Ana,", "people.csv:2: email: This cell must not be empty."),
    "no name": ("a@example.org,  ,", "people.csv:2: name: This cell must not be empty."),
    "not an address": (
        "ana(at)example.org,Ana,",
        "people.csv:2: email: “ana(at)example.org” is not an e-mail address that can receive mail.",
    ),
    "NUL": (
        "a@example.org,A\0na,",
        "people.csv:2: name: This cell holds the control character U+0000, which is not text.",
    ),
    "bell": (
        "a@example.org,A\x07na,",
        "people.csv:2: name: This cell holds the control character U+0007, which is not text.",
    ),
    "long name": (
        "a@example.org," + "n" * 201 + ",",
        f"people.csv:2: name: “{'n' * 59}…” has 201 characters; at most 200 fit.",
    ),
}


@pytest.mark.parametrize(("row", "line"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_named_and_the_others_stay(row: str, line: str) -> None:
    people = read(HEADER + ",level", row, "good@example.org,Good,")
    assert lines_of(people) == [line]
    assert [one.number for one in people.rows] == [3]
    assert people.readable
    assert people.count == 2


BAD_CELLS = {
    "zone by place": ("timezone", "Berlin", "“Berlin” is not a time zone. Did you mean Europe/Berlin?"),
    "zone misspelt": ("timezone", "Europe/Berlim", "“Europe/Berlim” is not a time zone. Did you mean Europe/Berlin?"),
    "zone of Windows": (
        "timezone",
        "W. Europe Standard Time",
        "“W. Europe Standard Time” is not a time zone. Did you mean Europe/Berlin?",
    ),
    "zone unknown": ("timezone", "???", "“???” is not a time zone. Write it like Europe/Berlin."),
    "yes or no": ("facilitator", "perhaps", "“perhaps” is neither yes nor no."),
    "active": ("active", "left", "“left” is neither yes nor no."),
    "locale": ("locale", "klingon-1", "“klingon-1” is not a language of pages. Write it like en or pt-BR."),
    "language misspelt": ("languages", "en;Germn", "“Germn” is not a language. Did you mean de (German)?"),
    "language unknown": (
        "languages",
        "xq1",
        "“xq1” is not a language. Write codes like en, de or pt, separated by semicolons.",
    ),
    "manager": ("manager_email", "the boss", "“the boss” is not an e-mail address that can receive mail."),
    "own manager": (
        "manager_email",
        "A@example.org",
        "“a@example.org” is the person's own address; a manager is somebody else.",
    ),
    "together": ("together", "b@example.org;bo", "“bo” is not an e-mail address that can receive mail."),
    "topic": ("topics", "ok;" + "t" * 81, f"“{'t' * 59}…” has 81 characters; at most 80 fit."),
}


@pytest.mark.parametrize(("column", "cell", "words"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_bad_cell_is_named(column: str, cell: str, words: str) -> None:
    people = read(f"{HEADER},{column}", f"a@example.org,Ana,{cell}")
    assert lines_of(people) == [f"people.csv:2: {column}: {words}"]
    assert people.rows == ()
    assert people.problems[0].row == 2


def test_duplicates_name_both_rows_and_keep_neither() -> None:
    people = read(HEADER, "a@example.org,Ana", "b@example.org,Bo", "A@Example.org,Anna")
    assert lines_of(people) == [
        "people.csv:2: email: “a@example.org” is there more than once: also in row 4.",
        "people.csv:4: email: “a@example.org” is there more than once: also in row 2.",
    ]
    assert [row.name for row in people.rows] == ["Bo"]


def test_an_external_id_belongs_to_one_row() -> None:
    people = read(
        HEADER + ",external_id", "a@example.org,Ana,7", "b@example.org,Bo,7", "c@example.org,Cy,", "d@example.org,Di,"
    )
    assert place_and_code(people) == [
        (2, "external_id", "duplicate_external_id"),
        (3, "external_id", "duplicate_external_id"),
    ]
    assert [row.name for row in people.rows] == ["Cy", "Di"]


def test_unknown_columns_are_named_and_left_out() -> None:
    people = read("email,name,shoe size,departmnt,,level", "a@example.org,Ana,38,HR,?,senior")
    assert lines_of(people) == [
        "people.csv:1: shoe size: The column “shoe size” is not known and is left out.",
        "people.csv:1: departmnt: The column “departmnt” is not known and is left out. Did you mean “department”?",
        "people.csv:1: Column 5 has no name and is left out.",
    ]
    assert people.unknown_columns == ("shoe size", "departmnt")
    assert people.errors == ()
    assert people.rows[0].level == "senior"


def test_own_address_among_others_is_left_out() -> None:
    people = read(HEADER + ",wishes", "a@example.org,Ana,A@example.org;b@example.org")
    assert place_and_code(people) == [(2, "wishes", "own_address")]
    assert people.rows[0].wishes == ("b@example.org",)


def test_limits_are_named() -> None:
    content = b"email,name\n" + b"".join(b"p%d@example.org,P\n" % number for number in range(MAX_ROWS + 1))
    assert lines_of(read_people(content)) == [
        "people.csv: The file has more than 20,000 rows, the most that can be read at once. Split it."
    ]
    assert len(read_people(content, max_rows=MAX_ROWS + 1).rows) == MAX_ROWS + 1


def test_a_file_too_large_is_not_even_looked_at() -> None:
    assert lines_of(read_people(b"email,name\n" + b"\xff" * 2_000_000, max_bytes=2_000_000)) == [
        "people.csv: The file is larger than 2 MB, the most that can be read at once."
    ]


def test_problems_come_in_the_order_of_rows() -> None:
    people = read(HEADER + ",facilitator", "a@example.org,Ana,x", "b@example.org,Bo,x", "A@example.org,Ana,no")
    assert [one.row for one in people.problems] == [2, 2, 3, 4]


def test_messages_can_be_put_in_another_language() -> None:
    (problem,) = read(HEADER, "ana,Ana").problems
    said = {MESSAGES["email"]: "»%(value)s« ist keine Adresse."}
    assert problem.message(said.__getitem__) == "»ana« ist keine Adresse."
    assert problem.value == "ana"


def test_addresses_of_bad_rows_are_known() -> None:
    people = read(HEADER, "a@example.org,", "b@example.org,Bo")
    assert people.addresses == {"a@example.org": 2, "b@example.org": 3}


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(("a@example.org", "yes", "Europe/Berlin", "en_US.UTF-8", "pt-BR", "_", '"', "x;y", "\0", "=1")),
)


@given(st.lists(st.lists(CELLS, min_size=20, max_size=22), max_size=6), st.sampled_from((",", ";", "\t")))
@settings(max_examples=150, deadline=None)
def test_no_cells_make_reading_fail(rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in [list(COLUMNS), *rows])
    people = read_people(text.encode("utf-8", "surrogatepass"))
    assert people.readable or people.errors
    good = {row.number for row in people.rows}
    assert good.isdisjoint(one.row for one in people.errors)
    assert all(one.line("people.csv") for one in people.problems)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_reading_fail(content: bytes) -> None:
    people = read_people(content)
    assert people.errors or people.rows
    assert all(one.line("people.csv") for one in people.problems)
