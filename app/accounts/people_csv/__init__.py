"""Reads people files: bytes in, people and problems with row and column out."""

from app.accounts.people_csv.people import COLUMNS, MAX_BYTES, MAX_ROWS, PeopleFile, PersonRow, read_people
from app.accounts.people_csv.problems import MESSAGES, Problem, counted
from app.accounts.people_csv.table import Table, read_table
from app.accounts.people_csv.values import BadCell, address

__all__ = [
    "COLUMNS",
    "MAX_BYTES",
    "MAX_ROWS",
    "MESSAGES",
    "BadCell",
    "PeopleFile",
    "PersonRow",
    "Problem",
    "Table",
    "address",
    "counted",
    "read_people",
    "read_table",
]
