"""How the status and the frequency of a practice change are said to its member and counted in reports.

Words are English message ids: whoever shows them translates them. `N_` marks them for extraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


def N_(message: str) -> str:
    """Mark a message for extraction without translating it here."""
    return message


class Counted(StrEnum):
    """What a report counts a change as, in the order reports show them."""

    IN_USE = "in_use"
    IN_PART = "in_part"
    NOT_YET = "not_yet"
    LET_GO = "let_go"
    NO_ANSWER = "no_answer"


#: Message ids of the counted states.
COUNTED_WORDS: dict[Counted, str] = {
    Counted.IN_USE: N_("In use"),
    Counted.IN_PART: N_("In part"),
    Counted.NOT_YET: N_("Not yet"),
    Counted.LET_GO: N_("Let go"),
    Counted.NO_ANSWER: N_("No answer"),
}


@dataclass(frozen=True, slots=True)
class StatusWords:
    """One stored status: the message id its member reads, and what reports count it as (None: not counted)."""

    said: str
    counted: Counted | None


#: Stored → said → counted. A replaced change is not counted; the one that replaced it is.
STATUSES: dict[str, StatusWords] = {
    "planned": StatusWords(N_("Planned"), Counted.NOT_YET),
    "trying": StatusWords(N_("Trying"), Counted.NOT_YET),
    "partly": StatusWords(N_("In part"), Counted.IN_PART),
    "fully": StatusWords(N_("Part of how I work"), Counted.IN_USE),
    "dropped": StatusWords(N_("Let go"), Counted.LET_GO),
    "replaced": StatusWords(N_("Replaced"), None),
}

#: How often a person does a thing, 0 to 4.
FREQUENCIES: tuple[str, ...] = (N_("Not at all"), N_("Rarely"), N_("Sometimes"), N_("Often"), N_("Nearly always"))


def said(status: str) -> str:
    """The message id a member reads for a stored status. Raises ValueError for a status that does not exist."""
    return _words(status).said


def counted(status: str, *, awaits_answer: bool = False) -> Counted | None:
    """What reports count a stored status as; None when it is not counted.

    `awaits_answer`: the latest follow-up that is due has no answer, which outweighs the last status.
    """
    words = _words(status)
    if words.counted is None:
        return None
    return Counted.NO_ANSWER if awaits_answer else words.counted


def frequency_word(level: int) -> str:
    """The message id of a frequency from 0 to 4. Raises ValueError outside the scale."""
    if not 0 <= level < len(FREQUENCIES):
        raise ValueError(f"a frequency is 0 to {len(FREQUENCIES) - 1}, not {level}")
    return FREQUENCIES[level]


def _words(status: str) -> StatusWords:
    try:
        return STATUSES[status]
    except KeyError:
        raise ValueError(f"no status is called {status!r}") from None
