"""What a lock, a rule, a weight or a wish costs the whole match, in words; who avoids whom is never said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from circles.matching.candidates import Attribute
from circles.wording.attributes import attribute_name
from circles.wording.parts import PART_NAMES
from circles.wording.words import Names, _, named, ngettext


@dataclass(frozen=True, slots=True)
class CostLine:
    """One demand, what it costs in words, and whether that is worth a look."""

    demand: str
    cost: str
    measurable: bool


def cost_line(cost: Mapping[str, Any], names: Names, attributes: Sequence[Attribute] = ()) -> CostLine:
    """One cost as a page shows it."""
    return CostLine(_demand(cost, names, attributes), _cost(cost), bool(cost["measurable"]))


def _demand(cost: Mapping[str, Any], names: Names, attributes: Sequence[Attribute]) -> str:
    kind, code, values = cost["kind"], cost["code"], cost["values"]
    if kind == "lock":
        return _("%(circle)s stays as it is", circle=code)
    if kind == "kept":
        return _("People of %(circle)s stay together", circle=code)
    if kind == "together":
        return _("%(names)s in one circle", names=named(cost["people"], names))
    if kind == "avoid":
        return ngettext("%(num)d wish to avoid", "All %(num)d wishes to avoid", values["pairs"])
    if kind == "wish":
        return _("A wish of %(names)s", names=named(cost["people"], names))
    if kind == "weight":
        return _("“%(part)s” counts %(points)s points", part=_part(code, attributes), points=f"{values['weight']:g}")
    return _rule(code, values)


def _rule(code: str, values: Mapping[str, Any]) -> str:
    if code == "slots":
        return ngettext(
            "%(num)d weekly time in common rather than %(then)s",
            "%(num)d weekly times in common rather than %(then)s",
            values["now"],
            then=values["then"],
        )
    if code == "size_max":
        return _("At most %(now)s in a circle rather than %(then)s", now=values["now"], then=values["then"])
    if code == "size_min":
        return _("At least %(now)s in a circle rather than %(then)s", now=values["now"], then=values["then"])
    if code == "language":
        return _("A language in common")
    if code == "manager":
        return ngettext(
            "Nobody with their manager (%(num)d pair)", "Nobody with their manager (%(num)d pairs)", values["pairs"]
        )
    return _("A firm rule")


def _part(code: str, attributes: Sequence[Attribute]) -> str:
    own = {attribute.part: attribute_name(attribute.name) for attribute in attributes}
    return str(PART_NAMES.get(code) or own.get(code, code))


def _cost(cost: Mapping[str, Any]) -> str:
    if not cost["measurable"]:
        return _("no measurable cost")
    points = f"{max(0.0, cost['points']):.2f}"
    words = (
        _("%(points)s points of the whole score", points=points)
        if cost["exact"]
        else _("about %(points)s points of the whole score", points=points)
    )
    if cost["placed"] > 0:
        places = ngettext("a place for %(num)d more person", "places for %(num)d more people", cost["placed"])
        return _("%(points)s, and %(places)s", points=words, places=places)
    return words
