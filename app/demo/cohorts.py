"""The organization, its people, and its cohorts up to the day they begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.import_plan import Author
from app.accounts.models import Person
from app.accounts.services import importing as accounts
from app.accounts.services.people import create_administrator
from app.admin.services import save_organization
from app.admin.settings import OrganizationSettings
from app.config import Config
from app.demo import texts
from app.demo.calendar import ZONE, Calendar, season_name
from app.demo.diary import Diary, commit
from app.mail.desk import desk_for
from app.storage import Storage
from circles import matching
from circles.models import Cadence, Cohort, CohortState, Enrollment, Program
from circles.services import cohorts, drafting, enrolling, importing, mailing, programs
from guides.content.queries import newest_version
from guides.content.services import store_library
from guides.walk.services import publishing

ORGANIZATION = "Fjordline Works"
SENDER = "circles@fjordline.example"
ADMINISTRATOR = "karin.holm@fjordline.example"
LEAD = "marcus.adeyemi@fjordline.example"
PROGRAM = "Work in the open"
PURPOSE = (
    "We show work earlier, ask sooner and keep what helps. Small circles of people who would not meet otherwise, "
    "an hour a week."
)
GUIDE = "working-in-the-open"
TOPICS = (
    "asking for help",
    "giving feedback",
    "handing over well",
    "shorter meetings",
    "showing work early",
    "time to think",
    "working across time zones",
    "writing things down",
)
SEED, MOVES = 1, 400_000
NEXT_BEGINS_AFTER = timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Makers:
    """What making the demonstration needs at hand."""

    session: Session
    config: Config
    storage: Storage
    calendar: Calendar
    diary: Diary

    def person(self, email: str) -> Person:
        """Someone by address."""
        return self.session.scalars(select(Person).where(Person.email_key == email)).one()


def found(makers: Makers, at: datetime) -> Person:
    """Set the organization up with its people; the administrator."""
    session = makers.session
    create_administrator(session, ADMINISTRATOR, "Karin Holm", at)
    administrator = makers.person(ADMINISTRATOR)
    settings = OrganizationSettings(
        name=ORGANIZATION,
        timezone="Europe/Oslo",
        mail_from=SENDER,
        smtp_host="",
        smtp_port=587,
        smtp_security="starttls",
        smtp_username="",
        smtp_password="",
        circle_text_months=12,
        mail_body_days=90,
    )
    save_organization(session, settings, actor=administrator, at=at)
    store_library(session, at=at)
    _import_people(makers, texts.OTHERS, administrator, at)
    return administrator


def _import_people(makers: Makers, path: Path, actor: Person, at: datetime) -> None:
    """Upload a people file, have it checked, and have its rows applied."""
    session = makers.session
    kept = accounts.upload(session, makers.storage, path.read_bytes(), name=path.name, actor=actor, at=at)
    makers.diary.work(at)
    accounts.start(session, kept, actor=actor, at=at)
    makers.diary.work(at)


def begin_program(makers: Makers, administrator: Person, name: str, purpose: str, at: datetime) -> Program:
    """A program, handed over to its lead."""
    session = makers.session
    program = programs.create_program(session, name=name, purpose=purpose, actor=administrator, at=at)
    programs.add_lead(session, program, email=LEAD, actor=administrator, at=at)
    programs.remove_lead(session, program, administrator, actor=administrator, at=at)
    return program


def plan_of(program: Program, starts_on: date, enroll_from: date, enroll_until: date) -> cohorts.Plan:
    """What the lead decides about every cohort; some change a line of it."""
    return cohorts.Plan(
        name=f"{program.name}, {season_name(starts_on)}",
        purpose=program.purpose,
        timezone=ZONE,
        starts_on=starts_on,
        cadence=Cadence.WEEKLY,
        chosen_dates=(),
        sessions=12,
        minutes=60,
        size_min=4,
        size_target=5,
        size_max=6,
        slots=2,
        enroll_from=enroll_from,
        enroll_until=enroll_until,
        approval_required=False,
        managers_take_part=True,
        topics=TOPICS,
        weights={},
        catch_up=True,
    )


def announce(makers: Makers, program: Program, plan: cohorts.Plan, at: datetime, *, guide: str = GUIDE) -> Cohort:
    """A cohort of the program in draft, with its guide."""
    session = makers.session
    cohort = cohorts.create_cohort(session, program, plan, actor=makers.person(LEAD), at=at)
    publishing.choose_guide(session, cohort, newest_version(session, guide))
    return cohort


def open_enrollment(makers: Makers, cohort: Cohort, at: datetime) -> None:
    """Let people come, by the sign-up link too."""
    cohorts.step(makers.session, cohort, CohortState.ENROLLING, actor=makers.person(LEAD), at=at)
    cohorts.open_join_link(makers.session, cohort, makers.config.secret_key, at=at)


def enroll(makers: Makers, cohort: Cohort, path: Path, at: datetime, *, every: timedelta) -> None:
    """Bring the people of a file into a cohort; one after the other they say what is on their minds."""
    session, lead = makers.session, makers.person(LEAD)
    author = Author(lead.id, True)
    checked = importing.check(session, cohort, path.read_bytes(), author=author)
    for _ in importing.keep_accounts(session, checked, name=path.name, author=author, at=at):
        session.flush()
    written = texts.document("weeks")["enrollment"]
    done = importing.Done()
    for number, row in enumerate(checked.rows):
        moment = at + number * every
        importing.enroll_rows(session, cohort, [row], done, at=moment)
        enrollment = session.scalars(
            select(Enrollment).join(Person).where(Enrollment.cohort_id == cohort.id, Person.email_key == row.key)
        ).one()
        about = enrolling.About(
            concern=written["concerns"][number % len(written["concerns"])],
            goals=written["goals"][number % len(written["goals"])],
        )
        enrolling.answer_about(session, enrollment, about)
    commit(session)


def invite(makers: Makers, cohort: Cohort, emails: list[str], at: datetime) -> None:
    """Invite people who have not answered yet."""
    session, lead = makers.session, makers.person(LEAD)
    guests = [makers.person(email) for email in emails]
    enrolling.invite(session, cohort, guests, actor=lead, at=at)
    desk = desk_for(makers.config, session)
    mailing.write_batch(session, cohort, guests, "invited", actor=lead, desk=desk, at=at)


def find_circles(makers: Makers, cohort: Cohort, at: datetime, *, moves: int = MOVES) -> None:
    """Close enrollment and match: the same people, rules, seed and number of moves give the same circles."""
    session, lead = makers.session, makers.person(LEAD)
    cohorts.step(session, cohort, CohortState.MATCHING, actor=lead, at=at)
    rows = drafting.enrolled(session, cohort)
    people = matching.among_themselves(tuple(drafting.candidate(row) for row in rows))
    met = drafting.pairs_met(session, drafting.waiting_people(cohort))
    commit(session)
    proposal = matching.match(people, drafting.rules_of(cohort), met, seed=SEED, iterations=moves)
    drafting.keep_proposal(session, cohort, proposal, rows, excluded=[], actor=lead, at=at)


def publish(makers: Makers, cohort: Cohort, at: datetime) -> datetime:
    """Publish the draft; the instant at which the circles are told."""
    lead = makers.person(LEAD)
    return publishing.start_publishing(makers.session, cohort, cohort.draft_revision, actor=lead, at=at)
