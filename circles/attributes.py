"""A cohort's own questions and how circles treat what people are and answer, as values (pure)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.errors import N_, InvalidInput
from circles.matching.candidates import OWN_FIELDS, Attribute

#: How circles may treat an attribute; "ignore" is stored by leaving it out.
RULES = ("mix", "alike", "not_alone")
IGNORE = "ignore"
MOST_QUESTIONS, MOST_CHOICES = 12, 20
LONGEST_TEXT, LONGEST_CHOICE = 200, 80
DEFAULT_WEIGHT = 10.0
_BETWEEN = re.compile(r"[;\n\r]+")


@dataclass(frozen=True, slots=True)
class Question:
    """Something a cohort asks of people, or (`asked` False) only knows from a people file, where any text may stand."""

    key: str
    text: str
    choices: tuple[str, ...] = ()
    asked: bool = True

    def stored(self) -> dict[str, Any]:
        """The question as a cohort stores it."""
        return {**asdict(self), "choices": list(self.choices)}


@dataclass(frozen=True, slots=True)
class Treated:
    """How one attribute is treated: a rule, and how much it counts in points."""

    rule: str
    weight: float = DEFAULT_WEIGHT


def questions_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """A cohort's questions from what it stores."""
    return tuple(
        Question(str(one["key"]), str(one["text"]), tuple(one.get("choices", ())), bool(one.get("asked", True)))
        for one in stored
    )


def treated_of(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Treated]:
    """How a cohort treats each attribute, from what it stores; what is ignored is missing."""
    return {
        key: Treated(str(one["rule"]), float(one.get("weight", DEFAULT_WEIGHT)))
        for key, one in stored.items()
        if one.get("rule") in RULES
    }


def attributes_for(questions: Iterable[Question], treated: Mapping[str, Treated]) -> tuple[Attribute, ...]:
    """What the engine is to treat: a person's own fields first, then questions in their order.

    An own field has its key as its name, for pages to put in words.
    """
    names = {key: key for key in OWN_FIELDS} | {question.key: question.text for question in questions}
    return tuple(
        Attribute(key, name, treated[key].rule, treated[key].weight)  # type: ignore[arg-type]
        for key, name in names.items()
        if key in treated
    )


def check_questions(questions: Sequence[Question]) -> None:
    """Raises InvalidInput naming the question that cannot be asked."""
    if len(questions) > MOST_QUESTIONS:
        raise InvalidInput(N_("Ask up to %(most)d questions."), field="questions", most=MOST_QUESTIONS)
    seen: set[str] = set()
    for question in questions:
        text = question.text.strip()
        if not text:
            raise InvalidInput(N_("Write the question that has these answers."), field="questions")
        short = text[:60]
        if len(text) > LONGEST_TEXT:
            raise InvalidInput(N_("Keep the question “%(text)s” shorter."), field="questions", text=short)
        if text.casefold() in seen:
            raise InvalidInput(N_("The question “%(text)s” stands twice."), field="questions", text=short)
        seen.add(text.casefold())
        if question.asked and not 2 <= len(question.choices) <= MOST_CHOICES:
            raise InvalidInput(
                N_("Give “%(text)s” 2 to %(most)d answers, separated by semicolons."),
                field="questions",
                text=short,
                most=MOST_CHOICES,
            )
        if any(len(choice) > LONGEST_CHOICE for choice in question.choices):
            raise InvalidInput(N_("Keep each answer to “%(text)s” shorter."), field="questions", text=short)


def split_choices(text: str) -> tuple[str, ...]:
    """Answers to choose from, separated by semicolons or lines, each once."""
    pieces = (" ".join(piece.split()) for piece in _BETWEEN.split(text))
    return tuple({piece.casefold(): piece for piece in reversed([one for one in pieces if one])}.values())[::-1]


def new_key() -> str:
    """The key of a new question."""
    return secrets.token_hex(4)


def column_question(name: str, questions: Iterable[Question]) -> Question:
    """The question that a column of a people file answers: one with that text, else a new one that nobody is asked."""
    wanted = _folded(name)
    for question in questions:
        if _folded(question.text) == wanted:
            return question
    return Question(new_key(), " ".join(name.split())[:LONGEST_TEXT], (), asked=False)


def answer_to(question: Question, text: str) -> str:
    """An answer as it is kept: the choice it matches whatever its case, else the text itself, cut."""
    plain = " ".join(text.replace("\x00", "").split())
    for choice in question.choices:
        if _folded(choice) == _folded(plain):
            return choice
    return plain[:LONGEST_CHOICE]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
