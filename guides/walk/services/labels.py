"""What a session is called in calendars: the title of its week, its purpose and its agenda in plain text."""

from __future__ import annotations

from datetime import date

from app.i18n import local
from guides.content.values import Guide
from scheduling.models import CircleSession
from scheduling.services.seasons import Label


def label_for(guide: Guide, week_number: int | None) -> Label:
    """The label of a session that uses a week of a guide; a session without a week has a plain one."""
    if week_number is None:
        return Label("", "")
    week = guide.week(week_number)
    minute = 0
    lines: list[str] = []
    for step in week.steps:
        lines.append(f"{minute // 60}:{minute % 60:02d} {step.title}")
        minute += step.minutes
    purpose = week.purpose[0] if week.purpose else ""
    return Label(week.title, f"{purpose}\n\n" + "\n".join(lines))


def spoken_days(weeks: dict[int, CircleSession], number: int, timezone: str) -> tuple[date | None, date | None]:
    """The local days of the sessions before and after a week's, for "since last Thursday" and "until Thursday"."""
    before, after = weeks.get(number - 1), weeks.get(number + 1)
    return (
        local(before.starts_at, timezone).date() if before else None,
        local(after.starts_at, timezone).date() if after else None,
    )
