"""Seasons, their sessions, who answered and came, and what calendars were told."""

from __future__ import annotations

from scheduling.models.answers import Answer, Attendance, Rsvp
from scheduling.models.seasons import CircleSession, Season, SessionState, SlotChange
from scheduling.models.told import InviteSent

__all__ = [
    "Answer",
    "Attendance",
    "CircleSession",
    "InviteSent",
    "Rsvp",
    "Season",
    "SessionState",
    "SlotChange",
]
