"""Puts the facts and codes of the matching engine into sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flask_babel
from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from app.i18n import place_of
from circles.matching import PARTS

#: Names by enrollment id; who is missing there is spoken of as "someone".
Names = Mapping[str, str]

PART_NAMES = {
    "diversity": _l("Mix of people"),
    "goals": _l("Shared goals"),
    "novelty": _l("New faces"),
    "facilitator": _l("A host among them"),
    "hours": _l("Comfortable hours"),
    "wishes": _l("Wishes"),
    "size": _l("Size"),
}
NUMBERS = (
    _l("none"),
    _l("one"),
    _l("two"),
    _l("three"),
    _l("four"),
    _l("five"),
    _l("six"),
    _l("seven"),
    _l("eight"),
    _l("nine"),
    _l("ten"),
    _l("eleven"),
    _l("twelve"),
)
#: Remarks that one score part explains: its phrase is set in the colour of attention.
PART_OF_REMARK = {
    "no_host": "facilitator",
    "hours": "hours",
    "met_before": "novelty",
    "few_shared": "goals",
    "wishes_unmet": "wishes",
    "broken_size": "size",
}
#: Remarks that a score part or the time says already: they are no reason to look at a circle.
MILD = frozenset({"no_spare_slot", "wishes_unmet"})
#: Below this score a circle is worth a look whatever is remarked.
LOW = 50
PARTS_OF_DAY = {"morning": _l("morning"), "afternoon": _l("afternoon"), "evening": _l("evening")}


def _(message: str, **values: object) -> str:
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, more: str, count: int, **values: object) -> str:
    """A message for one thing or for several, in the reader's language."""
    return str(flask_babel.ngettext(one, more, count, **values))


@dataclass(frozen=True, slots=True)
class PartLine:
    """One score part as a page shows it: name, value from 0 to 1, a phrase, and whether a remark is about it."""

    name: str
    value: float
    phrase: str
    attention: bool


def number(count: int) -> str:
    """A small count as a word, larger ones in figures."""
    return str(NUMBERS[count]) if 0 <= count < len(NUMBERS) else str(count)


def listed(names: Sequence[str]) -> str:
    """Names as a sentence says them: "Ann", "Ann and Bo", "Ann, Bo and Cem"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(most)s and %(last)s", most=", ".join(names[:-1]), last=names[-1])


def named(people: Sequence[str], names: Names) -> str:
    """People of the draft as a sentence says them."""
    return listed([names.get(person, _("someone")) for person in people])


def worth_a_look(circle: Mapping[str, Any]) -> bool:
    """Whether a lead should look at a circle of a draft before publishing."""
    return circle["score"] < LOW or any(remark["code"] not in MILD for remark in circle["remarks"])


def grave_remarks(circle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The remarks that a lead should read: broken firm rules alone where there are any, else all but the mild ones."""
    broken = [remark for remark in circle["remarks"] if remark["code"].startswith("broken_")]
    return broken or [remark for remark in circle["remarks"] if remark["code"] not in MILD]


def score_word(score: float) -> str:
    """A circle's score in one word."""
    if score >= 70:
        return _("good")
    return _("fair") if score >= LOW else _("low")


def weekday(day: int) -> str:
    """Monday = 0, in the reader's language."""
    return str(get_day_names("wide", locale=get_locale())[day])


def short_weekday(day: int) -> str:
    """Mon for Monday = 0, in the reader's language."""
    return str(get_day_names("abbreviated", locale=get_locale())[day])


def slot_words(slot: Mapping[str, Any] | None) -> str:
    """ "Tuesday 14:00 in Berlin"; without a slot, that there is none."""
    if slot is None:
        return _("No weekly time in common")
    return _(
        "%(day)s %(time)s in %(place)s",
        day=weekday(slot["weekday"]),
        time=_hour(slot),
        place=place_of(slot["timezone"]),
    )


def short_slot(slot: Mapping[str, Any] | None) -> str:
    """ "Tue 14:00"."""
    return f"{short_weekday(slot['weekday'])} {_hour(slot)}" if slot else _("no time")


def other_times(circle: Mapping[str, Any]) -> str:
    """How many more weekly times a circle has."""
    more = max(len(circle["slots"]) - 1, 0)
    if not more:
        return _("No other time works")
    return ngettext("%(num)d other time works", "%(num)d other times work", more)


def part_lines(circle: Mapping[str, Any], names: Names) -> list[PartLine]:
    """The seven score parts of one circle of a draft."""
    causes = {PART_OF_REMARK.get(remark["code"], "") for remark in circle["remarks"]}
    lines = []
    for part in PARTS:
        fact = circle["facts"].get(part)
        if fact is not None:
            phrase = _PHRASES[part](fact["values"], fact["people"], names)
            lines.append(PartLine(str(PART_NAMES[part]), circle["parts"].get(part, 0.0), phrase, part in causes))
    return lines


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


def language_names(codes: str | Sequence[str]) -> str:
    """Codes such as "bg, ru" as the reader calls these languages: "Bulgarian and Russian"."""
    given = [code.strip() for code in (codes.split(",") if isinstance(codes, str) else codes)]
    known = get_locale().languages
    return listed([str(known.get(code.replace("-", "_"), code)) for code in given if code])


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


def sizes_words(sizes: Sequence[int]) -> str:
    """Sizes of circles, smallest first: "5", "4 or 5", "4 to 6"."""
    if len(sizes) < 2:
        return "".join(str(size) for size in sizes)
    if len(sizes) == 2:
        return _("%(one)s or %(other)s", one=sizes[0], other=sizes[1])
    return _("%(least)s to %(most)s", least=sizes[0], most=sizes[-1])


def bound_words(document: Mapping[str, Any]) -> str:
    """How near a draft's score is to the best possible, under the score itself."""
    bound, kind = document.get("bound"), document.get("bound_kind")
    if not bound:
        return ""
    gap = max(0.0, (bound - document["score"]) / bound * 100)
    if kind == "estimate":
        return _("about %(bound)s is the best possible", bound=f"{bound:.0f}")
    if gap < 0.05:
        return _("the best possible")
    return _("within %(gap)s %% of the best possible", gap=f"{gap:.1f}")


def bound_meaning(document: Mapping[str, Any]) -> str:
    """What the figure under the score means, in a sentence."""
    bound, kind = document.get("bound"), document.get("bound_kind")
    if not bound:
        return _("How far the best possible is above it is not known.")
    if kind == "estimate":
        return _("The best possible is an estimate; no circles that are known score so much.")
    return _("No other way of forming the circles can score above %(bound)s.", bound=f"{bound:.1f}")


def _hour(slot: Mapping[str, Any]) -> str:
    hour, _colon, minute = str(slot["start"]).partition(":")
    return f"{int(hour)}:{minute}"
