"""What circles have of a cohort's own attributes, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from circles.matching.candidates import Attribute
from circles.wording.words import Names, _, named, ngettext

OWN_NAMES = {"department": _l("Department"), "location": _l("Place"), "level": _l("Level")}


def attribute_name(key_or_text: str) -> str:
    """What an attribute is called: a person's own field in the reader's language, a question as it was written."""
    return str(OWN_NAMES.get(key_or_text, key_or_text))


def attribute_phrase(attribute: Attribute, fact: Mapping[str, Any], names: Names) -> str:
    """How a circle stands to one attribute, from the fact that the engine gave."""
    values, people = fact["values"], fact["people"]
    phrases = {"mix": _mixed, "alike": _alike, "not_alone": _not_alone}
    words = phrases[attribute.treat](values, people, names) if values["said"] else _("nobody says")
    if values["said"] and values["blank"]:
        return _(
            "%(words)s; %(blank)s",
            words=words,
            blank=ngettext("%(num)d says none", "%(num)d say none", values["blank"]),
        )
    return words


def alone_words(attribute: str, people: Sequence[str], names: Names) -> str:
    """Who is the only one with an answer where nobody should be."""
    return ngettext(
        "%(names)s is the only one here with this answer to “%(question)s”.",
        "%(names)s each are the only one here with their answer to “%(question)s”.",
        len(people),
        names=named(people, names),
        question=attribute_name(attribute),
    )


def _mixed(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    if values["different"] == values["said"]:
        return _("all different")
    return ngettext(
        "%(num)d answer among %(said)s", "%(num)d answers among %(said)s", values["different"], said=values["said"]
    )


def _alike(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    counts = {key[1:]: count for key, count in values.items() if key.startswith("=")}
    most = max(counts, key=lambda answer: counts[answer])
    if len(counts) == 1:
        return _("all the same: %(answer)s", answer=most)
    return _("%(some)s of %(all)s say %(answer)s", some=counts[most], all=values["said"], answer=most)


def _not_alone(values: Mapping[str, int], people: Sequence[str], names: Names) -> str:
    if not people:
        return _("nobody alone")
    return _("alone: %(names)s", names=named(people, names))
