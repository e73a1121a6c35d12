"""Carrying proposals out: memberships, calendars, mails, and who can still read what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError
from app.mail.models import OutgoingMail
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState, Membership, Wish, WishKind
from circles.queries.agreements import agreement_state
from circles.services import agreements
from circles.services.forming import end_membership
from guides.walk.models import CohortPlan, SessionWeek, Walk
from guides.walk.services.writing import add_note, commit_to, write_private
from scheduling.models import Season, SessionState
from scheduling.queries.access import season_of_circle
from scheduling.services import rearranging
from scheduling.services.calendars import invite_where_missing
from tests.factories import circles as make
from tests.factories import guides as make_guides
from tests.factories import practices as make_practices
from tests.factories.scheduling import DESK, season

AT = datetime(2026, 9, 22, 9, 0, tzinfo=UTC)
FIRST = date(2026, 9, 14)
BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person(name="Marcus Adeyemi")


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    return make.cohort(session, make.program(session, lead), state=CohortState.RUNNING)


@pytest.fixture
def running(session: Session, cohort: Cohort, person: Callable[..., Person]) -> Callable[..., Season]:
    """Makes a circle with its season and walk: running("Juniper", "Ann Bo Cem Di")."""
    version = make_guides.version(session)

    def make_one(name: str, people: str, **slot: object) -> Season:
        members = [person(name=f"{one} {name}", timezone=BERLIN) for one in people.split()]
        circle = make.circle(session, cohort, members, name=name, created_at=AT - timedelta(days=14))
        made = season(session, circle, at=AT - timedelta(days=14), first=FIRST, **slot)
        walk = Walk(season_id=made.id, guide_version_id=version.id, started_at=AT - timedelta(days=14))
        session.add(walk)
        session.flush()
        for number, meeting in enumerate(made.sessions, 1):
            session.add(SessionWeek(session_id=meeting.id, walk_id=walk.id, week=number))
            if meeting.ends_at < AT:
                meeting.state = SessionState.HELD
        session.commit()
        invite(session, made)
        return made

    return make_one


def invite(session: Session, made: Season) -> None:
    loaded = season_of_circle(session, made.circle_id)
    assert loaded is not None
    invite_where_missing(session, loaded.sessions, desk=DESK, at=AT - timedelta(days=1))
    session.commit()


def waiting(session: Session, cohort: Cohort, someone: Person, **fields: object) -> Enrollment:
    row = make.enrollment(session, cohort, someone, **fields)
    session.commit()
    return row


def offers(session: Session, cohort: Cohort, **about: object) -> rearranging.Offers:
    trigger = rearranging.trigger_for(
        session,
        cohort,
        enrollment=about.get("person"),
        circle=about.get("circle"),  # type: ignore[arg-type]
    )
    assert trigger is not None
    return rearranging.offers_for(session, cohort, trigger, at=AT)


def do(
    session: Session, cohort: Cohort, lead: Person, offer: rearranging.Offer, **about: object
) -> rearranging.Applied:
    trigger = rearranging.trigger_for(
        session,
        cohort,
        enrollment=about.get("person"),
        circle=about.get("circle"),  # type: ignore[arg-type]
    )
    assert trigger is not None
    done = rearranging.apply(session, cohort, trigger, offer.mark, actor=lead, desk=DESK, at=AT)
    session.commit()
    session.expire_all()
    return done


def present(session: Session, circle_id: object) -> list[str]:
    return list(
        session.scalars(
            select(Person.name)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.circle_id == circle_id, Membership.left_at.is_(None))
            .order_by(Membership.position)
        )
    )


def mails(session: Session, kind: str) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind, OutgoingMail.created_at == AT)))


def test_a_late_joiner_is_placed_and_told_once(
    session: Session, cohort: Cohort, lead: Person, running: Callable[..., Season], person: Callable[..., Person]
) -> None:
    juniper = running("Juniper", "Ann Bo Cem Di")
    late = person(name="Viktor Petrov", timezone=BERLIN)
    row = waiting(session, cohort, late)
    (offer,) = [one for one in offers(session, cohort, person=row.id).offers if one.proposal.kind == "place"]
    done = do(session, cohort, lead, offer, person=row.id)
    assert (done.moved, done.placed) == (0, 1)
    assert present(session, juniper.circle_id)[-1] == "Viktor Petrov"
    assert row.state is EnrollmentState.PLACED
    (letter,) = mails(session, "circle.regrouped")
    assert letter.recipient == late.email
    assert "Ann Juniper, Bo Juniper, Cem Juniper, Di Juniper" in letter.text
    assert "Thursday 24 September at 10:00" in letter.text
    invites = mails(session, "session.invite")
    assert [mail.recipient for mail in invites] == [late.email] * 2
    assert done.mails == 3


def test_merging_ends_the_smaller_circle_and_calendars_follow(
    session: Session, cohort: Cohort, lead: Person, running: Callable[..., Season]
) -> None:
    small, large = running("Oak", "Ann Bo"), running("Elm", "Cem Di Eve Flo")
    ids = small.circle_id, large.circle_id
    (offer,) = [one for one in offers(session, cohort, circle=ids[0]).offers if one.proposal.kind == "merge"]
    assert (offer.proposal.moved, offer.proposal.times_changed) == (2, 0)
    do(session, cohort, lead, offer, circle=ids[0])
    oak, elm = session.get_one(Circle, ids[0]), session.get_one(Circle, ids[1])
    assert oak.ended_at == AT
    assert elm.ended_at is None
    assert present(session, elm.id) == ["Cem Elm", "Di Elm", "Eve Elm", "Flo Elm", "Ann Oak", "Bo Oak"]
    ended = season_of_circle(session, oak.id)
    assert ended is not None
    assert ended.ended_at == AT
    assert {m.state for m in ended.sessions if m.starts_at > AT} == {SessionState.CANCELLED}
    written = session.scalars(select(OutgoingMail).where(OutgoingMail.created_at == AT)).all()
    cancelled = [mail.recipient for mail in written if mail.method == "CANCEL"]
    requested = [mail.recipient for mail in written if mail.method == "REQUEST"]
    moved = [session.scalar(select(Person.email).where(Person.name == f"{name} Oak")) for name in ("Ann", "Bo")]
    assert sorted(cancelled) == sorted([*moved, *moved])
    assert sorted(requested) == sorted([*moved, *moved]), "those who were in Elm hear nothing by mail"
    letters = mails(session, "circle.regrouped")
    assert sorted(mail.recipient for mail in letters) == sorted(moved)
    assert "made one circle of Oak and Elm" in letters[0].text


def test_what_an_ended_circle_wrote_is_read_by_its_members_and_by_nobody_else(
    session: Session,
    cohort: Cohort,
    lead: Person,
    running: Callable[..., Season],
    sign_in: Callable[[Person], FlaskClient],
    outsider: Person,
) -> None:
    oak, elm = running("Oak", "Ann Bo Gus"), running("Elm", "Cem Di Eve")
    ann, bo, gus = (m.person for m in oak.circle.memberships)
    cem = elm.circle.memberships[0].person
    walk = session.scalars(select(Walk).where(Walk.season_id == oak.id)).one()
    other = session.scalars(select(Walk).where(Walk.season_id == elm.id)).one()
    before = AT - timedelta(days=3)
    add_note(session, walk, 1, "Oak kept this note", actor=ann, at=before)
    commit_to(session, walk, 1, "Oak promised this", actor=ann, at=before)
    write_private(session, walk, 1, "", "Only mine", actor=ann, at=before)
    add_note(session, other, 1, "Elm kept this note", actor=cem, at=before)
    shown = make_practices.change(session, ann, oak.circle, shown=True, at=before, after="I ask on day one")
    end_membership(session, oak.circle.memberships[2], actor=gus, at=AT - timedelta(days=1))
    session.commit()
    ids = oak.circle_id, elm.circle_id, shown.id
    (offer,) = [one for one in offers(session, cohort, circle=ids[0]).offers if one.proposal.kind == "merge"]
    do(session, cohort, lead, offer, circle=ids[0])
    page = f"/circles/{ids[0]}/weeks/1"
    for reader in (ann, bo):
        browser = sign_in(reader)
        words = browser.get(page).data.decode()
        assert "Oak kept this note" in words
        assert "Oak promised this" in words
        assert ("Only mine" in words) == (reader is ann)
        assert "Elm kept this note" not in browser.get(f"/circles/{ids[1]}/weeks/1").data.decode()
    assert "I ask on day one" in sign_in(bo).get(f"/circles/{ids[0]}/changes").data.decode()
    assert "I ask on day one" not in sign_in(bo).get(f"/circles/{ids[1]}/changes").data.decode()
    for nobody in (cem, gus, lead, outsider):
        browser = sign_in(nobody)
        assert browser.get(page).status_code == 404
        assert browser.get(f"/circles/{ids[0]}").status_code == 404
        assert browser.get(f"/circles/{ids[0]}/changes").status_code == 404
    assert "Oak kept this note" not in sign_in(cem).get(f"/circles/{ids[1]}/weeks/1").data.decode()


def test_the_agreement_is_asked_again_of_everyone_after_a_merge(
    session: Session, cohort: Cohort, lead: Person, running: Callable[..., Season]
) -> None:
    oak, elm = running("Oak", "Ann Bo"), running("Elm", "Cem Di Eve")
    cem = elm.circle.memberships[0].person
    agreements.write_agreement(
        session, elm.circle, lines=["We are kind."], managers="", actor=cem, at=AT - timedelta(days=5)
    )
    session.commit()
    ids = oak.circle_id, elm.circle_id
    offer = next(one for one in offers(session, cohort, circle=ids[0]).offers if one.proposal.kind == "merge")
    do(session, cohort, lead, offer, circle=ids[0])
    loaded = season_of_circle(session, ids[1])
    assert loaded is not None
    state = agreement_state(session, loaded.circle, reader=cem)
    assert not state.said_in
    assert len(state.still_to_say) == 5


def test_a_merge_that_needs_another_time_moves_the_sessions_of_the_larger_circle(
    session: Session, cohort: Cohort, lead: Person, running: Callable[..., Season]
) -> None:
    oak, elm = running("Oak", "Ann Bo", weekday=0), running("Elm", "Cem Di Eve")
    for row in session.scalars(
        select(Enrollment).where(Enrollment.person_id.in_([m.person_id for m in oak.circle.memberships]))
    ):
        row.available, row.preferred = "Mon 09:00-12:00; Thu 11:00-12:00", ""
    session.commit()
    ids = oak.circle_id, elm.circle_id
    offer = next(one for one in offers(session, cohort, circle=ids[0]).offers if one.proposal.kind == "merge")
    assert offer.proposal.times_changed == 1
    do(session, cohort, lead, offer, circle=ids[0])
    made = season_of_circle(session, ids[1])
    assert made is not None
    assert (made.weekday, made.starts) == (3, time(11, 0))
    to_come = [m for m in made.sessions if m.state is SessionState.PLANNED and m.starts_at > AT]
    assert {m.local_time for m in to_come} == {time(11, 0)}
    assert {mail.recipient for mail in mails(session, "session.moved")} == {
        m.person.email for m in made.circle.memberships[:3]
    }
    letters = mails(session, "circle.regrouped")
    assert all("at 11:00" in mail.text for mail in letters)


def test_a_transfer_leaves_one_circle_for_another(
    session: Session,
    cohort: Cohort,
    lead: Person,
    running: Callable[..., Season],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    oak, elm = running("Oak", "Ann Bo Cem Di Eve"), running("Elm", "Flo Gus Hal Ida")
    ann = oak.circle.memberships[0]
    ids, row = (oak.circle_id, elm.circle_id), ann.enrollment_id
    offer = offers(session, cohort, person=row).offers[0]
    assert (offer.proposal.kind, offer.proposal.moved) == ("transfer", 1)
    do(session, cohort, lead, offer, person=row)
    assert present(session, ids[0]) == ["Bo Oak", "Cem Oak", "Di Oak", "Eve Oak"]
    assert present(session, ids[1])[-1] == "Ann Oak"
    assert session.get_one(Enrollment, row).state is EnrollmentState.PLACED
    assert sign_in(ann.person).get(f"/circles/{ids[0]}").status_code == 404
    assert sign_in(ann.person).get(f"/circles/{ids[1]}").status_code == 200
    (letter,) = mails(session, "circle.regrouped")
    assert "moved you from Oak to Elm" in letter.text


def test_a_lead_who_sits_in_a_circle_can_be_moved_by_themselves(
    session: Session, cohort: Cohort, lead: Person, running: Callable[..., Season]
) -> None:
    oak, elm = running("Oak", "Ann Bo Cem Di"), running("Elm", "Flo Gus Hal Ida")
    row = make.enrollment(session, cohort, lead, state=EnrollmentState.PLACED, timezone=BERLIN)
    session.add(
        Membership(
            circle_id=oak.circle_id, person_id=lead.id, enrollment_id=row.id, position=9, joined_at=AT - timedelta(3)
        )
    )
    session.commit()
    key, target = row.id, elm.circle_id
    offer = next(one for one in offers(session, cohort, person=key).offers if one.proposal.kind == "transfer")
    do(session, cohort, lead, offer, person=key)
    assert present(session, target)[-1] == "Marcus Adeyemi"
    assert session.get_one(Enrollment, key).state is EnrollmentState.PLACED


def test_a_new_circle_of_people_who_wait_gets_season_guide_and_welcome(
    session: Session,
    cohort: Cohort,
    lead: Person,
    running: Callable[..., Season],
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    session.add(CohortPlan(cohort_id=cohort.id, guide_version_id=make_guides.version(session, slug="other").id))
    evenings = {"available": "Tue 18:00-21:00; Wed 18:00-21:00", "preferred": ""}
    rows = [
        waiting(session, cohort, person(name=name, timezone=BERLIN), **evenings)
        for name in ("Uma Late", "Vic Late", "Wim Late", "Xia Late")
    ]
    running("Juniper", "Ann Bo Cem Di")
    (offer,) = offers(session, cohort, person=rows[0].id).offers
    assert (offer.proposal.kind, offer.proposal.placed) == ("new_circle", 4)
    done = do(session, cohort, lead, offer, person=rows[0].id)
    trigger = rearranging.trigger_for(session, cohort, enrollment=rows[0].id, circle=None)
    assert trigger is not None
    with pytest.raises(DomainError, match="being made"):
        rearranging.apply(session, cohort, trigger, offer.mark, actor=lead, desk=DESK, at=AT)
    run_jobs()
    session.expire_all()
    made = session.scalars(select(Circle).where(Circle.name == done.new_circle)).one()
    assert sorted(present(session, made.id)) == ["Uma Late", "Vic Late", "Wim Late", "Xia Late"]
    opened = season_of_circle(session, made.id)
    assert opened is not None
    assert all(meeting.starts_at > AT for meeting in opened.sessions)
    assert session.scalar(select(func.count()).where(Walk.season_id == opened.id)) == 1
    assert len(mails(session, "circle.welcome")) == 4


def test_what_changed_meanwhile_is_refused_and_nothing_is_half_done(
    session: Session, cohort: Cohort, lead: Person, running: Callable[..., Season], person: Callable[..., Person]
) -> None:
    oak, elm = running("Oak", "Ann Bo"), running("Elm", "Cem Di Eve Flo")
    ids = oak.circle_id, elm.circle_id
    offer = next(one for one in offers(session, cohort, circle=ids[0]).offers if one.proposal.kind == "merge")
    late = waiting(session, cohort, person(name="Viktor Petrov", timezone=BERLIN))
    place = next(
        one
        for one in offers(session, cohort, person=late.id).offers
        if one.proposal.kind == "place" and one.sides[0].circle.id == ids[1]
    )
    do(session, cohort, lead, place, person=late.id)
    before = session.scalar(select(func.count()).select_from(OutgoingMail))
    trigger = rearranging.trigger_for(session, cohort, enrollment=None, circle=ids[0])
    assert trigger is not None
    with pytest.raises(DomainError, match="Something changed meanwhile"):
        rearranging.apply(session, cohort, trigger, offer.mark, actor=lead, desk=DESK, at=AT)
    assert session.get_one(Circle, ids[0]).ended_at is None
    assert session.scalar(select(func.count()).select_from(OutgoingMail)) == before


def test_leaving_a_circle_that_ended_by_a_merge_does_not_end_ones_place_in_the_other(
    session: Session,
    cohort: Cohort,
    lead: Person,
    running: Callable[..., Season],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    oak, elm = running("Oak", "Ann Bo"), running("Elm", "Cem Di Eve")
    ann, row = oak.circle.memberships[0].person, oak.circle.memberships[0].enrollment_id
    ids = oak.circle_id, elm.circle_id
    offer = next(one for one in offers(session, cohort, circle=ids[0]).offers if one.proposal.kind == "merge")
    do(session, cohort, lead, offer, circle=ids[0])
    assert sign_in(ann).post(f"/circles/{ids[0]}/leave").status_code == 302
    session.expire_all()
    assert session.get_one(Enrollment, row).state is EnrollmentState.PLACED
    assert "Ann Oak" in present(session, ids[1])


def test_somebody_who_belongs_to_a_member_is_placed_with_them_only(
    session: Session, cohort: Cohort, running: Callable[..., Season], person: Callable[..., Person]
) -> None:
    oak = running("Oak", "Ann Bo Cem Di")
    running("Elm", "Eve Flo Gus Hal")
    row = waiting(session, cohort, person(name="Viktor Petrov", timezone=BERLIN))
    friend = oak.circle.memberships[0].person
    session.add(Wish(enrollment_id=row.id, kind=WishKind.TOGETHER, email_key=friend.email_key))
    session.commit()
    session.expire_all()
    found = offers(session, cohort, person=row.id)
    assert {side.circle.name for one in found.offers for side in one.sides if side.circle} == {"Oak"}
    assert found.refusals["together"] == 1
