"""Members' practice changes: written in the first weeks, followed through the sessions, some let go, some seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from app.accounts.models import Person
from app.demo import texts
from app.demo.cohorts import Makers
from app.demo.sessions import HOUR, MINUTE
from app.demo.told import JUNIPER, Meeting, Told
from app.i18n import local
from practices.models import Occasion, PracticeChange, Status, Visibility
from practices.services import changes

#: How a change goes: how often at the start, then at each later session (None: not said), and where it ends.
COURSES: tuple[tuple[int, tuple[int | None, ...], Status], ...] = (
    (1, (2, 3, 3), Status.PARTLY),
    (2, (3, 4, 4), Status.FULLY),
    (0, (1, None, 2), Status.TRYING),
    (1, (2, None, 3), Status.PARTLY),
    (1, (1, 0), Status.DROPPED),
    (0, (), Status.PLANNED),
    (1, (2, 4), Status.FULLY),
    (2, (2, 2), Status.TRYING),
    (0, (2, 3), Status.PARTLY),
    (1, (1,), Status.REPLACED),
    (1, (None, 2), Status.TRYING),
    (0, (1, 1, 2), Status.TRYING),
)
#: Share of members with no change yet, and with two; of changes shown to the circle, and seen by a peer.
NONE_YET, TWO, SHOWN, SEEN = 0.06, 0.35, 0.9, 0.5
LINES_SEEN = ("", "I saw it on Tuesday, in the middle of the rush.", "", "Yes. And it changed what I did next.")


@dataclass
class Story:
    """One change and what is written about it: (session, how often, status, line, barriers), in order."""

    told: Told
    person: Person
    statement: changes.Statement
    visibility: Visibility
    written_at: datetime
    week: int
    made: list[PracticeChange] = field(default_factory=list)

    def begin(self, makers: Makers, *, at: datetime) -> None:
        """Write it."""
        origin = changes.Origin(self.told.membership(self.person), self.told.walk.id, self.week)
        today = self.day(at)
        self.made.append(
            changes.write_change(
                makers.session, self.statement, origin=origin, visibility=self.visibility, today=today,
                actor=self.person, at=at,
            )
        )  # fmt: skip

    def day(self, at: datetime) -> date:
        """The member's own day at an instant."""
        return local(at, self.person.timezone).date()

    def check_in(
        self,
        makers: Makers,
        meeting: Meeting,
        frequency: int | None,
        status: Status | None,
        line: str,
        barriers: Sequence[str],
        *,
        at: datetime,
    ) -> None:
        """Say at a session how it goes."""
        changes.check_in(
            makers.session, self.made[0], on=self.day(at), frequency=frequency, status=status, line=line,
            barriers=barriers, occasion=Occasion.SESSION, session_id=meeting.id, at=at,
        )  # fmt: skip

    def let_go(self, makers: Makers, reason: str, *, at: datetime) -> None:
        """End it with a reason."""
        changes.let_go(makers.session, self.made[0], reason=reason, on=self.day(at), at=at)

    def replace(self, makers: Makers, statement: changes.Statement, *, at: datetime) -> None:
        """Put another one in its place."""
        changes.replace(
            makers.session, self.made[0], statement, today=self.day(at), actor=self.person, at=at
        )  # fmt: skip

    def seen(self, makers: Makers, peer: Person, line: str, *, at: datetime) -> None:
        """A peer is asked and says that they saw it."""
        peers = {person.id for person in self.told.people}
        changes.ask_witness(makers.session, self.made[0], peer.id, peers=peers, at=at - HOUR)
        changes.say_seen(makers.session, self.made[0], line=line, actor=peer, at=at)


def enter_changes(makers: Makers, told: Told) -> None:
    """Write the changes of a circle's members, and their courses, into the diary."""
    if told.name == JUNIPER:
        return
    bank = texts.change_texts()
    now = makers.calendar.now
    for place, person in enumerate(told.people):
        draw = told.luck.random()
        count = 0 if draw < NONE_YET else 2 if draw > 1 - TWO else 1
        for turn in range(count):
            number = told.number * 5 + place * 3 + turn * 7
            held = [one for one in told.held(by=now) if person in told.members(one.week)]
            first = 1 + turn if len(held) > 1 + turn else 0
            if held:
                _enter_change(
                    makers, told, person, bank[number % len(bank)], COURSES[number % len(COURSES)], held[first:]
                )


def _enter_change(
    makers: Makers,
    told: Told,
    person: Person,
    words: texts.ChangeTexts,
    course: tuple[int, tuple[int | None, ...], Status],
    held: Sequence[Meeting],
) -> None:
    baseline, frequencies, ends = course
    luck, diary, first = told.luck, makers.diary, held[0]
    shown = luck.random() < SHOWN
    story = Story(
        told,
        person,
        statement(words, baseline, luck.randint(3, 5), luck.randint(2, 4)),
        Visibility.CIRCLE if shown else Visibility.ME,
        first.ends_at,
        first.week,
    )
    diary.enter(first.ends_at - 8 * MINUTE, partial(story.begin, makers))
    last = first
    for meeting, frequency in zip(held[1:], frequencies, strict=False):
        if frequency is not None:
            rising = frequency > baseline
            said = luck.random() < 0.7
            line = (words.well if rising else words.hard) if said else ""
            status = ends if ends in (Status.PARTLY, Status.FULLY) and frequency >= 3 else None
            barriers = [words.barrier] if said and not rising else []
            entry = partial(story.check_in, makers, meeting, frequency, status, line, barriers)
            diary.enter(meeting.ends_at - 2 * MINUTE, entry)
        last = meeting
    if last is first:
        return
    if ends is Status.DROPPED:
        diary.enter(last.ends_at + 3 * HOUR, partial(story.let_go, makers, words.reason))
    elif ends is Status.REPLACED:
        bank = texts.change_texts()
        other = bank[(bank.index(words) + 11) % len(bank)]
        diary.enter(last.ends_at + 4 * HOUR, partial(story.replace, makers, statement(other, 1, 4, 3)))
    elif shown and luck.random() < SEEN:
        peers = [one for one in told.members(last.week) if one is not person]
        peer, line = luck.choice(peers), luck.choice(LINES_SEEN)
        diary.enter(last.ends_at + 26 * HOUR, partial(story.seen, makers, peer, line))


def statement(words: texts.ChangeTexts, baseline: int, resolve: int, confidence: int) -> changes.Statement:
    """A member's statement from its texts."""
    return changes.Statement(
        after=words.after, before=words.before, cue=words.cue, action=words.action, area=words.area,
        resolve=resolve, confidence=confidence, baseline=baseline,
    )  # fmt: skip
