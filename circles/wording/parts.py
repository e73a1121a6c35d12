"""The score of a circle and of a draft, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from circles.draft import LOW
from circles.matching import PARTS
from circles.matching.candidates import Attribute
from circles.wording.attributes import attribute_name, attribute_phrase
from circles.wording.words import Names, _, named, ngettext, number

PART_NAMES = {
    "diversity": _l("Mix of people"),
    "goals": _l("Shared goals"),
    "novelty": _l("New faces"),
    "facilitator": _l("A host among them"),
    "hours": _l("Comfortable hours"),
    "wishes": _l("Wishes"),
    "size": _l("Size"),
}


#: Remarks that one score part explains: its phrase is set in the colour of attention.
PART_OF_REMARK = {
    "no_host": "facilitator",
    "hours": "hours",
    "met_before": "novelty",
    "few_shared": "goals",
    "wishes_unmet": "wishes",
    "broken_size": "size",
}


@dataclass(frozen=True, slots=True)
class PartLine:
    """One score part as a page shows it: name, value from 0 to 1, a phrase, and whether a remark is about it."""

    name: str
    value: float
    phrase: str
    attention: bool


def part_lines(circle: Mapping[str, Any], names: Names, attributes: Sequence[Attribute] = ()) -> list[PartLine]:
    """The score parts of one circle of a draft: the seven that every match has, and the cohort's own attributes."""
    causes = {PART_OF_REMARK.get(remark["code"], "") for remark in circle["remarks"]}
    lines = []
    for part in PARTS:
        fact = circle["facts"].get(part)
        if fact is not None:
            phrase = _PHRASES[part](fact["values"], fact["people"], names)
            lines.append(PartLine(str(PART_NAMES[part]), circle["parts"].get(part, 0.0), phrase, part in causes))
    alone = {remark["values"].get("attribute") for remark in circle["remarks"] if remark["code"] == "alone"}
    for attribute in attributes:
        fact = circle["facts"].get(attribute.part)
        if fact is not None:
            phrase = attribute_phrase(attribute, fact, names)
            value = circle["parts"].get(attribute.part, 0.0)
            lines.append(PartLine(attribute_name(attribute.name), value, phrase, attribute.name in alone))
    return lines


def score_word(score: float) -> str:
    """A circle's score in one word."""
    if score >= 70:
        return _("good")
    return _("fair") if score >= LOW else _("low")


def bound_words(score: float, bound: float | None, kind: str | None) -> str:
    """How near a score is to the best possible, under the score itself; empty when nothing is known."""
    if not bound or not kind:
        return ""
    gap = max(0.0, (bound - score) / bound * 100)
    if kind == "estimate":
        if gap < 0.05:
            return _("as good as our estimate of the best possible")
        return _("about %(gap)s %% below our estimate of the best possible", gap=f"{gap:.1f}")
    if gap < 0.05:
        return _("this is the best possible")
    return _("within %(gap)s %% of the best possible", gap=f"{gap:.1f}")


def weakest_words(weakest: float | None) -> str:
    """How the weakest circle scores, for a match that raises it first; empty without circles."""
    return "" if weakest is None else _("the weakest circle scores %(score)s", score=f"{weakest:.1f}")


def bound_meaning(bound: float | None, kind: str | None) -> str:
    """What the figure under the score means, in a sentence."""
    if not bound or not kind:
        return _("How far the best possible is above it is not known.")
    if kind == "estimate":
        return _(
            "The best possible is estimated at %(bound)s, from what is proved of parts of this cohort.",
            bound=f"{bound:.1f}",
        )
    return _("No other way of forming the circles can score above %(bound)s.", bound=f"{bound:.1f}")


def _diversity(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    departments = ngettext("%(num)d department", "%(num)d departments", values["departments"])
    places = ngettext("%(num)d place", "%(num)d places", values["places"])
    return _("%(departments)s, %(places)s", departments=departments, places=places)


def _goals(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    pairs, sharing = values["pairs"], values["sharing"]
    if sharing == pairs:
        return _("every pair shares one")
    if not sharing:
        return _("no pair shares one")
    if sharing * 2 > pairs:
        return _("most pairs share one")
    return _("%(sharing)s of %(pairs)s pairs share one", sharing=sharing, pairs=pairs)


def _novelty(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    if values["new"] == values["pairs"]:
        return _("nobody has met before")
    return _("%(new)s of %(pairs)s pairs are new", new=values["new"], pairs=values["pairs"])


def _facilitator(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    if not values["hosts"]:
        return _("nobody yet")
    if values["hosts"] > 2:
        return _("%(name)s and %(more)s more", name=named(people[:1], names), more=number(values["hosts"] - 1))
    return named(people, names)


def _hours(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    comfortable, everyone = values["comfortable"], values["people"]
    if comfortable == everyone:
        return _("all %(people)s", people=number(everyone))
    return _("%(some)s of %(all)s", some=number(comfortable), all=number(everyone))


def _wishes(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    if not values["asked"]:
        return _("none asked")
    return _("%(met)s of %(asked)s met", met=number(values["met"]), asked=number(values["asked"]))


def _size(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    size, difference = values["size"], values["size"] - values["target"]
    if not difference:
        return _("%(size)s, as wanted", size=size)
    if difference < 0:
        return _("%(size)s, %(fewer)s fewer than wanted", size=size, fewer=number(-difference))
    return _("%(size)s, %(more)s more than wanted", size=size, more=number(difference))


_PHRASES = {
    "diversity": _diversity,
    "goals": _goals,
    "novelty": _novelty,
    "facilitator": _facilitator,
    "hours": _hours,
    "wishes": _wishes,
    "size": _size,
}
