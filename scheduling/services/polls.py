"""Asking a circle about its weekly time: opening a poll, everyone's own answer, settling and closing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput, NotAllowed
from app.mail.desk import Desk
from circles.models import Membership
from scheduling.models import CircleSession, PollKind, Season, SessionState, SlotOption, SlotPoll, SlotVote, Vote
from scheduling.queries.people import active_members
from scheduling.queries.polls import had_first_poll, open_poll
from scheduling.recurrence import Slot
from scheduling.services.finding import same_hour
from scheduling.services.poll_mails import tell_opened, tell_settled
from scheduling.services.slot_changes import change_weekly_time

#: The times of the welcome mail can be asked about until so long before the first session.
FIRST_CLOSES = timedelta(days=3)
SHORTEST, LONGEST = timedelta(hours=24), timedelta(days=22)
MOST_OPTIONS = 6
#: A poll that nobody settles or closes ends by itself so long after its deadline.
FORGOTTEN = timedelta(days=7)

#: A time that is offered: one weekly slot, or two that take turns.
Offered = tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the present members said about one option; `fits` when it can be settled on now."""

    option: SlotOption
    good: tuple[UUID, ...]
    can: tuple[UUID, ...]
    cannot: tuple[UUID, ...]
    fits: bool


@dataclass(frozen=True, slots=True)
class PollState:
    """A poll as it stands. `silent` are present members who have not said something about every time."""

    poll: SlotPoll
    standings: tuple[Standing, ...]
    silent: tuple[UUID, ...]
    answered: int
    closed: bool

    @property
    def best(self) -> Standing | None:
        """Of the options that fit, the one that works well for most."""
        fitting = [standing for standing in self.standings if standing.fits]
        return max(fitting, key=lambda one: (len(one.good), -one.option.position), default=None)


def slots_of(option: SlotOption, season: Season) -> Offered:
    """The slot, or the two slots, that an option stands for."""
    first = Slot(option.weekday, option.starts, option.timezone, season.minutes)
    if option.turn_weekday is None or option.turn_starts is None:
        return (first,)
    return first, Slot(option.turn_weekday, option.turn_starts, option.timezone, season.minutes)


def state_of(poll: SlotPoll, members: Sequence[Membership], *, at: datetime) -> PollState:
    """Count a poll's answers; options and votes are loaded. People who have left count for nothing.

    An option fits once every present member can. After the deadline, when several times are offered, it also fits when
    more than half have answered and nobody who has says that they cannot.
    """
    present = [member.person_id for member in members]
    closed = at >= poll.closes_at
    said = [{vote.person_id: vote.vote for vote in option.votes} for option in poll.options]
    silent = tuple(person for person in present if any(person not in votes for votes in said))
    enough = closed and len(poll.options) > 1 and 2 * (len(present) - len(silent)) > len(present)
    standings = []
    for option, votes in zip(poll.options, said, strict=True):
        of = {vote: tuple(person for person in present if votes.get(person) is vote) for vote in Vote}
        everyone = bool(present) and len(of[Vote.GOOD]) + len(of[Vote.CAN]) == len(present)
        fits = everyone or (enough and not of[Vote.CANNOT])
        standings.append(Standing(option, of[Vote.GOOD], of[Vote.CAN], of[Vote.CANNOT], fits))
    return PollState(poll, tuple(standings), silent, len(present) - len(silent), closed)


def open_for_circle(
    session: Session,
    season: Season,
    offered: Sequence[Offered],
    *,
    kind: PollKind,
    closes_at: datetime,
    actor: Person | None,
    desk: Desk,
    at: datetime,
) -> SlotPoll:
    """Ask the circle; everyone but the actor gets a mail. `season` has its circle and people loaded.

    Raises DomainError when another poll is open, InvalidInput for times or a deadline that cannot be.
    """
    _lock(session, season)
    if season.ended_at is not None:
        raise DomainError(N_("This season is over."))
    if open_poll(session, season.id) is not None:
        raise DomainError(N_("The circle is being asked already. One poll at a time."))
    if not at + SHORTEST <= closes_at <= at + LONGEST:
        raise InvalidInput(N_("Give the circle at least a day to answer, and at most three weeks."), field="until")
    poll = _add(session, season, offered, kind=kind, closes_at=closes_at, actor=actor, at=at)
    tell_opened(session, poll, season, but=actor, desk=desk, at=at)
    return poll


def first_poll_until(session: Session, season: Season, *, at: datetime) -> datetime | None:
    """Until when the times of the welcome mail can be asked about; None once that is over or was done."""
    first = _first_session(season)
    if first is None or not season.alternatives or season.ended_at is not None:
        return None
    until = first.starts_at - FIRST_CLOSES
    return until if at < until and not had_first_poll(session, season.id) else None


def begin_first_poll(session: Session, season: Season, *, at: datetime) -> SlotPoll:
    """Turn the times of the welcome mail into a poll, with the first answer to it, or give the one that is open.

    Raises DomainError when it is too late for that.
    """
    _lock(session, season)
    opened = open_poll(session, season.id)
    if opened is not None:
        return opened
    until = first_poll_until(session, season, at=at)
    if until is None:
        raise DomainError(N_("These times can no longer be chosen this way. The host can ask the circle anew."))
    return _add(session, season, alternatives_of(season), kind=PollKind.FIRST, closes_at=until, actor=None, at=at)


def alternatives_of(season: Season) -> list[Offered]:
    """The other times of the welcome mail, in the order in which a poll about them numbers them."""
    return _distinct(
        season,
        [
            (Slot(int(one["weekday"]), time.fromisoformat(str(one["start"])), str(one["timezone"]), season.minutes),)
            for one in season.alternatives
        ],
    )


def vote(
    session: Session,
    poll: SlotPoll,
    votes: Mapping[int, Vote],
    *,
    members: Sequence[Membership],
    actor: Person,
    at: datetime,
) -> None:
    """A member's own answer to every time, by position; it can be changed until the deadline.

    Raises NotAllowed for anyone but a present member, DomainError when the poll is over, InvalidInput for a gap.
    """
    if actor.id not in {member.person_id for member in members}:
        raise NotAllowed(N_("Only members of the circle answer."))
    if poll.ended_at is not None or at >= poll.closes_at:
        raise DomainError(N_("The time to answer is over."))
    for option in poll.options:
        if option.position not in votes:
            raise InvalidInput(N_("Say something about every time."), field=f"option{option.position}")
    for option in poll.options:
        row = session.get(SlotVote, (option.id, actor.id))
        if row is None:
            row = SlotVote(option_id=option.id, person_id=actor.id)
            session.add(row)
        row.vote, row.voted_at = votes[option.position], at
    session.flush()
    for option in poll.options:
        session.refresh(option, ["votes"])


def settle(
    session: Session, poll: SlotPoll, position: int, season: Season, *, actor: Person, desk: Desk, at: datetime
) -> list[CircleSession]:
    """Settle on a time that fits: sessions to come move, calendars follow, everyone gets a mail. Gives what moved.

    The caller has made sure that the actor decides. Raises DomainError when the time does not fit.
    """
    _must_be_open(session, poll)
    state = state_of(poll, active_members(season.circle), at=at)
    standing = next((one for one in state.standings if one.option.position == position), None)
    if standing is None or not standing.fits:
        raise DomainError(N_("This time does not suit yet. See what is needed."))
    _end(session, poll, actor=actor, at=at, chosen=position)
    moved = change_weekly_time(session, season, slots_of(standing.option, season), actor=actor, desk=desk, at=at)
    tell_settled(session, season, but=actor, moved=moved, desk=desk, at=at)
    return moved


def keep_time(session: Session, poll: SlotPoll, *, actor: Person, at: datetime) -> None:
    """Close a poll without a change. Raises DomainError when it is over."""
    _must_be_open(session, poll)
    _end(session, poll, actor=actor, at=at, chosen=None)


def close_forgotten(session: Session, *, at: datetime) -> int:
    """Close polls that nobody settled within a week of their deadline; the time stays. Says how many."""
    closed = session.execute(
        update(SlotPoll)
        .where(SlotPoll.ended_at.is_(None), SlotPoll.closes_at <= at - FORGOTTEN)
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )
    return int(closed.rowcount)  # type: ignore[attr-defined]


def claim_reminder(session: Session, poll_id: UUID, *, at: datetime) -> bool:
    """Whether this worker is the one that reminds; only one is, once."""
    claimed = session.execute(
        update(SlotPoll).where(SlotPoll.id == poll_id, SlotPoll.reminded_at.is_(None)).values(reminded_at=at)
    )
    return bool(claimed.rowcount)  # type: ignore[attr-defined]


def _add(
    session: Session,
    season: Season,
    offered: Sequence[Offered],
    *,
    kind: PollKind,
    closes_at: datetime,
    actor: Person | None,
    at: datetime,
) -> SlotPoll:
    distinct = _distinct(season, offered)
    if not distinct:
        raise InvalidInput(N_("Offer at least one time that is not the one you have."), field="times")
    if len(distinct) > MOST_OPTIONS:
        raise InvalidInput(N_("Offer at most %(most)s times."), field="times", most=MOST_OPTIONS)
    poll = SlotPoll(
        season_id=season.id, kind=kind, opened_by=actor.id if actor else None, opened_at=at, closes_at=closes_at
    )
    session.add(poll)
    session.flush()
    for position, slots in enumerate(distinct, start=1):
        first, second = slots[0], slots[1] if len(slots) > 1 else None
        session.add(
            SlotOption(
                poll_id=poll.id,
                position=position,
                weekday=first.weekday,
                starts=first.starts,
                timezone=first.timezone,
                turn_weekday=second.weekday if second else None,
                turn_starts=second.starts if second else None,
            )
        )
    session.flush()
    opened = open_poll(session, season.id)
    if opened is None:
        raise LookupError("a poll that was just opened is open")
    return opened


def _distinct(season: Season, offered: Sequence[Offered]) -> list[Offered]:
    """The offered times without the present one, each once."""
    distinct: list[Offered] = []
    for slots in offered:
        if not same_hour(slots, season.slots) and not any(same_hour(slots, other) for other in distinct):
            distinct.append(slots)
    return distinct


def _lock(session: Session, season: Season) -> None:
    """Hold the season, so that of two people who ask at once one is second."""
    session.execute(select(Season.id).where(Season.id == season.id).with_for_update())


def _must_be_open(session: Session, poll: SlotPoll) -> None:
    session.refresh(poll, ["ended_at"], with_for_update=True)
    if poll.ended_at is not None:
        raise DomainError(N_("This poll is over."))


def _end(session: Session, poll: SlotPoll, *, actor: Person, at: datetime, chosen: int | None) -> None:
    poll.ended_at, poll.ended_by, poll.chosen = at, actor.id, chosen
    session.flush()


def _first_session(season: Season) -> CircleSession | None:
    standing = [m for m in season.sessions if m.state is not SessionState.CANCELLED]
    return min(standing, key=lambda m: m.starts_at, default=None)
