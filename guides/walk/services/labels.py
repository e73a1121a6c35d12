"""What a session is called in calendars: the title of its week, its purpose and its agenda in plain text."""

from __future__ import annotations

from guides.content.values import Guide
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
