"""What a lead should look at in a circle, in sentences; who avoids whom is never said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from circles.draft import MILD
from circles.wording.attributes import alone_words
from circles.wording.words import Names, _, listed, named, ngettext, number

BROKEN = frozenset(f"broken_{rule}" for rule in ("size", "hours", "language", "manager", "avoid", "together", "kept"))


def grave_remarks(circle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The remarks that a lead should read: broken firm rules alone where there are any, else all but the mild ones."""
    broken = [remark for remark in circle["remarks"] if remark["code"].startswith("broken_")]
    return broken or [remark for remark in circle["remarks"] if remark["code"] not in MILD]


#: The firm rules, in the order they are said.
RULES = {
    "size": _l("size"),
    "hours": _l("weekly times in common"),
    "language": _l("a language in common"),
    "manager": _l("nobody with their manager"),
    "avoid": _l("wishes to avoid"),
    "together": _l("people who belong together"),
    "kept": _l("kept circles"),
}


def rule_words(circle: Mapping[str, Any]) -> str:
    """Which firm rules a circle keeps and which it breaks, in a sentence or two."""
    broken = {remark["code"].removeprefix("broken_") for remark in circle["remarks"] if remark["code"] in BROKEN}
    kept = listed([str(words) for rule, words in RULES.items() if rule not in broken])
    if not broken:
        return _("Every firm rule is kept: %(rules)s.", rules=kept)
    lost = listed([str(words) for rule, words in RULES.items() if rule in broken])
    return _("Not kept: %(broken)s. Kept: %(rules)s.", broken=lost, rules=kept)


def remark_words(remark: Mapping[str, Any], names: Names) -> str:
    """One remark about a circle in a sentence or two. Who avoids whom is never said."""
    code, values, people = remark["code"], remark["values"], remark["people"]
    if code.startswith("broken_"):
        return _broken(code.removeprefix("broken_"), values, people, names)
    if code == "no_host":
        return _("Nobody here is glad to host first.")
    if code == "hours":
        return _(
            "This time is comfortable for %(comfortable)s of %(people)s. It is not for %(names)s.",
            comfortable=number(values["comfortable"]),
            people=number(values["people"]),
            names=named(people, names),
        )
    if code == "met_before":
        return _(
            "%(met)s of %(pairs)s pairs were in a circle together before: %(names)s.",
            met=values["met"],
            pairs=values["pairs"],
            names=named(people, names),
        )
    if code == "few_shared":
        return _(
            "Only %(sharing)s of %(pairs)s pairs have a topic in common.",
            sharing=values["sharing"],
            pairs=values["pairs"],
        )
    if code == "wishes_unmet":
        return ngettext(
            "%(names)s asked for someone who is not in this circle.",
            "%(names)s each asked for someone who is not in this circle.",
            len(people),
            names=named(people, names),
        )
    if code == "alone":
        return alone_words(values["attribute"], people, names)
    if code == "no_spare_slot":
        return ngettext(
            "There is only the %(num)d weekly time it needs, so it can hardly move later.",
            "There are only the %(num)d weekly times it needs, so it can hardly move later.",
            values["slots"],
        )
    return _("This circle is worth a look.")


def _broken(rule: str, values: Mapping[str, Any], people: Sequence[str], names: Names) -> str:
    if rule == "size":
        return _(
            "A circle has %(smallest)s to %(largest)s people; this one has %(size)s.",
            smallest=values["smallest"],
            largest=values["largest"],
            size=values["size"],
        )
    if rule == "hours":
        return _(
            "Its people share %(windows)s weekly times, and %(needed)s are needed.",
            windows=values["windows"],
            needed=values["needed"],
        )
    if rule == "language":
        return _("Its people have no language in common.")
    if rule == "manager":
        return _("%(names)s are manager and report.", names=named(people, names))
    if rule == "avoid":
        return _("Someone here asked not to be with someone else here. Who it is stays private.")
    if rule == "together":
        return _("%(names)s asked to be in one circle and are not.", names=named(people, names))
    if rule == "kept":
        return _("%(names)s belong to circles that were to be kept.", names=named(people, names))
    return _("A firm rule is broken.")
