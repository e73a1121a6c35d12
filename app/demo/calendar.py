"""When things happened, counted back from the present so that every circle is in its fifth week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.i18n import local

ZONE = "Europe/Berlin"
WEEKS_BEFORE = 4
#: The last circle of a week has met by Thursday at eleven; then the next week is under way.
WEEK_ENDS = timedelta(days=3, hours=11)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The first Monday of the cohort, and the present instant."""

    starts_on: date
    now: datetime

    @classmethod
    def around(cls, now: datetime) -> Calendar:
        """The calendar in which the fifth week is the one whose last session comes next."""
        here = local(now, ZONE)
        monday = here.date() - timedelta(days=here.weekday())
        if datetime.combine(here.date(), here.time()) >= datetime.combine(monday, time()) + WEEK_ENDS:
            monday += timedelta(weeks=1)
        return cls(monday - timedelta(weeks=WEEKS_BEFORE), now)

    def day(self, days: int) -> date:
        """A day counted from the first Monday."""
        return self.starts_on + timedelta(days=days)

    def moment(self, days: int, hour: int, minute: int = 0) -> datetime:
        """An instant on such a day, by the clock of the cohort's zone."""
        return datetime.combine(self.day(days), time(hour, minute), ZoneInfo(ZONE)).astimezone(UTC)

    @property
    def name(self) -> str:
        """The season that the cohort is called after, such as “autumn 2026”."""
        return season_name(self.starts_on)


def season_name(day: date) -> str:
    """A day's season in the northern half of the world and its year."""
    name = ("winter", "spring", "spring", "spring", "spring", "summer", "summer", "summer", *["autumn"] * 4)[
        day.month - 1
    ]
    return f"{name} {day.year}"
