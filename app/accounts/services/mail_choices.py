"""Which mails a person gets unasked: read and changed as one choice for each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from app.accounts.mail_kinds import KINDS
from app.accounts.models import Person

Reminder = Literal["always", "unless_coming", "never"]
After = Literal["hosting", "always", "never"]
#: Said of reminders only: none before a session that the person has said yes to.
WHEN_COMING = "reminder_when_coming"
#: What the choices below are kept as; anything else that was stopped stays so.
CHOSEN = frozenset({*KINDS, WHEN_COMING})


@dataclass(frozen=True, slots=True)
class Choices:
    """A choice for each kind of mail."""

    agenda: bool = True
    reminder: Reminder = "always"
    link: bool = False
    after: After = "hosting"
    check_in: bool = True
    poll: bool = True
    digest: bool = True


def choices_of(person: Person) -> Choices:
    """What a person has chosen; nothing chosen gives the defaults."""
    stopped, wanted = set(person.stopped_mails), set(person.wanted_mails)
    reminder: Reminder = "never" if "reminder" in stopped else "unless_coming" if WHEN_COMING in stopped else "always"
    after: After = "always" if "after" in wanted else "never" if "after_hosting" in stopped else "hosting"
    return Choices(
        agenda="agenda" not in stopped,
        reminder=reminder,
        link="link" in wanted,
        after=after,
        check_in="check_in" not in stopped,
        poll="poll" not in stopped,
        digest="digest" not in stopped,
    )


def choose(session: Session, person: Person, choices: Choices, *, at: datetime) -> None:
    """Keep a person's choices; mails that have left already are not called back."""
    stopped = [kind for kind in person.stopped_mails if kind not in CHOSEN]
    stopped += [kind for kind in ("agenda", "check_in", "poll", "digest") if not getattr(choices, kind)]
    if choices.reminder != "always":
        stopped.append("reminder" if choices.reminder == "never" else WHEN_COMING)
    if choices.after == "never":
        stopped.append("after_hosting")
    person.stopped_mails = sorted(stopped)
    person.wanted_mails = ["after"] * (choices.after == "always") + ["link"] * choices.link
    person.updated_at = at
    session.flush()
