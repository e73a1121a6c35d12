"""How much something counts, in the words that a lead chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, SelectChoice, SelectField

from circles.matching import Weights

#: Parts of a circle's score with the words a lead weighs them by.
PART_WORDS = {
    "diversity": (_l("Mix of people"), _l("Different departments, places and levels in one circle.")),
    "goals": (_l("Shared goals"), _l("Each pair has a topic in common.")),
    "novelty": (_l("New faces"), _l("People who were not in a circle together before.")),
    "facilitator": (_l("A host among them"), _l("Someone who is glad to host first.")),
    "hours": (_l("Comfortable hours"), _l("A time people like, inside their working day.")),
    "wishes": (_l("Wishes"), _l("People meet someone they asked for.")),
    "size": (_l("Size"), _l("As many people as you want in a circle.")),
}
#: How much a part counts, in points; the words are what a lead chooses from.
WEIGHT_WORDS: tuple[tuple[int, Any], ...] = (
    (0, _l("Not at all")),
    (5, _l("A little")),
    (10, _l("Somewhat")),
    (15, _l("Quite")),
    (25, _l("A lot")),
    (40, _l("Above all")),
)


def with_given(offered: Sequence[tuple[int, Any]], given: object) -> list[SelectChoice]:
    """What a lead chooses from, and the weight that stands where it is none of those."""
    choices = [SelectChoice(float(points), str(words)) for points, words in offered]
    known = {choice.value for choice in choices}
    if isinstance(given, float) and 0 <= given <= 1000 and given not in known:
        choices.append(SelectChoice(given, _("%(points)s points", points=f"{given:g}")))
    return choices


def _weight(part: str) -> SelectField:
    words, hint = PART_WORDS[part]
    return SelectField(words, description=hint, coerce=float, default=float(getattr(Weights(), part)))


class WeightsForm(Form):  # type: ignore[misc]
    """How much each part of a circle's score counts."""

    diversity = _weight("diversity")
    goals = _weight("goals")
    novelty = _weight("novelty")
    facilitator = _weight("facilitator")
    hours = _weight("hours")
    wishes = _weight("wishes")
    size = _weight("size")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in self:
            part.choices = with_given(WEIGHT_WORDS, part.data)
