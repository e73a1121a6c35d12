"""What is said about times in the running cohort: a poll, a guest, what calendars answered, mail that came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from app.demo import letters
from app.demo.cohorts import SENDER, Makers
from app.demo.sessions import DAY, HOUR
from app.demo.told import JUNIPER, Meeting, Told
from app.mail.desk import desk_for
from app.mail.models import MailState, OutgoingMail
from app.mail.transport import sender_address
from app.mail.verdicts import Verdicts
from circles.availability import WeeklyGrid
from circles.models import Enrollment, EnrollmentState
from circles.services import enrolling
from scheduling.inbound.taking import take
from scheduling.models import Answer, CircleSession, PollKind, Season, Vote
from scheduling.queries import active_members, season_of_circle
from scheduling.queries.access import member_session_by_id
from scheduling.queries.guests import own_request
from scheduling.queries.polls import open_poll
from scheduling.services import guests, my_hours, polls
from scheduling.services.answers import answer

#: How the organization's mail system vouches for its own people.
VOUCHED = Verdicts(dkim=frozenset({SENDER.partition("@")[2]}))
#: The circle whose member comes to Juniper as a guest, and who that is.
GUEST, GUEST_HOURS = "Solveig Nygård", "Mon 09:00-12:00; Tue 09:00-12:00; Thu 08:30-12:00"
#: Somebody without a circle who has found more hours since.
LATE, LATE_HOURS = "noor.haddad@fjordline.example", "Mon 12:00-18:30; Tue 12:00-15:00"
GONE = "oksana.melnyk@fjordline.example"
WISHES_ANOTHER_TIME, WRITES_A_LINE = "Jonas Weber", "Priya Nair"
#: The votes so far on the two times, by who gave them; the others have not answered.
VOTES = {
    "Linh Pham": (Vote.GOOD, Vote.CAN),
    "Tomás Rivera": (Vote.CAN, Vote.GOOD),
    "Priya Nair": (Vote.GOOD, Vote.GOOD),
}


def enter_times(makers: Makers, circles: Sequence[Told]) -> None:
    """Write all of it into the diary."""
    now, enter = makers.calendar.now, makers.diary.enter
    juniper = next(told for told in circles if told.name == JUNIPER)
    guest_circle = next(told for told in circles if any(person.name == GUEST for person in told.people))
    present = juniper.meetings[4]
    enter(now - 4 * DAY, partial(_more_hours, makers, guest_circle))
    enter(now - 3 * DAY, partial(_late_hours, makers))
    enter(now - 2 * DAY, partial(_comes_back, makers))
    enter(now - 26 * HOUR, partial(_ask_circle, makers, juniper))
    for place, name in enumerate(VOTES):
        enter(now - (25 - 5 * place) * HOUR, partial(_vote, makers, juniper, name))
    enter(now - 22 * HOUR, partial(_ask_to_come, makers, guest_circle, juniper))
    enter(now - 11 * HOUR, partial(_line, makers, juniper, present))
    enter(now - 9 * HOUR, partial(_counter, makers, juniper, present))


def _more_hours(makers: Makers, told: Told, *, at: datetime) -> None:
    """A member can come on Thursdays too from now on, which is what lets them catch up elsewhere."""
    person = told.member(GUEST)
    my_hours.keep_hours(makers.session, person, WeeklyGrid.parse(GUEST_HOURS, ""), person.timezone, at=at)


def _late_hours(makers: Makers, *, at: datetime) -> None:
    """Who waits for a circle frees hours that suit one, so that there is something to propose."""
    waits = makers.session.scalars(
        select(Enrollment).where(
            Enrollment.person_id == makers.person(LATE).id, Enrollment.state == EnrollmentState.ENROLLED
        )
    ).one()
    enrolling.answer_hours(makers.session, waits, enrolling.Hours(waits.timezone, LATE_HOURS, ""))


def _comes_back(makers: Makers, *, at: datetime) -> None:
    """The last mail to an address that is gone comes back."""
    session = makers.session
    last = session.scalars(
        select(OutgoingMail)
        .where(OutgoingMail.person_id == makers.person(GONE).id, OutgoingMail.state == MailState.SENT)
        .order_by(OutgoingMail.send_at.desc())
        .limit(1)
    ).one()
    sender = sender_address(makers.config, session)
    _take(makers, letters.come_back(recipient=GONE, organizer=sender, message_id=last.message_id, at=at), "bounced", at)


def _ask_circle(makers: Makers, told: Told, *, at: datetime) -> None:
    """The host offers the two other times that suit everyone."""
    season = _season(makers, told)
    polls.open_for_circle(
        makers.session,
        season,
        polls.alternatives_of(season)[:2],
        kind=PollKind.CHANGE,
        closes_at=at.replace(minute=0, second=0, microsecond=0) + timedelta(days=5),
        actor=told.host(told.meetings[4].week),
        desk=desk_for(makers.config, makers.session),
        at=at,
    )


def _vote(makers: Makers, told: Told, name: str, *, at: datetime) -> None:
    season = _season(makers, told)
    poll = open_poll(makers.session, season.id)
    if poll is None:
        raise LookupError(f"{told.name} was asked about its time before")
    said = {option.position: vote for option, vote in zip(poll.options, VOTES[name], strict=True)}
    polls.vote(makers.session, poll, said, members=active_members(season.circle), actor=told.member(name), at=at)


def _ask_to_come(makers: Makers, own: Told, told: Told, *, at: datetime) -> None:
    """A member who misses this week's session of their own circle asks Juniper's host for a chair."""
    session, desk = makers.session, desk_for(makers.config, makers.session)
    person = own.member(GUEST)
    missed = _meeting(makers, own.meetings[4])
    if missed.starts_at > at:
        answer(session, missed, person, Answer.NO, source="page", at=at)
    membership = own.membership(person)
    guest = guests.ask(session, told.meetings[4].id, missed, membership, desk=desk, at=at)
    guests.tell_hosts(session, own_request(session, person, guest.id), desk=desk, at=at)


def _line(makers: Makers, told: Told, meeting: Meeting, *, at: datetime) -> None:
    """A member accepts in their calendar, with a line to the circle."""
    _send(makers, told, meeting, WRITES_A_LINE, at, comment="I may be five minutes late: I come from the lab.")


def _counter(makers: Makers, told: Told, meeting: Meeting, *, at: datetime) -> None:
    """A member proposes another time in their calendar."""
    later = (meeting.starts_at + HOUR, meeting.ends_at + HOUR)
    _send(makers, told, meeting, WISHES_ANOTHER_TIME, at, comment="My train gets in at ten.", proposed=later)


def _send(
    makers: Makers,
    told: Told,
    meeting: Meeting,
    name: str,
    at: datetime,
    *,
    comment: str,
    proposed: tuple[datetime, datetime] | None = None,
) -> None:
    found = _meeting(makers, meeting)
    raw = letters.calendar_answer(
        sender=told.member(name).email,
        organizer=sender_address(makers.config, makers.session),
        uid=found.uid,
        sequence=found.sequence,
        at=at,
        partstat="TENTATIVE" if proposed else "ACCEPTED",
        comment=comment,
        proposed=proposed,
    )
    _take(makers, raw, "proposed" if proposed else "applied", at)


def _take(makers: Makers, raw: bytes, expected: str, at: datetime) -> None:
    code = take(makers.session, makers.config, raw, source="imap", verdicts=VOUCHED, at=at)
    if code != expected:
        raise ValueError(f"a mail of the demonstration was taken as {code}")


def _season(makers: Makers, told: Told) -> Season:
    found = season_of_circle(makers.session, told.circle.id)
    if found is None:
        raise LookupError(f"{told.name} has no season")
    return found


def _meeting(makers: Makers, meeting: Meeting) -> CircleSession:
    found = member_session_by_id(makers.session, meeting.id)
    if found is None:
        raise LookupError("a session of the season is gone")
    return found
