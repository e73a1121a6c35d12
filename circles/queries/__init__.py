"""Reading programs, cohorts, enrollments and circles; loading and authorizing are one step."""

from circles.queries.access import (
    circle_for,
    cohort_for,
    enrollment_for,
    is_lead,
    leads_cohort,
    membership_for,
    program_for,
    standing_membership,
)
from circles.queries.agreements import AgreementState, agreement_state
from circles.queries.board import people_of_draft
from circles.queries.drafts import (
    MOST_TARGETS,
    circle_named,
    circles_shown,
    circles_with,
    left_over,
    open_circles,
    place_of,
    quiet_circles,
    weakest_score,
)
from circles.queries.lists import CohortLine, ProgramLine, cohorts_of, programs_of
from circles.queries.mails import WaitingBatch, waiting_batches
from circles.queries.paging import PAGE_SIZE, Page, bounds
from circles.queries.people import (
    avoid_wishes,
    counts_by_state,
    enrollment_of_cohort,
    enrollments_of_cohort,
    enrollments_page,
    people_outside,
)
from circles.queries.running import (
    CircleLine,
    agreements_count,
    circles_below,
    circles_page,
    help_request_for,
    help_requests,
    leads_of,
    open_help_count,
    people_waiting,
)
from circles.queries.work import job_of_cohort, search_under_way

__all__ = [
    "MOST_TARGETS",
    "PAGE_SIZE",
    "AgreementState",
    "CircleLine",
    "CohortLine",
    "Page",
    "ProgramLine",
    "WaitingBatch",
    "agreement_state",
    "agreements_count",
    "avoid_wishes",
    "bounds",
    "circle_for",
    "circle_named",
    "circles_below",
    "circles_page",
    "circles_shown",
    "circles_with",
    "cohort_for",
    "cohorts_of",
    "counts_by_state",
    "enrollment_for",
    "enrollment_of_cohort",
    "enrollments_of_cohort",
    "enrollments_page",
    "help_request_for",
    "help_requests",
    "is_lead",
    "job_of_cohort",
    "leads_cohort",
    "leads_of",
    "left_over",
    "membership_for",
    "open_circles",
    "open_help_count",
    "people_of_draft",
    "people_outside",
    "people_waiting",
    "place_of",
    "program_for",
    "programs_of",
    "quiet_circles",
    "search_under_way",
    "standing_membership",
    "waiting_batches",
    "weakest_score",
]
