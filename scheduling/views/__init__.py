"""Every page and action about sessions; importing this hangs them on the blueprint."""

from __future__ import annotations

from scheduling.views import feeds, hours, lead, membership, sessions
from scheduling.views.blueprint import bp

__all__ = ["bp", "feeds", "hours", "lead", "membership", "sessions"]
