"""Makes the whole demonstration in an empty database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.config import Config
from app.demo import cohorts, texts, waiting
from app.demo.calendar import Calendar
from app.demo.cohorts import Makers
from app.demo.diary import Diary
from app.demo.juniper import enter_juniper
from app.demo.pages import enter_pages
from app.demo.practice import enter_changes
from app.demo.sessions import enter_absence, enter_sessions
from app.demo.times import enter_times
from app.demo.told import JUNIPER, circles_of
from app.jobs_table import HANDLERS, PERIODIC
from app.organization import Organization, organization
from app.storage import Storage
from circles.attributes import Question, Treated, new_key
from circles.models import Cohort, Program
from practices.services.reports import start_report

#: Setting PDFs takes long; the worker does it.
LEFT = ("practices.page_pdf", "practices.document")
#: Work that comes due by itself every day and belongs to what is shown; the rest tidies up.
DAILY = ("scheduling.horizon", "scheduling.end_seasons", "guides.managers_after", "practices.follow_ups")
#: Mails that go with sessions are made for the last days only, at hours when nobody here sleeps.
MAILS, MAILS_FOR, MAIL_HOURS = ("scheduling.reminders", "scheduling.poll_reminders"), 9, (8, 11, 14, 17, 20)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: How long before the present the next cohort was opened.
OPENED_BEFORE = 9 * DAY
#: What that cohort asks of people itself. On the floor, nobody should be the only one who cannot sit down to write.
TIME_HERE = Question(
    new_key(), "How long have you been with us?", ("Less than a year", "One to five years", "More than five years")
)
PLACE_OF_WORK = Question(
    new_key(),
    "Where do you do most of your work?",
    ("At a desk", "On the floor or in the field", "Some of both"),
)
ALONE = Treated("not_alone", 8.0)


@dataclass
class Made:
    """What one entry hands to the next."""

    cohorts: list[Cohort] = field(default_factory=list)
    held: Organization | None = None


def build(session: Session, config: Config, storage: Storage, at: datetime) -> None:
    """Make the organization, its people, and three cohorts: running in its fifth week, enrolling, matching; commits.

    Runs inside an application context. Everything goes through the services at the instant at which it is said to
    have happened, so that what they check and write besides (mails, invites, the audit trail) is there as well.
    """
    calendar = Calendar.around(at)
    daily = [one for one in PERIODIC if one.kind in DAILY]
    mails = [one for one in PERIODIC if one.kind in MAILS]
    diary = Diary(session, HANDLERS, until=at, left=LEFT)
    makers = Makers(session, config, storage, calendar, diary)
    made = Made()
    diary.enter(calendar.moment(-46, 9), partial(_begin, makers, made))
    diary.enter(calendar.moment(-40, 8), partial(_enroll, makers, made))
    diary.enter(calendar.moment(-10, 10), partial(_match, makers, made))
    diary.enter(calendar.moment(-10, 11), partial(_publish, makers, made))
    days = (at - calendar.moment(-9, 6)) // DAY
    for day in range(days + 1):
        diary.enter(calendar.moment(day - 9, 6), partial(diary.do, daily))
        if day > days - MAILS_FOR:
            for hour in MAIL_HOURS:
                diary.enter(calendar.moment(day - 9, hour), partial(diary.do, mails))
    diary.enter(at - waiting.ANNOUNCED_BEFORE, partial(waiting.announce, makers))
    diary.enter(at - OPENED_BEFORE, partial(_open_next, makers, made))
    for ago in (DAY * 15, DAY * 8, DAY):
        diary.enter(at - ago, partial(_count, makers, made))
    # Read thousands of times; while it is held here, the session does not load it anew.
    made.held = organization(session)
    diary.play()


def _begin(makers: Makers, made: Made, *, at: datetime) -> None:
    administrator = cohorts.found(makers, at)
    program = cohorts.begin_program(makers, administrator, cohorts.PROGRAM, cohorts.PURPOSE, at + HOUR)
    calendar = makers.calendar
    plan = cohorts.plan_of(program, calendar.starts_on, calendar.day(-41), calendar.day(-11))
    made.cohorts.append(cohorts.announce(makers, program, plan, at + 2 * HOUR))


def _enroll(makers: Makers, made: Made, *, at: datetime) -> None:
    cohorts.open_enrollment(makers, made.cohorts[0], at)
    cohorts.enroll(makers, made.cohorts[0], texts.MEMBERS, at + HOUR, every=timedelta(hours=9))


def _match(makers: Makers, made: Made, *, at: datetime) -> None:
    cohorts.find_circles(makers, made.cohorts[0], at)


def _publish(makers: Makers, made: Made, *, at: datetime) -> None:
    leaves_at = cohorts.publish(makers, made.cohorts[0], at)
    makers.diary.enter(leaves_at, lambda at: makers.diary.work(at))
    makers.diary.enter(leaves_at + timedelta(minutes=1), partial(_tell, makers, made))


def _tell(makers: Makers, made: Made, *, at: datetime) -> None:
    circles = circles_of(makers.session, made.cohorts[0])
    for told in circles:
        enter_sessions(makers, told)
        enter_changes(makers, told)
    juniper = next(told for told in circles if told.name == JUNIPER)
    enter_times(makers, circles)
    enter_pages(makers, circles, enter_juniper(makers, juniper))
    away = next(told for told in circles if told is not juniper and not told.missed and told.leaves_before is None)
    enter_absence(makers, away, away.people[-1])


def _open_next(makers: Makers, made: Made, *, at: datetime) -> None:
    """The next cohort, enrolling."""
    session, today = makers.session, at.date()
    program = session.scalars(select(Program).order_by(Program.created_at)).first()
    if program is None:
        raise LookupError("the program was made before")
    starts_on = makers.calendar.starts_on + timedelta(weeks=4) + cohorts.NEXT_BEGINS_AFTER
    plan = replace(
        cohorts.plan_of(program, starts_on, today, starts_on - timedelta(days=14)),
        questions=(TIME_HERE, PLACE_OF_WORK),
        attributes={"department": Treated("mix"), TIME_HERE.key: Treated("mix", 8.0), PLACE_OF_WORK.key: ALONE},
    )
    cohort = cohorts.announce(makers, program, plan, at)
    cohorts.open_enrollment(makers, cohort, at + HOUR)
    cohorts.enroll(makers, cohort, texts.SPRING, at + 2 * HOUR, every=timedelta(hours=13))
    cohorts.invite(makers, cohort, ["divya.raman@fjordline.example", "siti.rahim@fjordline.example"], at + 3 * HOUR)
    made.cohorts.append(cohort)


def _count(makers: Makers, made: Made, *, at: datetime) -> None:
    """The lead asks for the figures of the day."""
    start_report(makers.session, made.cohorts[0], actor=makers.person(cohorts.LEAD), at=at)


def is_empty(session: Session) -> bool:
    """Whether nobody is there yet."""
    return session.scalar(select(Person.id).limit(1)) is None
