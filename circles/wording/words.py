"""Small pieces that sentences about a match are made of: numbers, names, days, times, languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import flask_babel
from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from app.i18n import place_of

#: Names by enrollment id; who is missing there is spoken of as "someone".
Names = Mapping[str, str]


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


PARTS_OF_DAY = {"morning": _l("morning"), "afternoon": _l("afternoon"), "evening": _l("evening")}


def _(message: str, **values: object) -> str:
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, more: str, count: int, **values: object) -> str:
    """A message for one thing or for several, in the reader's language."""
    return str(flask_babel.ngettext(one, more, count, **values))


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


def language_names(codes: str | Sequence[str]) -> str:
    """Codes such as "bg, ru" as the reader calls these languages: "Bulgarian and Russian"."""
    given = [code.strip() for code in (codes.split(",") if isinstance(codes, str) else codes)]
    known = get_locale().languages
    return listed([str(known.get(code.replace("-", "_"), code)) for code in given if code])


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


def sizes_words(sizes: Sequence[int]) -> str:
    """Sizes of circles, smallest first: "5", "4 or 5", "4 to 6"."""
    if len(sizes) < 2:
        return "".join(str(size) for size in sizes)
    if len(sizes) == 2:
        return _("%(one)s or %(other)s", one=sizes[0], other=sizes[1])
    return _("%(least)s to %(most)s", least=sizes[0], most=sizes[-1])


def _hour(slot: Mapping[str, Any]) -> str:
    hour, _colon, minute = str(slot["start"]).partition(":")
    return f"{int(hour)}:{minute}"
