"""The mails of polls: that one is open, one reminder to those who have not answered, and what was settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.services.addresses import stop_url
from app.accounts.services.weekly import Letter, start_mail
from app.mail.compose import Composed, compose
from app.mail.desk import Desk
from app.mail.services import write
from scheduling.models import CircleSession, HourAsk, Season, SlotPoll
from scheduling.queries.people import active_members
from scheduling.services.session_times import weekly_words

#: What these mails are among those that one can stop.
KIND = "poll"


def tell_opened(
    session: Session, poll: SlotPoll, season: Season, *, but: Person | None, desk: Desk, at: datetime
) -> int:
    """Ask everyone but the one who asks; says how many mails."""
    people = [m.person for m in active_members(season.circle) if but is None or m.person_id != but.id]
    for person in people:
        _poll_mail(session, "poll_opened", poll, season, person, asked_by=but, desk=desk, at=at)
    return len(people)


def remind_silent(
    session: Session, poll: SlotPoll, season: Season, silent: Sequence[object], *, desk: Desk, at: datetime
) -> int:
    """Remind those who have not answered, nobody else; says how many mails."""
    people = [m.person for m in active_members(season.circle) if m.person_id in silent]
    for person in people:
        _poll_mail(session, "poll_reminder", poll, season, person, asked_by=None, desk=desk, at=at)
    return len(people)


def tell_settled(
    session: Session,
    season: Season,
    *,
    but: Person,
    moved: Sequence[CircleSession],
    desk: Desk,
    at: datetime,
) -> int:
    """Tell everyone else the new weekly time in their own; says how many mails."""
    people = [m.person for m in active_members(season.circle) if m.person_id != but.id]
    for person in people:
        composed = compose(
            "scheduling/emails/poll_settled",
            locale=person.locale,
            person=person,
            season=season,
            circle=season.circle,
            moved=list(moved),
            season_url=desk.url(f"/circles/{season.circle_id}/season"),
            desk=desk,
        )
        write(session, composed, kind="poll.settled", to=person.email, name=person.name, person_id=person.id, at=at)
    return len(people)


def tell_asked_for_hour(session: Session, ask: HourAsk, person: Person, *, desk: Desk, at: datetime) -> None:
    """Ask one person, privately, whether they can free an hour; `ask.circle` is loaded."""
    url = desk.url(f"/hours-asked/{ask.id}")
    composed = compose(
        "scheduling/emails/poll_hour",
        locale=person.locale,
        person=person,
        circle=ask.circle,
        spells=[weekly_words(spell, person.locale) for spell in ask.spells],
        ask_url=url,
        desk=desk,
        unsubscribe_url=stop_url(desk, person, KIND),
    )
    _start(session, desk, person, f"{ask.id}", composed, "poll.hour", url, at=at)


def _poll_mail(
    session: Session,
    name: str,
    poll: SlotPoll,
    season: Season,
    person: Person,
    *,
    asked_by: Person | None,
    desk: Desk,
    at: datetime,
) -> None:
    url = desk.url(f"/circles/{season.circle_id}/poll")
    composed = compose(
        f"scheduling/emails/{name}",
        locale=person.locale,
        person=person,
        poll=poll,
        season=season,
        circle=season.circle,
        asked_by=asked_by,
        poll_url=url,
        desk=desk,
        unsubscribe_url=stop_url(desk, person, KIND),
    )
    _start(session, desk, person, f"{poll.id}:{name}", composed, name.replace("_", "."), url, at=at)


def _start(
    session: Session,
    desk: Desk,
    person: Person,
    subject: str,
    words: Composed,
    mail_kind: str,
    url: str,
    *,
    at: datetime,
) -> None:
    """Through the one door of mails that Coterie starts: choices, the week's ceiling and quiet hours hold."""
    letter = Letter(person, KIND, subject, words, mail_kind, title=words.subject, url=url)
    start_mail(session, desk, letter, at=at)
