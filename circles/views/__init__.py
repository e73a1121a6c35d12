"""Pages of leads about programs, cohorts, people and the match, and of members about their agreement."""

from circles.views import (
    board,
    circle,
    cohorts,
    costs,
    enrolling,
    importing,
    inviting,
    joining,
    messages,
    moving,
    people,
    programs,
    searching,
    steps,
)
from circles.views.blueprint import bp

__all__ = [
    "board",
    "bp",
    "circle",
    "cohorts",
    "costs",
    "enrolling",
    "importing",
    "inviting",
    "joining",
    "messages",
    "moving",
    "people",
    "programs",
    "searching",
    "steps",
]
