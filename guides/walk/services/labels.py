"""What a session is called in calendars: its week's title, purpose, what to bring and the agenda in plain text."""

from __future__ import annotations

from datetime import date

from app.i18n import local
from guides.content.values import Guide
from scheduling.models import CircleSession
from scheduling.services.seasons import Label

#: Of what to bring, so many things, each on a line of at most so many characters; the page of the week has all of it.
MOST_TO_BRING, LONGEST_TO_BRING = 6, 160


def label_for(guide: Guide, week_number: int | None) -> Label:
    """The label of a session that uses a week of a guide; a session without a week has a plain one.

    What everyone does before stands as boxes to tick. Duties of single members are left out, since it is one text
    for all.
    """
    if week_number is None:
        return Label("", "")
    week = guide.week(week_number)
    minute = 0
    lines: list[str] = []
    for step in week.steps:
        lines.append(f"{minute // 60}:{minute % 60:02d} {step.title}")
        minute += step.minutes
    purpose = week.purpose[0] if week.purpose else ""
    to_bring = [f"☐ {_short(item.text)}" for item in week.before_for()[:MOST_TO_BRING]]
    return Label(week.title, "\n\n".join(part for part in (purpose, "\n".join(to_bring), "\n".join(lines)) if part))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TO_BRING else line[: LONGEST_TO_BRING - 1].rstrip() + "…"


def spoken_days(weeks: dict[int, CircleSession], number: int, timezone: str) -> tuple[date | None, date | None]:
    """The local days of the sessions before and after a week's, for "since last Thursday" and "until Thursday"."""
    before, after = weeks.get(number - 1), weeks.get(number + 1)
    return (
        local(before.starts_at, timezone).date() if before else None,
        local(after.starts_at, timezone).date() if after else None,
    )
