"""The kinds of mail that Coterie starts by itself: how urgent each is, whether it counts, and who gets it unasked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

#: Counted mails that one person gets in one week, Monday to Sunday on their own calendar.
CEILING = 3


class Urgency(IntEnum):
    """What gives way when a week is full: the lower first. NOW cannot wait for a digest."""

    LATER = 1
    SOON = 2
    NOW = 3


@dataclass(frozen=True, slots=True)
class MailKind:
    """One kind. `asked` kinds go only to people who chose them; `calm` ones keep out of the quiet hours."""

    name: str
    urgency: Urgency
    counted: bool = True
    asked: bool = False
    calm: bool = True


#: Mails that someone's own action causes (signing in, an invite, a move, a page for a manager) are none of these.
KINDS: dict[str, MailKind] = {
    kind.name: kind
    for kind in (
        MailKind("agenda", Urgency.SOON),
        MailKind("reminder", Urgency.NOW),
        MailKind("link", Urgency.NOW, counted=False, asked=True, calm=False),
        MailKind("after_hosting", Urgency.SOON),
        MailKind("after", Urgency.SOON, asked=True),
        MailKind("check_in", Urgency.LATER),
        MailKind("poll", Urgency.SOON),
        MailKind("digest", Urgency.NOW, counted=False),
    )
}


def week_of(moment: datetime, zone: str) -> date:
    """The Monday of the week that an instant lies in, on the calendar of a zone."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday())
