"""The review board: the draft's figures, its circles worth a look, and the people without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.extensions import db
from app.figures import RingMember
from app.jobs.models import JobState
from circles import queries, wording
from circles.draft import Figures
from circles.forms import SearchForm
from circles.matching.candidates import Attribute
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, MatchDraft, Objective
from circles.services import drafting, searching, suggesting
from circles.services.matchable import rules_of
from circles.views.blueprint import address_of, bp, cohort_of_mine, cohort_page, page_number

#: Circles shown whole on one page, drawn small below them, and people without a circle at the side.
WHOLE, SMALL, ASIDE = 8, 12, 8
TABS = ("look", "all", "moved", "unplaced")


@dataclass(frozen=True, slots=True)
class CircleView:
    """One circle of the draft as the board shows it."""

    entry: dict[str, Any]
    members: Sequence[RingMember]
    people: Sequence[tuple[str, RingMember]]
    remarks: Sequence[str]
    asides: Sequence[str]
    parts: Sequence[wording.PartLine]
    rules: str
    when: str
    short_when: str
    others: str
    word: str


@dataclass(frozen=True, slots=True)
class UnplacedView:
    """One person without a circle: why, what would help, and what to ask them for."""

    key: str
    person: Enrollment | None
    reason: str
    change: str
    excluded: bool
    ask: str


@bp.get("/cohorts/<uuid:cohort_id>/match")
def match(cohort_id: UUID) -> ResponseReturnValue:
    """Review the match; before there is a draft, start the search."""
    cohort = cohort_of_mine(cohort_id)
    counts = queries.counts_by_state(db.session(), cohort.id)
    current = drafting.latest(db.session(), cohort)
    under_way = queries.search_under_way(db.session(), cohort.id)
    if current is None:
        return render_template(
            "circles/match_start.html",
            **cohort_page(
                cohort,
                counts=counts,
                States=EnrollmentState,
                matching=cohort.state is CohortState.MATCHING,
                under_way=under_way,
                form=SearchForm(),
                **contradictions(cohort),
            ),
        )
    return render_template(
        "circles/board.html",
        **cohort_page(
            cohort,
            draft=current,
            under_way=under_way,
            matching=cohort.state is CohortState.MATCHING,
            can_undo=drafting.can_undo(db.session(), cohort),
            avoiding=queries.avoid_wishes(db.session(), cohort.id),
            late=max(0, -_left(current, counts)),
            left=max(0, _left(current, counts)),
            form=SearchForm(),
            publish_url=address_of("guides.publish", cohort_id=cohort.id),
            wording=wording,
            near=_near(cohort, current),
            **board_of(cohort, current, request.args.get("show", "look"), page_number()),
        ),
    )


def contradictions(cohort: Cohort) -> dict[str, Any]:
    """What contradicts itself in the answers, as the last look found it; `looking` while a look is under way."""
    job = searching.latest_check(db.session(), cohort) if cohort.state is CohortState.MATCHING else None
    found: list[dict[str, Any]] = job.result.get("problems", []) if job else []
    people = queries.people_of_draft(db.session(), cohort, [key for one in found for key in one["people"]])
    names = {key: row.person.name for key, row in people.items()}
    return {
        "check": job,
        "looking": job is not None and job.state in (JobState.WAITING, JobState.RUNNING),
        "problems": [(wording.problem_words(one, names), one["fatal"]) for one in found],
        "problem_count": job.result.get("count", 0) if job else 0,
    }


def board_of(cohort: Cohort, current: MatchDraft, show: str, page: int) -> dict[str, Any]:
    """The figures and the part of a draft that one page shows; only that part is loaded."""
    figures, attributes = Figures(**current.figures), rules_of(cohort).counted
    show = show if show in TABS else "look"
    apart = show == "unplaced"
    left = queries.left_over(db.session(), current, page if apart else 1, queries.PAGE_SIZE if apart else ASIDE)
    circles = None if apart else queries.circles_shown(db.session(), current, show, page, WHOLE)
    small = [row.entry for row in queries.quiet_circles(db.session(), current, SMALL)] if show == "look" else []
    whole = [row.entry for row in circles.items] if circles else []
    aside = [row.entry for row in left.items]
    people = queries.people_of_draft(db.session(), cohort, _spoken_of([*whole, *small], aside))
    names = {key: row.person.name for key, row in people.items()}
    shown: queries.Page[Any] = circles or left
    return {
        "show": show,
        "page": shown.page,
        "pages": shown.pages,
        "whole": [circle_view(one, people, names, attributes) for one in whole],
        "small": [circle_view(one, people, names) for one in small],
        "unplaced": [unplaced_view(one, people, names) for one in aside],
        "counts": {
            "look": figures.look,
            "all": figures.circles,
            "moved": figures.moved,
            "unplaced": figures.unplaced,
        },
        "quiet_count": figures.circles - figures.look,
        "placed": figures.placed,
        "people": figures.people,
        "sizes": sorted(int(size) for size in figures.sizes),
        "broken": figures.broken,
    }


def circle_view(
    entry: dict[str, Any], people: dict[str, Enrollment], names: wording.Names, attributes: Sequence[Attribute] = ()
) -> CircleView:
    """One circle in words and as a ring; people whom a remark is about are marked."""
    grave = wording.grave_remarks(entry)
    mild = [remark for remark in entry["remarks"] if remark["code"] in wording.MILD]
    marked = {key for remark in grave for key in remark["people"] if len(remark["people"]) < len(entry["members"])}
    beads = [(key, _bead(people.get(key), "remark" if key in marked else "plain")) for key in entry["members"]]
    first = entry["slots"][0] if entry["slots"] else None
    gone = [names.get(key, _("someone")) for key in entry["members"] if _gone(people.get(key))]
    remarks = [wording.remark_words(remark, names) for remark in grave]
    if gone:
        remarks.insert(
            0, _("Not taking part any more: %(names)s. Search again, or take them out.", names=", ".join(gone))
        )
    return CircleView(
        entry,
        [bead for _key, bead in beads],
        beads,
        remarks,
        [wording.remark_words(remark, names) for remark in mild],
        wording.part_lines(entry, names, attributes),
        wording.rule_words(entry),
        wording.slot_words(first),
        wording.short_slot(first),
        wording.other_times(entry),
        wording.score_word(entry["score"]),
    )


def unplaced_view(entry: dict[str, Any], people: dict[str, Enrollment], names: wording.Names) -> UnplacedView:
    """One person without a circle, in words."""
    asks = {
        "hours": "hours",
        "few_hours": "hours",
        "no_hours": "hours",
        "language": "languages",
        "no_language": "languages",
    }
    return UnplacedView(
        entry["enrollment"],
        people.get(entry["enrollment"]),
        wording.reason_words(entry, names),
        wording.change_words(entry),
        bool(entry.get("excluded")),
        asks.get(entry["code"], ""),
    )


@bp.get("/cohorts/<uuid:cohort_id>/match/advice")
def advice(cohort_id: UUID) -> ResponseReturnValue:
    """What one move would do for a circle: a part of the board, or without scripts a page of its own."""
    cohort = cohort_of_mine(cohort_id)
    name = request.args.get("circle", "")[:80]
    current = drafting.latest(db.session(), cohort)
    if current is None:
        raise NotFound
    found = suggesting.advise(db.session(), cohort, current, name)
    values: dict[str, Any] = {
        "draft": current,
        "circle": name,
        "editable": cohort.state is CohortState.MATCHING,
        "advice": [
            {
                "words": wording.advice_words(name, one.name, one.move),
                "person": one.enrollment,
                "target": one.move.target,
            }
            for one in found
        ],
    }
    if request.headers.get("HX-Request"):
        return render_template("circles/_advice.html", cohort=cohort, **values)
    return render_template("circles/advice.html", **cohort_page(cohort, **values))


@bp.post("/cohorts/<uuid:cohort_id>/match/lock")
def lock_circle(cohort_id: UUID) -> ResponseReturnValue:
    """Keep a circle as it is in later searches, or free it."""
    name, locked = request.form.get("circle", ""), request.form.get("locked") == "1"
    return _change(
        cohort_id,
        lambda cohort: drafting.lock(db.session(), cohort, revision(), name, locked=locked, actor=me(), at=clock.now()),
        _("%(circle)s stays as it is when you search again.", circle=name)
        if locked
        else _("%(circle)s may change when you search again.", circle=name),
    )


@bp.post("/cohorts/<uuid:cohort_id>/match/exclude")
def exclude_person(cohort_id: UUID) -> ResponseReturnValue:
    """Leave someone without a circle out of later searches, or let them in again."""
    person, excluded = request.form.get("person", ""), request.form.get("excluded") == "1"
    return _change(
        cohort_id,
        lambda cohort: drafting.exclude(
            db.session(), cohort, revision(), person, excluded=excluded, actor=me(), at=clock.now()
        ),
        _("This person is left out when you search again.")
        if excluded
        else _("This person is searched a circle for again."),
    )


@bp.post("/cohorts/<uuid:cohort_id>/match/undo")
def undo_draft(cohort_id: UUID) -> ResponseReturnValue:
    """Go back to the draft before."""
    return _change(
        cohort_id,
        lambda cohort: drafting.undo(db.session(), cohort, revision(), actor=me(), at=clock.now()),
        _("The last change is undone."),
    )


def revision() -> int:
    """The revision of the draft that the page was made from; 0 for none."""
    text = request.values.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _change(cohort_id: UUID, change: Callable[[Cohort], object], done: str) -> ResponseReturnValue:
    """Make one change to the draft; a draft that moved on meanwhile is said on the board, and nothing is lost."""
    cohort = cohort_of_mine(cohort_id)
    try:
        change(cohort)
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
    else:
        db.session.commit()
        flash(done)
    show = request.form.get("show", "look")
    return redirect(url_for(".match", cohort_id=cohort_id, show=show if show in TABS else "look"))


def _near(cohort: Cohort, current: MatchDraft) -> str:
    """Under the score: how near it is to the best possible, or where the weakest circle comes first, its score."""
    if cohort.objective is Objective.WEAKEST:
        return wording.weakest_words(queries.weakest_score(db.session(), current))
    return wording.bound_words(current.score, current.search.bound, current.search.bound_kind)


def _left(current: MatchDraft, counts: dict[EnrollmentState, int]) -> int:
    """How many people fewer than in the draft are enrolled now; below 0 when more came than left."""
    return Figures(**current.figures).people - counts[EnrollmentState.ENROLLED]


def _gone(row: Enrollment | None) -> bool:
    return row is None or row.state not in (EnrollmentState.ENROLLED, EnrollmentState.PLACED)


def _bead(row: Enrollment | None, state: str) -> RingMember:
    if row is None:
        return RingMember(_("someone who left"), "–", state)
    return RingMember(row.person.name, row.person.initials, state)


def spoken_of(entry: dict[str, Any]) -> list[str]:
    """Everyone whose name a circle's entry needs."""
    named = (*entry["remarks"], *entry["facts"].values())
    return [*entry["members"], *(key for one in named for key in one["people"])]


def _spoken_of(circles: Sequence[dict[str, Any]], unplaced: Sequence[dict[str, Any]]) -> list[str]:
    keys = [key for one in circles for key in spoken_of(one)]
    for entry in unplaced:
        keys += [entry["enrollment"], *(entry.get("people") or ())]
    return keys
