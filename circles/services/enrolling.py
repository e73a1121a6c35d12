"""How people come into a cohort: invited, by the sign-up link, approved, answering the form, withdrawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from app.i18n import is_timezone, local
from circles.attributes import questions_of
from circles.availability import GridError, WeeklyGrid
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Wish, WishKind

#: The form's pages; an enrollment whose step is past the last has been sent.
STEPS = 4
MAX_TEXT = 2000
MAX_TOPICS = 20
MAX_TOPIC = 80
MAX_LANGUAGES = 10
MAX_NAMED = 10


class Door(Enum):
    """Whether people can come into a cohort by its sign-up link."""

    NOT_YET = "not_yet"
    OPEN = "open"
    CLOSED = "closed"
    BEGUN = "begun"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class About:
    """First page: what is on someone's mind."""

    concern: str
    goals: str
    #: Answers to the cohort's own questions by their key; "" takes one back.
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interests:
    """Second page: topics and languages."""

    topics: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Third page: when someone could meet, on their own wall clock."""

    timezone: str
    available: str
    preferred: str


@dataclass(frozen=True, slots=True)
class People:
    """Fourth page: whom to meet, whom not, and whether someone is glad to host first. Addresses."""

    wishes: tuple[str, ...]
    together: tuple[str, ...]
    avoid: tuple[str, ...]
    glad_to_host: bool


def door(cohort: Cohort, *, at: datetime) -> Door:
    """Whether a cohort takes people now; its enrollment dates are days in its own zone. The program is loaded."""
    if cohort.state is CohortState.FINISHED or cohort.program.archived_at is not None:
        return Door.OVER
    if cohort.state is CohortState.RUNNING:
        return Door.BEGUN
    today = local(at, cohort.timezone).date()
    if cohort.state is CohortState.DRAFT or (cohort.state is CohortState.ENROLLING and today < cohort.enroll_from):
        return Door.NOT_YET
    return Door.OPEN if cohort.state is CohortState.ENROLLING and today <= cohort.enroll_until else Door.CLOSED


def may_answer(enrollment: Enrollment) -> bool:
    """Whether answers may change: until a circle is found, since hours and languages matter for later placement too.

    The cohort is loaded.
    """
    waiting = (EnrollmentState.INVITED, EnrollmentState.APPLIED, EnrollmentState.ENROLLED)
    return enrollment.state in waiting and enrollment.cohort.state is not CohortState.FINISHED


def may_send(enrollment: Enrollment) -> bool:
    """Whether a form that was not sent yet can be sent: as long as the lead has not closed enrollment."""
    return enrollment.state is not EnrollmentState.INVITED or enrollment.cohort.state is CohortState.ENROLLING


def invite(
    session: Session, cohort: Cohort, people: Iterable[Person], *, actor: Person, at: datetime
) -> list[Enrollment]:
    """Invite people who are not in the cohort yet, or no longer (withdrawn, declined). Returns the invited."""
    _must_be_open(cohort)
    wanted = list(people)
    known = {
        row.person_id: row
        for start in range(0, len(wanted), 500)
        for row in session.scalars(
            select(Enrollment).where(
                Enrollment.cohort_id == cohort.id,
                Enrollment.person_id.in_([person.id for person in wanted[start : start + 500]]),
            )
        )
    }
    invited: list[Enrollment] = []
    for person in wanted:
        row = known.get(person.id)
        if row is None:
            row = _new(cohort, person, EnrollmentState.INVITED, at)
            session.add(row)
        elif row.state in (EnrollmentState.WITHDRAWN, EnrollmentState.DECLINED):
            row.state, row.ended_at = EnrollmentState.INVITED, None
        else:
            continue
        invited.append(row)
    session.flush()
    audit.record(session, "cohort.invited", "cohort", cohort.id, actor_id=actor.id, at=at, people=len(invited))
    return invited


def join(session: Session, cohort: Cohort, person: Person, *, at: datetime) -> Enrollment:
    """Someone came by the sign-up link, or comes back: their enrollment, made if there is none.

    The program is loaded. Raises DomainError when closed, and for people who were declined.
    """
    row = session.scalar(select(Enrollment).where(Enrollment.cohort_id == cohort.id, Enrollment.person_id == person.id))
    if row is not None and row.state is EnrollmentState.DECLINED:
        raise DomainError(N_("Your lead could not take you into this cohort."))
    if row is not None and row.state is not EnrollmentState.WITHDRAWN:
        return row
    _must_be_open(cohort)
    if door(cohort, at=at) is not Door.OPEN:
        raise DomainError(
            N_("Enrollment is open from %(first)s to %(last)s."),
            first=cohort.enroll_from.isoformat(),
            last=cohort.enroll_until.isoformat(),
        )
    if row is None:
        return _made_once(session, _new(cohort, person, EnrollmentState.INVITED, at))
    row.state, row.ended_at = EnrollmentState.INVITED, None
    session.flush()
    return row


def answer_about(session: Session, enrollment: Enrollment, about: About) -> None:
    """Keep the first page; the cohort is loaded. Raises InvalidInput for text that is too long, or no such answer."""
    _may_answer(enrollment)
    for name, text in (("concern", about.concern), ("goals", about.goals)):
        if len(text) > MAX_TEXT:
            raise InvalidInput(N_("Keep it under %(length)d characters."), field=name, length=MAX_TEXT)
    answers = dict(enrollment.answers)
    for question in questions_of(enrollment.cohort.questions):
        if not question.asked or question.key not in about.answers:
            continue
        answer = about.answers[question.key]
        if answer and answer not in (*question.choices, answers.get(question.key)):
            raise InvalidInput(N_("Choose one of the answers."), field=f"question_{question.key}")
        answers.pop(question.key, None)
        if answer:
            answers[question.key] = answer
    enrollment.answers = answers
    enrollment.concern, enrollment.goals = about.concern.strip(), about.goals.strip()
    _reached(session, enrollment, 2)


def answer_interests(session: Session, enrollment: Enrollment, interests: Interests) -> None:
    """Keep the second page. Raises InvalidInput without a language, or for more than can be kept."""
    _may_answer(enrollment)
    languages = _distinct(language.lower() for language in interests.languages)
    topics = list({topic.casefold(): topic for topic in reversed(_distinct(interests.topics))}.values())[::-1]
    if not languages:
        raise InvalidInput(N_("Choose at least one language you can talk in."), field="languages")
    if len(languages) > MAX_LANGUAGES:
        raise InvalidInput(N_("Choose up to %(most)d languages."), field="languages", most=MAX_LANGUAGES)
    if len(topics) > MAX_TOPICS:
        raise InvalidInput(N_("Choose up to %(most)d topics."), field="topics", most=MAX_TOPICS)
    if any(len(topic) > MAX_TOPIC for topic in topics):
        raise InvalidInput(N_("Keep each topic under %(length)d characters."), field="own_topics", length=MAX_TOPIC)
    enrollment.topics = topics
    enrollment.languages = languages
    _reached(session, enrollment, 3)


def answer_hours(session: Session, enrollment: Enrollment, hours: Hours) -> WeeklyGrid:
    """Keep the third page. Raises InvalidInput naming what cannot be read, or when no hour is marked."""
    _may_answer(enrollment)
    if not is_timezone(hours.timezone):
        raise InvalidInput(N_("There is no time zone called %(zone)s."), field="timezone", zone=hours.timezone)
    try:
        grid = WeeklyGrid.parse(hours.available, hours.preferred)
    except GridError as error:
        raise InvalidInput(N_("These hours cannot be read: %(problem)s"), field="can", problem=str(error)) from error
    if not grid.can:
        raise InvalidInput(N_("Mark the hours you could meet. Without any, no circle can be found."), field="can")
    enrollment.timezone = hours.timezone
    enrollment.available, enrollment.preferred = grid.available_text, grid.preferred_text
    _reached(session, enrollment, 4)
    return grid


def answer_people(session: Session, enrollment: Enrollment, people: People) -> None:
    """Keep the fourth page; the enrollment's wishes are loaded. Raises InvalidInput for own or doubled addresses."""
    _may_answer(enrollment)
    named = {
        WishKind.WISH: _addresses(people.wishes),
        WishKind.TOGETHER: _addresses(people.together),
        WishKind.AVOID: _addresses(people.avoid),
    }
    own = enrollment.person.email_key
    for kind, keys in named.items():
        if own in keys:
            raise InvalidInput(N_("Name other people, not yourself."), field=kind.value)
        if len(keys) > MAX_NAMED:
            raise InvalidInput(N_("Name up to %(most)d people."), field=kind.value, most=MAX_NAMED)
    if set(named[WishKind.AVOID]) & (set(named[WishKind.TOGETHER]) | set(named[WishKind.WISH])):
        raise InvalidInput(N_("One person cannot be both wished for and avoided."), field="avoid")
    # Standing rows are kept: a new row like one that goes would meet it in the unique constraint.
    standing = {(wish.kind, wish.email_key): wish for wish in enrollment.wishes}
    enrollment.wishes = [
        standing.get((kind, key)) or Wish(kind=kind, email_key=key) for kind, keys in named.items() for key in keys
    ]
    enrollment.glad_to_host = people.glad_to_host
    session.flush()


def send(session: Session, enrollment: Enrollment, *, at: datetime) -> None:
    """The person is done: enrolled, or waiting for approval. Raises DomainError naming the page that is missing.

    The cohort is loaded.
    """
    _may_answer(enrollment)
    if not may_send(enrollment):
        raise DomainError(N_("Enrollment for this cohort has ended. Your answers are kept."))
    if not enrollment.available:
        raise DomainError(N_("Mark the hours you could meet first."))
    if not enrollment.languages:
        raise DomainError(N_("Choose a language first."))
    if enrollment.state is EnrollmentState.INVITED:
        waits = enrollment.cohort.approval_required
        enrollment.state = EnrollmentState.APPLIED if waits else EnrollmentState.ENROLLED
    enrollment.step = STEPS + 1
    enrollment.answered_at = at
    session.flush()


def decide(
    session: Session, enrollments: Sequence[Enrollment], *, approve: bool, actor: Person, at: datetime
) -> list[Enrollment]:
    """A lead takes people in or declines them; only those who wait. Returns whom it concerned."""
    changed = [row for row in enrollments if row.state is EnrollmentState.APPLIED]
    for row in changed:
        row.state = EnrollmentState.ENROLLED if approve else EnrollmentState.DECLINED
        row.ended_at = None if approve else at
    session.flush()
    for row in changed:
        verb = "approved" if approve else "declined"
        audit.record(session, f"enrollment.{verb}", "enrollment", row.id, actor_id=actor.id, at=at)
    return changed


def withdraw(session: Session, enrollment: Enrollment, *, actor: Person, at: datetime) -> None:
    """Someone does not take part after all. Raises DomainError for placed people, who leave their circle instead.

    Doing it again changes nothing, and who was declined stays so.
    """
    if enrollment.state is EnrollmentState.PLACED:
        raise DomainError(N_("You have a circle. Leave the circle instead, so that it is told."))
    if enrollment.state in (EnrollmentState.WITHDRAWN, EnrollmentState.DECLINED):
        return
    enrollment.state, enrollment.ended_at = EnrollmentState.WITHDRAWN, at
    session.flush()
    audit.record(session, "enrollment.withdrawn", "enrollment", enrollment.id, actor_id=actor.id, at=at)


def _new(cohort: Cohort, person: Person, state: EnrollmentState, at: datetime) -> Enrollment:
    return Enrollment(
        cohort_id=cohort.id,
        person_id=person.id,
        state=state,
        timezone=person.timezone,
        languages=list(person.languages),
        topics=[],
        created_at=at,
    )


def _made_once(session: Session, row: Enrollment) -> Enrollment:
    """Store a new enrollment, or find the one that another click of the same moment stored."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        same = (Enrollment.cohort_id == row.cohort_id, Enrollment.person_id == row.person_id)
        return session.scalars(select(Enrollment).where(*same)).one()
    return row


def _must_be_open(cohort: Cohort) -> None:
    if cohort.state is not CohortState.ENROLLING:
        raise DomainError(N_("Enrollment for this cohort is not open."))


def _may_answer(enrollment: Enrollment) -> None:
    if not may_answer(enrollment):
        raise DomainError(N_("These answers cannot change any more."))


def _reached(session: Session, enrollment: Enrollment, step: int) -> None:
    enrollment.step = max(enrollment.step, step)
    session.flush()


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _addresses(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text.strip().lower() for text in texts if text.strip()))
