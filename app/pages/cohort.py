"""A running cohort's home for its leads: what needs them first, then how it goes."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from app.auth import me
from app.errors import NotFound
from app.extensions import db
from app.pages.blueprint import bp
from circles.models import CohortState
from circles.queries import cohort_for
from circles.queries.mails import waiting_batches
from circles.queries.running import agreements_count, circles_below, circles_page, open_help_count, people_waiting
from circles.queries.unreachable import unreachable_people
from practices.queries.figures import latest_figures
from scheduling.queries.running import (
    presence,
    rings,
    silent_circles,
    unanswered_count,
    week_figures,
    without_season,
)

CIRCLES_ON_A_PAGE = 120
RUNNING = (CohortState.RUNNING, CohortState.FINISHED)


@bp.get("/cohorts/<uuid:cohort_id>/now")
def cohort_home(cohort_id: UUID) -> ResponseReturnValue:
    """What needs the lead today, sessions held, presence, and every circle as a ring."""
    session, at = db.session(), clock.now()
    cohort = cohort_for(session, me(), cohort_id)
    if cohort.state not in RUNNING:
        raise NotFound
    circles = circles_page(session, cohort.id, request.args.get("page", 1, type=int), CIRCLES_ON_A_PAGE)
    figures = week_figures(session, cohort.id, at=at)
    under_way = next((figure for figure in figures if figure.to_come), None)
    return render_template(
        "app/cohort.html",
        cohort=cohort,
        circles=circles,
        rings=rings(session, [line.circle.id for line in circles.items], at=at),
        waiting=people_waiting(session, cohort.id),
        timeless=without_season(session, cohort.id),
        below=circles_below(session, cohort),
        silent=silent_circles(session, cohort.id, at=at),
        unanswered=unanswered_count(session, cohort.id, at=at),
        unreachable=unreachable_people(session, cohort.id),
        help_count=open_help_count(session, cohort.id),
        batches=waiting_batches(session, cohort.id, at=at),
        figures=figures,
        # Circles that were merged away held sessions too, so a week may count more circles than stand today.
        most=max([circles.total, *(figure.total for figure in figures)]),
        under_way=under_way,
        presence=presence(session, cohort.id),
        changes=latest_figures(session, cohort.id),
        agreements=agreements_count(session, cohort.id),
        at=at,
    )
