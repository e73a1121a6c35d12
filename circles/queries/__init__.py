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

__all__ = [
    "circle_for",
    "cohort_for",
    "enrollment_for",
    "is_lead",
    "leads_cohort",
    "membership_for",
    "program_for",
    "standing_membership",
]
