"""Weekly windows in which everyone is free through every clock change, what blocks them, how each person sees them."""

from circles.windows.blocking import Blockage, Blocked, NearMiss, blockers
from circles.windows.clocks import HALF_HOURS_A_WEEK, Span, changes_clock
from circles.windows.local import LocalSpell, LocalView, local_views
from circles.windows.ranking import (
    HARD_HOUR_COST,
    Attendee,
    Grid,
    Window,
    checked_length,
    count_windows,
    free_starts,
    most_disjoint,
    rank_windows,
    touched_cells,
    weekly_costs,
)

__all__ = [
    "HALF_HOURS_A_WEEK",
    "HARD_HOUR_COST",
    "Attendee",
    "Blockage",
    "Blocked",
    "Grid",
    "LocalSpell",
    "LocalView",
    "NearMiss",
    "Span",
    "Window",
    "blockers",
    "changes_clock",
    "checked_length",
    "count_windows",
    "free_starts",
    "local_views",
    "most_disjoint",
    "rank_windows",
    "touched_cells",
    "weekly_costs",
]
