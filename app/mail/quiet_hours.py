"""The hours in which mails that Coterie starts by itself do not leave, on the wall clock of the person's own zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: No mail leaves from this wall time in the evening …
QUIET_FROM = time(21, 30)
#: … until this one in the morning.
QUIET_UNTIL = time(7, 30)
#: Mails that shift to an evening aim at this time, so that a worker a few minutes late still keeps the quiet.
EVENING = time(21, 0)


def is_quiet(moment: datetime, zone: str) -> bool:
    """Whether an instant lies in the quiet hours of a zone; their first minute does, 7:30 does not."""
    wall = moment.astimezone(ZoneInfo(zone)).time()
    return wall >= QUIET_FROM or wall < QUIET_UNTIL


def calm_before(moment: datetime, zone: str) -> datetime:
    """The instant itself outside the quiet hours, else the evening before them."""
    if not is_quiet(moment, zone):
        return moment
    wall = moment.astimezone(ZoneInfo(zone))
    evening = wall.date() if wall.time() >= QUIET_FROM else wall.date() - timedelta(days=1)
    return datetime.combine(evening, EVENING, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def calm_after(moment: datetime, zone: str) -> datetime:
    """The instant itself outside the quiet hours, else the morning after them."""
    if not is_quiet(moment, zone):
        return moment
    wall = moment.astimezone(ZoneInfo(zone))
    morning = wall.date() + timedelta(days=1) if wall.time() >= QUIET_FROM else wall.date()
    return datetime.combine(morning, QUIET_UNTIL, tzinfo=ZoneInfo(zone)).astimezone(UTC)
