"""Every page and action about sessions; importing this hangs them on the blueprint."""

from __future__ import annotations

from scheduling.views import (
    details,
    every_week,
    feeds,
    guests,
    hours,
    lead,
    membership,
    mending,
    polls,
    replies,
    season,
    sessions,
)
from scheduling.views.blueprint import bp

__all__ = [
    "bp",
    "details",
    "every_week",
    "feeds",
    "guests",
    "hours",
    "lead",
    "membership",
    "mending",
    "polls",
    "replies",
    "season",
    "sessions",
]
