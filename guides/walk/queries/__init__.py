"""Reading walks and what circles wrote; who was a member when it was written decides who reads it."""

from guides.walk.queries.access import GuestWeek, circle_of_walk, guest_week, own_note, walk_for, walk_of_season
from guides.walk.queries.page import WeekPage, current_week, week_page

__all__ = [
    "GuestWeek",
    "WeekPage",
    "circle_of_walk",
    "current_week",
    "guest_week",
    "own_note",
    "walk_for",
    "walk_of_season",
    "week_page",
]
