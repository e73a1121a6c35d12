"""Pages that members approved for their managers: read, answered, taken back, or replaced by a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from app.accounts.models import Person
from app.demo.cohorts import Makers
from app.demo.practice import Story
from app.demo.sessions import HOUR
from app.demo.told import JUNIPER, Told
from app.mail.desk import desk_for
from practices.models import PracticeChange, Share, Status
from practices.queries.changes import changes_of
from practices.services import pages, shares

DAY = timedelta(days=1)


@dataclass
class Sent:
    """A page on its way: who made it, from which changes, and the share once it is approved."""

    person: Person
    sentences: dict[str, str]
    would_help: str
    share: list[Share] = field(default_factory=list)


def enter_pages(makers: Makers, circles: Sequence[Told], stories: dict[str, Story]) -> None:
    """Write pages for several managers into the diary."""
    juniper = next(told for told in circles if told.name == JUNIPER)
    third = juniper.meetings[2].ends_at
    meetings = "I end every meeting with who does what by when."
    first = Sent(
        juniper.member("Amara Osei"),
        {meetings: "The Tuesday call is ten minutes shorter now."},
        "If you ended our Monday round the same way, I would not stand out.",
    )
    _enter(makers, first, third + DAY, read=19 * HOUR, answer="Gladly. I begin next Monday. Remind me if I forget.")
    plans = Sent(
        juniper.member("Linh Pham"),
        {"I share a test plan with its empty pages.": "They filled one of the empty pages themselves."},
        "Half an hour with the field team before a plan is frozen.",
    )
    _enter(makers, plans, juniper.meetings[3].ends_at + 5 * HOUR, read=14 * HOUR, answer="")
    _enter_others(makers, circles, juniper)


def _enter_others(makers: Makers, circles: Sequence[Told], juniper: Told) -> None:
    """Three more members of Ingrid's and Rahul's teams: one page answered, one only sent, one taken back."""
    told = [
        (one, person)
        for one in circles
        if one is not juniper and not one.missed
        for person in one.people
        if person.manager_id is not None
    ]
    told.sort(key=lambda pair: (pair[1].manager_email, pair[1].name))
    now = makers.calendar.now
    wishes = (
        "That you ask me on Fridays what is stuck, and not what is done.",
        "A day without dispatch calls, once a month.",
        "",
    )
    for number, (_, person) in enumerate(told):
        sent = Sent(person, {}, wishes[number % len(wishes)])
        at = now - (9 + 2 * number) * DAY % (5 * DAY) - (20 + number) * HOUR
        makers.diary.enter(at, partial(_approve_if_any, makers, sent))
        if number % 3 == 0:
            line = "Thank you for showing me. Let us talk about it when we meet next."
            makers.diary.enter(at + 6 * HOUR, partial(_read, makers, sent))
            makers.diary.enter(at + 7 * HOUR, partial(_answer, makers, sent, line))
        if number % 5 == 4:
            makers.diary.enter(at + 12 * HOUR, partial(_withdraw, makers, sent))
        if number >= 9:
            break


def _enter(makers: Makers, sent: Sent, at: datetime, *, read: timedelta, answer: str) -> None:
    makers.diary.enter(at, partial(_approve_if_any, makers, sent))
    makers.diary.enter(at + read, partial(_read, makers, sent))
    if answer:
        makers.diary.enter(at + read + HOUR, partial(_answer, makers, sent, answer))


def _approve_if_any(makers: Makers, sent: Sent, *, at: datetime) -> None:
    """Choose from the changes that stand, look at the page and approve it."""
    session, person = makers.session, sent.person
    to = pages.manager_of(session, person)
    written = [one for one in changes_of(session, person.id) if one.status not in (Status.REPLACED, Status.PLANNED)]
    chosen = [_chosen(one, sent) for one in written if not sent.sentences or one.after in sent.sentences]
    if to is None or not chosen:
        return
    today = at.date()
    page = pages.make_page(session, person, chosen[:2], to, would_help=sent.would_help, today=today)
    desk = desk_for(makers.config, session)
    share = shares.approve(session, page, [one.change for one in chosen[:2]], to, actor=person, desk=desk, at=at)
    sent.share.append(share)


def _chosen(change: PracticeChange, sent: Sent) -> pages.Chosen:
    last = next((entry.line for entry in reversed(change.check_ins) if entry.line), "")
    return pages.Chosen(change, sent.sentences.get(change.after, last))


def _read(makers: Makers, sent: Sent, *, at: datetime) -> None:
    for share in sent.share:
        shares.record_reading(makers.session, share, form="page", at=at)


def _answer(makers: Makers, sent: Sent, line: str, *, at: datetime) -> None:
    for share in sent.share:
        shares.answer(makers.session, share, line, desk=desk_for(makers.config, makers.session), at=at)


def _withdraw(makers: Makers, sent: Sent, *, at: datetime) -> None:
    desk = desk_for(makers.config, makers.session)
    for share in sent.share:
        shares.withdraw(makers.session, makers.storage, share, actor=sent.person, desk=desk, at=at)
