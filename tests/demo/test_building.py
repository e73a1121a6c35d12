"""One demonstration is made and looked at from all sides, since making it takes seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit, clock
from app.accounts.models import Person
from app.accounts.queries import demonstration_people
from app.demo.building import build
from app.jobs.models import Job, JobState
from app.mail.incoming import IncomingMail
from app.mail.models import MailState, OutgoingMail
from app.visibility import BY_MATTER, Matter, Reader, Sight, may_read
from circles.models import Agreement, Circle, Cohort, CohortState, Enrollment, EnrollmentState, HelpRequest, Membership
from circles.queries.drafts import latest_draft
from circles.queries.running import circles_below
from circles.queries.unreachable import unreachable_people
from guides.walk.models import CircleNote, Commitment
from practices.models import CheckIn, PracticeChange, Share, Status, SupportLine, Witness
from practices.queries.figures import latest_figures
from scheduling.models import (
    Answer,
    Attendance,
    CircleSession,
    GuestState,
    InviteSent,
    Rsvp,
    Season,
    SessionGuest,
    SessionState,
    SlotPoll,
    SlotVote,
)
from scheduling.queries import season_of_circle
from scheduling.queries.running import silent_circles, unanswered_count, week_figures
from scheduling.services import rearranging
from scheduling.services.burden import burden_log

SignIn = Callable[[Person], FlaskClient]
#: A circle that did not meet says so some hours later.
HOURS_TO_CLOSE = timedelta(hours=4)


def test_the_demonstration_is_whole(flask_app: Flask, session: Session, sign_in: SignIn) -> None:
    at = clock.now()
    build(session, flask_app.extensions["config"], flask_app.extensions["storage"], at)
    running, waiting, enrolling = session.scalars(select(Cohort).order_by(Cohort.created_at)).all()
    people_are_placed(session, running, enrolling)
    one_cohort_is_matched(session, waiting)
    times_are_talked_about(session, running, sign_in)
    a_cohort_asks_questions(session, enrolling)
    circles_are_in_their_fifth_week(session, running)
    some_circles_struggle(session, running)
    members_wrote(session, running)
    pages_were_sent(session)
    mails_were_made(session)
    nothing_is_of_tomorrow(session, at)
    assert audit.first_broken(session) is None
    pages_can_be_opened(session, sign_in, running, enrolling, waiting)
    nobody_sees_more_than_the_table_says(session, sign_in, running, enrolling)


def people_are_placed(session: Session, running: Cohort, enrolling: Cohort) -> None:
    assert (running.state, enrolling.state) == (CohortState.RUNNING, CohortState.ENROLLING)
    rows = session.execute(select(Enrollment.cohort_id, Enrollment.state)).all()
    first = Counter(state for cohort_id, state in rows if cohort_id == running.id)
    assert first == {EnrollmentState.PLACED: 62, EnrollmentState.ENROLLED: 1, EnrollmentState.WITHDRAWN: 1}
    second = Counter(state for cohort_id, state in rows if cohort_id == enrolling.id)
    assert second == {EnrollmentState.ENROLLED: 16, EnrollmentState.INVITED: 2}
    sizes = Counter(session.scalars(select(Membership.circle_id).where(Membership.left_at.is_(None))).all())
    assert len(sizes) == 13
    assert sorted(set(sizes.values())) in ([3, 4, 5], [3, 5], [3, 4, 5, 6])
    parts = [part for _, part in demonstration_people(session)]
    assert parts == ["member of a circle", "host of this week", "manager", "program lead", "administrator"]


def one_cohort_is_matched(session: Session, waiting: Cohort) -> None:
    assert waiting.state is CohortState.MATCHING
    draft = latest_draft(session, waiting)
    assert draft is not None
    assert draft.figures["placed"] == 47
    assert draft.figures["unplaced"] == 1
    assert draft.figures["broken"] == 0
    assert draft.figures["look"] >= 2
    assert draft.search.bound is not None
    assert draft.score <= draft.search.bound <= draft.score * 1.05


def a_cohort_asks_questions(session: Session, enrolling: Cohort) -> None:
    keys = {question["key"] for question in enrolling.questions}
    assert len(keys) == 2
    assert keys < set(enrolling.attributes)
    answered = session.scalars(
        select(Enrollment.answers).where(
            Enrollment.cohort_id == enrolling.id, Enrollment.state == EnrollmentState.ENROLLED
        )
    ).all()
    assert sum(1 for answers in answered if set(answers) == keys) == len(answered) - 1


def times_are_talked_about(session: Session, running: Cohort, sign_in: SignIn) -> None:
    poll = session.scalars(select(SlotPoll)).one()
    assert poll.ended_at is None
    assert poll.closes_at > clock.now() + timedelta(days=2)
    assert len(session.scalars(select(SlotVote)).all()) == 6
    assert session.scalars(select(SessionGuest.state)).all() == [GuestState.ASKED]
    codes = Counter(session.scalars(select(IncomingMail.code)))
    assert codes == {"applied": 1, "proposed": 1, "bounced": 1}
    unreachable = unreachable_people(session, running.id)
    assert [one.person.name for one in unreachable.items] == ["Oksana Melnyk"]
    season = session.scalars(select(Season).join(Circle).where(Circle.name == "Juniper")).one()
    whole = season_of_circle(session, season.circle_id)
    assert whole is not None
    assert {row.member.person.name: row.hard_so_far for row in burden_log(whole, at=clock.now())}["Priya Nair"] == 1
    small = next(line for line in circles_below(session, running))
    trigger = rearranging.trigger_for(session, running, enrollment=None, circle=small.circle.id)
    assert trigger is not None
    assert rearranging.offers_for(session, running, trigger, at=clock.now()).offers
    linh = sign_in(session.scalars(select(Person).where(Person.name == "Linh Pham")).one())
    home = linh.get("/").get_data(as_text=True)
    assert "asks to be a guest" in home
    page = linh.get(f"/circles/{season.circle_id}").get_data(as_text=True)
    assert "proposes another time" in page


def circles_are_in_their_fifth_week(session: Session, running: Cohort) -> None:
    figures = week_figures(session, running.id, at=clock.now())
    under_way = next(figure for figure in figures if figure.to_come)
    assert under_way.position == 5
    assert len(figures) == 12
    assert all(figure.total == 13 for figure in figures)
    left_open = session.scalars(
        select(CircleSession).where(
            CircleSession.state == SessionState.PLANNED, CircleSession.ends_at < clock.now() - HOURS_TO_CLOSE
        )
    ).all()
    assert left_open == []


def some_circles_struggle(session: Session, running: Cohort) -> None:
    assert len(silent_circles(session, running.id, at=clock.now())) == 1
    assert 4 <= unanswered_count(session, running.id, at=clock.now()) <= 60
    assert len(session.scalars(select(HelpRequest)).all()) == 1
    assert len(set(session.scalars(select(Agreement.circle_id)))) == 12
    missed = session.scalars(select(CircleSession).where(CircleSession.state == SessionState.MISSED)).all()
    assert len(missed) >= 3
    assert {rsvp.answer for rsvp in session.scalars(select(Rsvp))} == set(Answer)
    assert session.scalars(select(Membership).where(Membership.away_until.is_not(None))).all()


def members_wrote(session: Session, running: Cohort) -> None:
    changes = session.scalars(select(PracticeChange)).all()
    assert {change.status for change in changes} == set(Status)
    assert all(change.circle_id for change in changes)
    assert session.scalars(select(Witness).where(Witness.at.is_not(None))).all()
    figures = latest_figures(session, running.id)
    assert figures is not None
    assert not figures.total.hidden
    assert any(row.hidden for row in figures.departments.rows)
    assert any(not row.hidden for row in figures.departments.rows)


def pages_were_sent(session: Session) -> None:
    shares = session.scalars(select(Share)).all()
    assert any(share.withdrawn_at for share in shares)
    assert sum(1 for share in shares if share.withdrawn_at is None) >= 5
    amara = session.scalars(select(Person).where(Person.name == "Amara Osei")).one()
    ingrid = session.scalars(select(Person).where(Person.name == "Ingrid Solberg")).one()
    (page,) = [share for share in shares if share.person_id == amara.id]
    assert page.audience_person_id == ingrid.id
    assert session.scalars(select(SupportLine).where(SupportLine.share_id == page.id)).all()


def mails_were_made(session: Session) -> None:
    mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
    kinds = Counter(mail.kind for mail in mails)
    assert kinds["circle.welcome"] == 63
    assert kinds["cohort.no_circle"] == 1
    assert kinds["session.invite"] >= 63 * 5
    assert kinds["session.agenda"] > 40
    assert kinds["session.reminder"] > 40
    assert kinds["poll.opened"] == 4
    assert kinds["guest.asked"] >= 1
    assert Counter(mail.state for mail in mails)[MailState.BOUNCED] == 1
    assert {mail.state for mail in mails} == {MailState.SENT, MailState.BOUNCED}
    made = [mail.created_at for mail in mails]
    assert made == sorted(made)
    told = Counter((sent.session_id, sent.person_id) for sent in session.scalars(select(InviteSent)))
    assert set(told.values()) == {1}
    waiting = set(session.scalars(select(Job.kind).where(Job.state == JobState.WAITING)))
    assert waiting <= {"practices.page_pdf"}


def nothing_is_of_tomorrow(session: Session, at: datetime) -> None:
    told = (
        Enrollment.answered_at,
        OutgoingMail.sent_at,
        CircleNote.written_at,
        Commitment.made_at,
        Commitment.outcome_at,
        CheckIn.made_at,
        Witness.at,
        Rsvp.answered_at,
        Attendance.noted_at,
        audit.AuditEntry.at,
    )
    late = {str(column): when for column in told if (when := session.scalar(select(func.max(column)))) and when > at}
    assert late == {}


def pages_can_be_opened(session: Session, sign_in: SignIn, running: Cohort, enrolling: Cohort, waiting: Cohort) -> None:
    circle = session.scalars(select(Circle).where(Circle.name == "Juniper")).one()
    visits = {
        "Amara Osei": (
            "/",
            "/this-week",
            "/my-circle",
            "/changes",
            "/shares",
            "/sessions",
            f"/circles/{circle.id}/changes",
            f"/circles/{circle.id}/agreement",
            f"/circles/{circle.id}/season",
            f"/circles/{circle.id}/poll",
            "/calendar",
        ),
        "Ingrid Solberg": ("/", "/pages"),
        "Marcus Adeyemi": (
            "/",
            "/cohorts",
            f"/cohorts/{running.id}/now",
            f"/cohorts/{running.id}/report",
            f"/cohorts/{running.id}/help-requests",
            f"/cohorts/{running.id}/placing",
            f"/cohorts/{running.id}/mend",
            f"/cohorts/{waiting.id}/match",
            f"/cohorts/{enrolling.id}",
            f"/cohorts/{enrolling.id}/people",
        ),
        "Karin Holm": ("/", "/admin/health", "/admin/mails", "/admin/trail", "/people"),
    }
    for name, paths in visits.items():
        browser = sign_in(session.scalars(select(Person).where(Person.name == name)).one())
        answers = {path: browser.get(path, follow_redirects=True).status_code for path in paths}
        assert set(answers.values()) == {200}, f"{name}: {answers}"
    outsider = sign_in(session.scalars(select(Person).where(Person.name == "Noor Haddad")).one())
    assert outsider.get(f"/circles/{circle.id}").status_code == 404


def nobody_sees_more_than_the_table_says(session: Session, sign_in: SignIn, running: Cohort, enrolling: Cohort) -> None:
    """Every newer row of app.visibility, read on the pages of someone who may and someone who may not."""

    def page(name: str, path: str) -> str:
        answer = sign_in(session.scalars(select(Person).where(Person.name == name)).one()).get(path)
        return answer.get_data(as_text=True) if answer.status_code == 200 else ""

    circle = session.scalars(select(Circle).where(Circle.name == "Juniper")).one()
    circles = {one.name: one.id for one in session.scalars(select(Circle).where(Circle.cohort_id == running.id))}
    poll, inside, now = f"/circles/{circle.id}/poll", f"/circles/{circle.id}", f"/cohorts/{running.id}/now"

    counted = {BY_MATTER[Matter.POLL_ANSWER].sight(reader) for reader in (Reader.PEER, Reader.LEAD)}
    assert counted == {Sight.COUNTED}
    standing = {reader: page(reader, poll).partition("How it stands")[2] for reader in ("Amara Osei", "Marcus Adeyemi")}
    assert all("works well for 2" in shown for shown in standing.values())
    assert "Priya Nair" not in standing["Amara Osei"]
    assert "Not answered yet: Jonas Weber, Amara Osei." in page("Amara Osei", poll)
    assert "Jonas Weber, Amara Osei" not in page("Marcus Adeyemi", poll)
    assert page("Ingrid Solberg", poll) == ""

    assert not may_read(Reader.LEAD, Matter.CALENDAR_WORDS)
    line, wish = "I come from the lab", "proposes another time"
    assert line in page("Amara Osei", inside)
    assert wish not in page("Amara Osei", inside)
    assert wish in page("Linh Pham", inside)
    for path in (now, inside, f"{inside}/season"):
        seen = page("Marcus Adeyemi", path)
        assert line not in seen
        assert wish not in seen

    assert not may_read(Reader.PEER, Matter.VISIT)
    assert "Solveig Nygård asks to come" in page("Amara Osei", inside)
    for reader, path in (("Yusuf Karim", f"/circles/{circles['Cypress']}"), ("Marcus Adeyemi", now)):
        seen = page(reader, path)
        assert seen
        assert "Solveig Nygård asks" not in seen

    answer = "On the floor or in the field"
    someone = next(
        row
        for row in session.scalars(select(Enrollment).where(Enrollment.cohort_id == enrolling.id))
        if answer in row.answers.values()
    )
    theirs = f"/cohorts/{enrolling.id}/people/{someone.id}"
    assert may_read(Reader.LEAD, Matter.ANSWERS)
    assert answer in page("Marcus Adeyemi", theirs)
    assert page("Ingrid Solberg", theirs) == page("Karin Holm", theirs) == ""

    assert BY_MATTER[Matter.MAIL_TROUBLE].sight(Reader.LEAD) is Sight.EXISTS
    assert "Mail to Oksana Melnyk comes back" in page("Marcus Adeyemi", now)
    assert "No such mailbox here" not in page("Marcus Adeyemi", now)
    assert "No such mailbox here" in page("Karin Holm", "/admin/addresses")
    assert "Oksana Melnyk comes back" not in page("Grace Mwangi", f"/circles/{circles['Parsley']}")
