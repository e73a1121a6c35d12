"""Every route, tried by everyone: each role gets exactly what the table of who sees what allows.

One of each thing exists; the addresses of all routes are filled in with them. Whoever is not listed for a route gets
404 (or 403 where the thing itself is theirs to see), whatever the method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts.models import Person
from app.auth import BY_TOKEN, PUBLIC
from app.jobs import ledger
from circles.services import drafting
from circles.services.agreements import ask_for_help
from guides.walk.services import writing
from practices.models import DocumentRequest
from scheduling.models import HourAsk, SessionGuest
from tests.factories import circles as make_circles
from tests.factories import practices as make
from tests.factories import scheduling as make_sessions

AT = datetime(2026, 9, 25, 9, 0, tzinfo=UTC)

EVERYONE = frozenset({"outsider", "amara", "tomas", "leaver", "lead", "manager", "administrator"})
AMARA, PEERS, LEAD = frozenset({"amara"}), frozenset({"amara", "tomas"}), frozenset({"lead"})
ADMINISTRATOR, STAFF = frozenset({"administrator"}), frozenset({"lead", "administrator"})

#: Endpoints whose addresses name nothing of anyone's: each person gets their own things there.
OWN_THINGS = {
    "pages.home",
    "pages.my_circle",
    "guides.my_week",
    "scheduling.my_sessions",
    "scheduling.calendar",
    "practices.my_changes",
    "practices.write",
    "practices.share",
    "practices.look_at_page",
    "practices.approve",
    "practices.request_summary",
    "practices.my_shares",
    "practices.pages",
    "accounts.profile",
    "accounts.addresses",
    "accounts.mails",
    "accounts.my_data",
    "accounts.download_data",
    "accounts.change_email",
    "accounts.erase_account",
    "accounts.change_password",
    "accounts.change_picture",
    "accounts.remove_picture",
    "accounts.security",
    "accounts.end_other_sign_ins",
    "accounts.sign_out",
    "circles.cohorts",
    "circles.programs",
    "bootstrap.static",
}

#: Who may use each route that names something.
ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "pages.circle",
            "guides.week",
            "guides.this_week",
            "guides.tick",
            "guides.write_private",
            "guides.add_note",
            "guides.write_summary",
            "guides.commit_to",
            "circles.agreement",
            "circles.write_agreement",
            "circles.say_in",
            "circles.ask_for_help",
            "scheduling.leave",
            "scheduling.every_week",
            "scheduling.away",
            "scheduling.answer_session",
            "scheduling.presence",
            "scheduling.note_presence",
            "scheduling.my_hours",
            "scheduling.host",
            "scheduling.move",
            "scheduling.details",
            "guides.skip",
            "guides.bring_back",
            "practices.circle_changes",
            "practices.session_check_in",
            "guides.live",
            "guides.live_now",
            "guides.press_live",
        ),
        PEERS,
    ),
    **dict.fromkeys(
        (
            "practices.change",
            "practices.ask_witness",
            "practices.check_in",
            "practices.edit",
            "practices.let_go",
            "practices.pick_up",
            "practices.replace",
            "practices.change_status",
            "practices.show",
            "practices.until_next",
            "practices.my_share",
            "practices.withdraw",
            "guides.edit_note",
            "guides.say_outcome",
            "practices.document",
            "practices.document_file",
            "circles.enroll",
            "circles.enroll_about",
            "circles.enroll_hours",
            "circles.enroll_interests",
            "circles.enroll_names",
            "circles.enroll_people",
            "circles.enroll_rejoin",
            "circles.enroll_send",
            "circles.enroll_withdraw",
            "accounts.end_sign_in",
            "accounts.remove_address",
        ),
        AMARA,
    ),
    #: A lead sees the weekly time and a poll's numbers, and decides; a member decides while they host.
    **dict.fromkeys(
        (
            "scheduling.season",
            "scheduling.poll",
            "scheduling.new_poll",
            "scheduling.settle_poll",
            "scheduling.keep_time",
            "scheduling.ask_for_hours",
        ),
        PEERS | LEAD,
    ),
    **dict.fromkeys(("scheduling.answer_poll", "scheduling.keep_session", "scheduling.catch_up"), PEERS),
    #: Private questions and requests of Amara's; the guest asks a circle that no one else here is in.
    **dict.fromkeys(("scheduling.hour_asked", "scheduling.withdraw_guest"), AMARA),
    **dict.fromkeys(("scheduling.decide_guest", "guides.guest_page"), frozenset()),
    "practices.say_seen": frozenset({"tomas"}),
    "practices.page": frozenset({"manager"}),
    "practices.request_page": frozenset({"amara"}),
    **dict.fromkeys(
        (
            "circles.cohort",
            "circles.copy_cohort",
            "circles.edit_cohort",
            "circles.help_requests",
            "circles.close_help",
            "circles.renew_link",
            "circles.take_back",
            "circles.match",
            "circles.exclude_person",
            "circles.lock_circle",
            "circles.move_person",
            "circles.start_search",
            "circles.search_progress",
            "circles.stop_search",
            "circles.cancel_search",
            "circles.advice",
            "circles.check_answers",
            "circles.start_costs",
            "circles.costs",
            "circles.undo_draft",
            "circles.write_message",
            "circles.people",
            "circles.person",
            "circles.withdraw_person",
            "circles.choose_people",
            "circles.decide",
            "circles.import_people",
            "circles.import_report",
            "circles.apply_import",
            "circles.invite_people",
            "circles.step_cohort",
            "guides.choose_guide",
            "guides.publish",
            "guides.publishing",
            "guides.publish_now",
            "guides.set_weekly_time",
            "guides.undo_publishing",
            "scheduling.placing",
            "scheduling.place",
            "scheduling.mend",
            "scheduling.apply_mend",
            "scheduling.remind",
            "scheduling.write_to_hosts",
            "pages.cohort_home",
            "practices.report",
            "practices.request_report",
            "circles.program",
            "practices.my_reports",
            "circles.new_cohort",
            "circles.edit_program",
            "circles.program_leads",
            "circles.remove_lead",
        ),
        LEAD,
    ),
    **dict.fromkeys(
        (
            "admin.first_run",
            "admin.addresses",
            "admin.try_address_again",
            "admin.health",
            "admin.retry_job",
            "admin.mails",
            "admin.retry_mail",
            "admin.settings",
            "admin.trail",
            "accounts.change_person",
        ),
        ADMINISTRATOR,
    ),
    **dict.fromkeys(
        (
            "accounts.people",
            "accounts.imports",
            "accounts.new_person",
            "guides.library",
            "guides.read_guide",
            "circles.new_program",
            "accounts.people_import",
            "accounts.apply_import",
            "accounts.discard_import",
        ),
        STAFF,
    ),
    #: A profile is for oneself, peers, others of the cohort, one's manager, leads and administrators.
    **dict.fromkeys(("accounts.person", "accounts.picture"), frozenset(EVERYONE - {"outsider"})),
    "admin.job": ADMINISTRATOR,
    #: Outside the demonstration nobody has an outbox.
    **dict.fromkeys(("admin.outbox", "admin.outbox_mail", "admin.outbox_mail_page"), frozenset()),
}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def cast(session: Session, person: Callable[..., Person]) -> tuple[dict[str, Person], dict[str, object]]:
    """Everyone by role, and a value for each placeholder of an address."""
    world = make.world(session, held=1)
    amara = world.amara
    leaver = world.jonas
    membership = next(m for m in world.circle.memberships if m.person_id == leaver.id)
    membership.left_at = AT
    change = make.change(session, amara, world.circle, shown=True)
    share = make.share(session, amara, change)
    note = writing.add_note(session, world.walk, 1, "A note", actor=amara, at=AT)
    commitment = writing.commit_to(session, world.walk, 1, "One thing", actor=amara, at=AT)
    request = ask_for_help(session, world.circle, text="Please look", actor=amara, at=AT)
    enrollment = next(m.enrollment_id for m in world.circle.memberships if m.person_id == amara.id)
    job = ledger.enqueue(session, "test.nothing", {"cohort": str(world.cohort.id)}, key="walk", at=AT)
    document = DocumentRequest(person_id=amara.id, kind="member", subject_id=amara.id, requested_at=AT)
    session.add_all(
        [
            document,
        ]
    )
    ask, guest = _asked_for_an_hour_and_guest(session, world)
    drafting.keep_entries(session, world.cohort, [], [], actor=None, at=AT)
    session.commit()
    people = {
        "outsider": person(name="Olga Outsider"),
        "amara": amara,
        "tomas": world.tomas,
        "leaver": leaver,
        "lead": world.lead,
        "manager": world.manager,
        "administrator": person(name="Ada Admin", is_administrator=True),
    }
    values: dict[str, object] = {
        "circle_id": world.circle.id,
        "cohort_id": world.cohort.id,
        "session_id": world.season.sessions[1].id,
        "change_id": change.id,
        "share_id": share.id,
        "enrollment_id": enrollment,
        "person_id": amara.id,
        "note_id": note.id,
        "ask_id": ask.id,
        "guest_id": guest.id,
        "program_id": world.cohort.program_id,
        "document_id": document.id,
        "commitment_id": commitment.id,
        "request_id": request.id,
        "job_id": job.id,
        "number": 1,
        "slug": "small",
        "target": "finished",
        "action": "deactivate",
        "mail_id": 1,
        "filename": "x",
        "import_id": world.circle.id,
        "sign_in_id": world.circle.id,
        "address_id": world.circle.id,
    }
    session.commit()
    return people, values


def _asked_for_an_hour_and_guest(session: Session, world: make.World) -> tuple[HourAsk, SessionGuest]:
    """Amara is asked privately for an hour, and asks another circle whether she can be its guest."""
    world.cohort.catch_up = True
    other = make_circles.circle_of(session, ["Noor Haddad", "Pia Lund", "Sam Okoro"])
    season = make_sessions.season(session, other, at=AT, first=AT.date(), count=2)
    ask = HourAsk(circle_id=world.circle.id, person_id=world.amara.id, spells=["Mon 18:00-19:00"], asked_at=AT)
    guest = SessionGuest(session_id=season.sessions[0].id, person_id=world.amara.id, asked_at=AT)
    session.add_all([ask, guest])
    session.flush()
    return ask, guest


def address(flask_app: Flask, rule: Rule, values: dict[str, object]) -> str:
    with flask_app.test_request_context():
        return flask_app.url_map.bind("coterie.test").build(
            rule.endpoint, {name: values[name] for name in rule.arguments}
        )


def routes(flask_app: Flask) -> list[Rule]:
    listed = PUBLIC | BY_TOKEN | OWN_THINGS
    return [rule for rule in flask_app.url_map.iter_rules() if rule.endpoint not in listed]


def test_every_route_says_who_may_use_it(flask_app: Flask) -> None:
    unlisted = sorted({rule.endpoint for rule in routes(flask_app)} - set(ALLOWED))
    assert unlisted == []


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_nobody_gets_what_is_not_theirs(
    role: str,
    flask_app: Flask,
    session: Session,
    cast: tuple[dict[str, Person], dict[str, object]],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    people, values = cast
    browser = sign_in(people[role])
    wrong = []
    for rule in routes(flask_app):
        if role in ALLOWED[rule.endpoint]:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = browser.open(address(flask_app, rule, values), method=method)
            if answer.status_code not in (404, 403):
                wrong.append(f"{method} {rule.endpoint}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_everyone_gets_what_is_theirs(
    role: str,
    flask_app: Flask,
    session: Session,
    cast: tuple[dict[str, Person], dict[str, object]],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    people, values = cast
    browser = sign_in(people[role])
    missing = {"accounts.picture", "practices.document_file", "accounts.people_import", "circles.import_report"}
    missing |= {
        "circles.advice",
        "circles.costs",
        "circles.search_progress",
        "admin.job",
        "guides.publish",
        "circles.move_person",
        "circles.remove_lead",
    }
    wrong = []
    for rule in routes(flask_app):
        if role not in ALLOWED[rule.endpoint] or "GET" not in (rule.methods or ()) or rule.endpoint in missing:
            continue
        answer = browser.get(address(flask_app, rule, values))
        if answer.status_code == 404 or answer.status_code >= 500:
            wrong.append(f"{rule.endpoint}: {answer.status_code}")
    for endpoint in sorted(OWN_THINGS - {"bootstrap.static"}):
        rule = next(rule for rule in flask_app.url_map.iter_rules() if rule.endpoint == endpoint)
        if "GET" in (rule.methods or ()) and browser.get(address(flask_app, rule, values)).status_code >= 400:
            wrong.append(endpoint)
    assert wrong == []
