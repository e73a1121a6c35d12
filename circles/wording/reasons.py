"""Why someone has no circle and what would help, in sentences; who avoids whom is never said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from circles.wording.words import PARTS_OF_DAY, Names, _, language_names, listed, named, ngettext, weekday

_REASONS = {
    "by_hand": _l("You took this person out of a circle."),
    "excluded": _l("You left this person out of the search."),
    "unknown_zone": _l("The time zone %(zone)s is not known."),
    "no_hours": _l("No hours are marked."),
    "no_language": _l("No language is chosen."),
    "group_too_large": _l("%(size)s people belong together, and a circle has at most %(largest)s."),
    "group_kept_apart": _l("People who belong together are in different kept circles."),
    "group_manager": _l("People who belong together are manager and report."),
    "group_incomplete": _l("Belongs together with someone who cannot be placed."),
    "group_locked": _l("Belongs together with someone who stays in %(circle)s."),
    "group_avoid": _l("People who belong together cannot all be in one circle."),
    "group_language": _l("People who belong together have no language in common."),
    "no_people": _l("No circle could be formed; one needs %(needed)s people who can meet."),
    "language": _l("Speaks %(languages)s. No circle with room shares that."),
    "hours": _l("Free %(hours)s hours a week. No circle shares %(needed)s times with them."),
    "pairs": _l("Every circle whose times suit has someone they cannot be with."),
    "room": _l("Every circle that suits is full."),
    "group_room": _l("No circle that suits has room for all who belong together."),
}


def reason_words(entry: Mapping[str, Any], names: Names) -> str:
    """Why someone has no circle, in a sentence. Who avoids whom is never said."""
    code, values = entry["code"], dict(entry["values"])
    if code == "hours":
        values["hours"] = f"{float(values['hours']):g}"
    if code == "language":
        values["languages"] = language_names(values["languages"])
    words = _counted_reason(code, values) or str(str(_REASONS.get(code, _l("No circle suits."))) % values)
    others = [person for person in entry.get("people", ()) if person != entry["enrollment"]]
    if others and code.startswith("group_") and code != "group_avoid":
        return _("%(reason)s It concerns %(names)s too.", reason=words, names=named(others, names))
    return words


def _counted_reason(code: str, values: Mapping[str, Any]) -> str:
    """Reasons whose words depend on a count."""
    if code == "too_few_people":
        return ngettext(
            "There is %(num)d person, and a circle needs %(needed)s.",
            "There are %(num)d people, and a circle needs %(needed)s.",
            values["people"],
            needed=values["needed"],
        )
    if code == "few_hours":
        return ngettext(
            "The hours marked hold %(num)d weekly time, and a circle needs %(needed)s.",
            "The hours marked hold %(num)d weekly times, and a circle needs %(needed)s.",
            values["windows"],
            needed=values["needed"],
        )
    if code == "group_hours":
        return ngettext(
            "People who belong together share %(num)d weekly time, and a circle needs %(needed)s.",
            "People who belong together share %(num)d weekly times, and a circle needs %(needed)s.",
            values["windows"],
            needed=values["needed"],
        )
    return ""


def change_words(entry: Mapping[str, Any]) -> str:
    """The smallest change that would give someone a circle, in a sentence; empty when none is known."""
    change = entry.get("change")
    if not change:
        return ""
    code, values = change["code"], change["values"]
    if code == "speak":
        return _(
            "%(circle)s has a place for someone who speaks %(language)s.",
            circle=values["circle"],
            language=language_names(values["language"]),
        )
    if code == "larger_circle":
        return _("%(circle)s would suit if it could have %(size)s people.", **values)
    if code == "add_hours":
        spells: list[str] = []
        while f"day{len(spells)}" in values:
            index = len(spells)
            part = PARTS_OF_DAY.get(values[f"part{index}"], values[f"part{index}"])
            spells.append(_("%(day)s %(part)s", day=weekday(int(values[f"day{index}"])), part=part))
        where = {"circle": values["circle"], "times": listed(spells)}
        if values["half_hours"] == 2:
            return _("One more hour would open a place in %(circle)s: %(times)s.", **where)
        hours = f"{float(values['half_hours']) / 2:g}"
        return _("%(hours)s more hours would open a place in %(circle)s: %(times)s.", hours=hours, **where)
    return ""
