"""What a person says about themselves, as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.models import CalendarChoice


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says; `manager` is an address or empty."""

    name: str
    pronouns: str
    job_title: str
    department: str
    location: str
    level: str
    languages: Sequence[str]
    bio: str
    timezone: str
    locale: str
    calendar_choice: CalendarChoice
    manager: str
