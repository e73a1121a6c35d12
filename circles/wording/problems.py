"""What contradicts itself in people's answers, in sentences with the people concerned; who avoids whom is not said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from circles.wording.reasons import reason_words
from circles.wording.words import Names, _, language_names, named, ngettext


def problem_words(problem: Mapping[str, Any], names: Names) -> str:
    """One contradiction, and what it means for the people concerned."""
    code, people = problem["code"], [key for key in problem["people"] if key]
    if code == "lonely_language":
        return _(
            "%(names)s: nobody else speaks %(languages)s.",
            names=named(people, names),
            languages=language_names(problem["values"]["languages"]),
        )
    if code == "lock_broken":
        return _("%(circle)s is kept as it is and breaks a firm rule.", circle=problem["values"]["circle"])
    if code == "group_avoid":
        return ngettext(
            "%(num)d person who belongs together with others cannot be with all of them.",
            "%(num)d people who belong together cannot all be in one circle.",
            len(people),
        )
    reason = reason_words({"code": code, "values": problem["values"], "people": (), "enrollment": ""}, names)
    if code == "too_few_people" or not people:
        return reason
    return _("%(names)s: %(reason)s", names=named(people, names), reason=reason)
