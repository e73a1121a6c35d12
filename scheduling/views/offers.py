"""Proposals for running circles put in words and rings, for a lead's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from app.figures import RingMember
from circles import wording
from circles.matching import CircleScore
from circles.matching.moves import NEW
from circles.matching.standing import WeeklyTime
from circles.models import Enrollment
from circles.services.entries import facts_entry
from scheduling.services.rearranging import Offer
from scheduling.services.rearranging.offers import Side


@dataclass(frozen=True, slots=True)
class State:
    """A circle before or after: its ring, its people by name, its score and the parts of it; empty when it is over."""

    ring: Sequence[RingMember]
    names: str
    score: float
    parts: Sequence[wording.PartLine]


@dataclass(frozen=True, slots=True)
class SideView:
    """One circle of a proposal. `time` is a weekly time that changes or is new, else its next session says when."""

    name: str
    before: State | None
    after: State | None
    changes: Sequence[str]
    time: str
    next_meeting: datetime | None


@dataclass(frozen=True, slots=True)
class OfferView:
    """One proposal: what it does, how many people move, each circle side by side, and what happens by mail."""

    mark: str
    title: str
    moved: str
    sides: Sequence[SideView]
    effects: Sequence[str]


def offer_view(offer: Offer) -> OfferView:
    """A proposal as the page shows it."""
    names = {side.change.key: _circle_name(side) for side in offer.sides}
    goes = {step.person: names[step.target] for step in offer.proposal.steps}
    comes = {step.person: names.get(step.source or "", "") for step in offer.proposal.steps}
    return OfferView(
        offer.mark,
        _title(offer, goes),
        _moved(offer),
        [_side_view(side, goes, comes) for side in offer.sides],
        [*(text for side in offer.sides for text in _effects(side)), _("It happens at once and cannot be undone.")],
    )


def refusal_words(refusals: Mapping[str, int]) -> list[str]:
    """Why circles cannot take part, the most frequent reason first; nobody's wish to avoid someone is named."""
    ordered = sorted(refusals.items(), key=lambda entry: (-entry[1], entry[0]))
    return [words for code, count in ordered if count and (words := _refusal(code, count))]


def _refusal(code: str, count: int) -> str:
    found: str = {
        "hours": ngettext(
            "In %(num)d case a session to come lies outside somebody’s hours.",
            "In %(num)d cases a session to come lies outside somebody’s hours.",
            count,
        ),
        "full": ngettext(
            "In %(num)d case there would be too many people.",
            "In %(num)d cases there would be too many people.",
            count,
        ),
        "small": ngettext(
            "In %(num)d case there would still be too few people.",
            "In %(num)d cases there would still be too few people.",
            count,
        ),
        "language": ngettext(
            "In %(num)d case no language is shared.", "In %(num)d cases no language is shared.", count
        ),
        "apart": ngettext(
            "In %(num)d case people would meet who are kept apart: a manager and a report, or by a wish.",
            "In %(num)d cases people would meet who are kept apart: a manager and a report, or by a wish.",
            count,
        ),
        "together": ngettext(
            "In %(num)d case people who belong together would be parted.",
            "In %(num)d cases people who belong together would be parted.",
            count,
        ),
        "time": ngettext("%(num)d circle has no session to come.", "%(num)d circles have no session to come.", count),
        "behind": _("The circle left behind would be too small, and nobody who waits suits it."),
        "nowhere": ngettext(
            "For %(num)d person there is no place elsewhere.",
            "For %(num)d people there is no place elsewhere.",
            count,
        ),
        "unknown": _("The answers of one of its members are gone, so nothing can be said about this circle."),
    }.get(code, "")
    return found


def _title(offer: Offer, goes: Mapping[str, str]) -> str:
    kind, sides = offer.proposal.kind, offer.sides
    words: str
    if kind == "merge":
        ended = wording.listed([_circle_name(side) for side in sides if side.ends])
        into = next(_circle_name(side) for side in sides if not side.ends)
        words = _("%(circle)s becomes one with %(into)s", circle=ended, into=into)
        return words
    if kind == "new_circle":
        words = _("%(names)s begin a circle", names=_people(sides[0].after))
        return words
    people = {row.person.email_key: row.person.name for side in sides for row in (*side.before, *side.after)}
    if kind == "swap":
        first, second = offer.proposal.steps[0], offer.proposal.steps[-1]
        words = _("%(one)s and %(other)s change places", one=people[first.person], other=people[second.person])
        return words
    by_circle: dict[str, list[str]] = {}
    for step in offer.proposal.steps:
        by_circle.setdefault(goes[step.person], []).append(people[step.person])
    parts = [
        _("%(names)s to %(circle)s", names=wording.listed(group), circle=circle) for circle, group in by_circle.items()
    ]
    return wording.listed(parts)


def _moved(offer: Offer) -> str:
    proposal = offer.proposal
    moved = ngettext("%(num)d person moves", "%(num)d people move", proposal.moved)
    placed = ngettext("%(num)d person is placed", "%(num)d people are placed", proposal.placed)
    if proposal.kind == "new_circle":
        times = _("a new weekly time")
    elif proposal.times_changed:
        times = ngettext("%(num)d weekly time changes", "%(num)d weekly times change", proposal.times_changed)
    else:
        times = _("every weekly time stays")
    return ", ".join([moved, *([placed] if proposal.placed else []), times])


def _side_view(side: Side, goes: Mapping[str, str], comes: Mapping[str, str]) -> SideView:
    changes = [
        _("From %(circle)s: %(names)s", circle=circle, names=_people(rows))
        if circle
        else _("Waited until now: %(names)s", names=_people(rows))
        for circle, rows in _by(side.arrivals, comes).items()
    ]
    changes += [
        _("To %(circle)s: %(names)s", circle=circle, names=_people(rows))
        for circle, rows in _by(side.leavers, goes).items()
    ]
    if side.ends:
        changes.append(_("The circle ends"))
    time = side.change.time
    return SideView(
        _circle_name(side),
        _state(side.before, set(side.leavers), "remark", side.change.score_before),
        _state(side.after, set(side.arrivals), "coming", side.change.score_after),
        changes,
        time_words(time) if time else "",
        side.next_meeting,
    )


def _by(rows: Sequence[Enrollment], circles: Mapping[str, str]) -> dict[str, list[Enrollment]]:
    """People by the name of the circle they come from or go to."""
    found: dict[str, list[Enrollment]] = {}
    for row in rows:
        found.setdefault(circles.get(row.person.email_key, ""), []).append(row)
    return found


def _state(rows: Sequence[Enrollment], marked: set[Enrollment], mark: str, score: CircleScore | None) -> State | None:
    if not rows or score is None:
        return None
    ids = {row.person.email_key: str(row.id) for row in rows}
    entry = {"parts": score.parts, "facts": facts_entry(score.facts, ids), "remarks": []}
    names = {str(row.id): row.person.name for row in rows}
    ring = [RingMember(row.person.name, row.person.initials, mark if row in marked else "plain") for row in rows]
    return State(ring, _people(rows), score.quality, wording.part_lines(entry, names))


def _effects(side: Side) -> list[str]:
    name, found = _circle_name(side), []
    if side.change.key == NEW:
        return [
            _("Each of them gets a welcome, and invites for the first two sessions, on %(time)s.", time=_time(side)),
            _("The circle follows the cohort’s guide from its first page, in the weeks that are left."),
        ]
    if side.change.time is not None:
        found.append(
            _(
                "%(circle)s meets on %(time)s from now on; its members are told by mail and answer again. A session"
                " that begins within a day keeps its time.",
                circle=name,
                time=_time(side),
            )
        )
    if side.arrivals:
        found.append(
            _(
                "%(names)s: a mail that says who is in %(circle)s and when it meets, and invites for its next two"
                " sessions.",
                names=_people(side.arrivals),
                circle=name,
            )
        )
    if side.ends:
        found.append(
            _(
                "%(circle)s ends: its sessions leave its members’ calendars. What was written there stays readable for"
                " those who could read it, and for nobody else.",
                circle=name,
            )
        )
    elif side.leavers:
        found.append(
            _(
                "The sessions of %(circle)s leave the calendars of %(names)s, who no longer see its pages. The others"
                " hear of its new room.",
                names=_people(side.leavers),
                circle=name,
            )
        )
    if side.arrivals:
        found.append(
            _("The others in %(circle)s see it on their page and are asked to say “I’m in” again.", circle=name)
        )
    return found


def time_words(time: WeeklyTime) -> str:
    """ "Tuesday 14:00 in Berlin"."""
    slot = {"weekday": time.weekday, "start": f"{time.start:%H:%M}", "timezone": time.timezone}
    return wording.slot_words(slot)


def _time(side: Side) -> str:
    return time_words(side.change.time) if side.change.time else ""


def _people(rows: Sequence[Enrollment]) -> str:
    return wording.listed([row.person.name for row in rows])


def _circle_name(side: Side) -> str:
    return side.circle.name if side.circle else _("A new circle")
