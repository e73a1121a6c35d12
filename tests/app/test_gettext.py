"""Every word on every page comes through gettext.

A pseudo-locale wraps whatever gettext returns in ⟦…⟧, dates are written in Cyrillic, and so is what people wrote: any
Latin word outside the brackets is one that nobody could translate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import flask_babel
import pytest
import time_machine
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import i18n
from app.accounts.models import Person
from app.mail.models import OutgoingMail
from app.organization import organization
from circles.models import Agreement, Circle, Cohort, CohortState, Enrollment, HelpRequest, Membership, Program
from circles.services.agreements import ask_for_help, write_agreement
from guides.content.models import GuideVersion
from guides.walk.models import CircleNote, CohortPlan, Commitment
from guides.walk.services import writing
from practices.models import CheckIn, PracticeChange, Share, SupportLine
from scheduling.models import CircleSession
from tests.factories import circles as make_circles
from tests.factories import practices as make

AT = datetime(2026, 9, 25, 9, 0, tzinfo=UTC)
OPEN, CLOSE = "⟦", "⟧"
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZá"
CYRILLIC = "абцдефгхижклмнопярстувшьыэАБЦДЕФГХИЖКЛМНОПЯРСТУВШЬЫЭа"
IN_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
#: What people wrote, by table; everything else on a page is the product's.
WRITTEN: dict[type[Any], tuple[str, ...]] = {
    Person: ("name", "department", "location", "job_title"),
    Program: ("name", "purpose"),
    Cohort: ("name", "purpose"),
    Enrollment: ("goals", "concern"),
    Circle: ("name",),
    Agreement: ("lines", "managers"),
    HelpRequest: ("text",),
    GuideVersion: ("title", "document"),
    CircleSession: ("title", "description"),
    CircleNote: ("text",),
    Commitment: ("text",),
    PracticeChange: ("before", "after", "cue", "action"),
    CheckIn: ("line",),
    Share: ("audience_name", "snapshot"),
    SupportLine: ("text",),
    OutgoingMail: ("recipient_name",),
}
#: Keys of stored documents whose values are names of kinds, never words.
CODES = {"id", "kind", "who", "slug", "version", "status", "area", "schema", "made_on", "since", "begun_on"}
#: Names that are the same in every language, addresses of mails and pages, and time zones.
NAMES = re.compile(
    r"\b(Coterie|coterie|CSV|PDF|JSON|UTC|UTF-8|SMTP|PNG|JPEG|WebP|GIF|[kM]B|SQLite|PostgreSQL|Python|Flask|SQLAlchemy|huey|icalendar|weasyprint|numpy)\b|[\w.+%-]+@[\w.-]+|https?://\S+"
    r"|\b[A-Z]\w+(/[\w+-]+)+"
)
ZONES = {name.replace("_", " ") for name in i18n.TIMEZONES}
WORD = re.compile(r"[A-Za-z]{2,}")
SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext"}
BUTTONS = {"submit", "button", "reset"}
#: Elements that hold names for machines, such as the columns of a file.
SILENT = {"style", "script", "code"}
ANYONE, MEMBER, LEAD, MANAGER, ADMINISTRATOR = "anyone", "member", "lead", "manager", "administrator"

#: Pages by who opens them; what stands in their addresses has the names of `addresses`.
PAGES: dict[str, tuple[str, ...]] = {
    ANYONE: ("accounts.sign_in", "accounts.forgot_password", "pages.help", "pages.who_can_see_what"),
    MEMBER: (
        "pages.home",
        "pages.circle",
        "guides.week",
        "circles.agreement",
        "circles.ask_for_help",
        "scheduling.my_sessions",
        "scheduling.calendar",
        "scheduling.move",
        "scheduling.host",
        "scheduling.presence",
        "scheduling.leave",
        "scheduling.away",
        "guides.skip",
        "guides.edit_note",
        "practices.my_changes",
        "practices.write",
        "practices.change",
        "practices.check_in",
        "practices.edit",
        "practices.let_go",
        "practices.share",
        "practices.my_shares",
        "practices.my_share",
        "practices.withdraw",
        "practices.circle_changes",
        "circles.enroll",
        "circles.enroll_about",
        "circles.enroll_interests",
        "circles.enroll_hours",
        "circles.enroll_people",
        "accounts.profile",
        "accounts.security",
        "accounts.my_data",
        "accounts.person",
    ),
    LEAD: (
        "pages.home",
        "pages.cohort_home",
        "circles.programs",
        "circles.program",
        "circles.program_leads",
        "circles.edit_program",
        "circles.new_cohort",
        "circles.cohorts",
        "circles.cohort",
        "circles.edit_cohort",
        "circles.copy_cohort",
        "circles.people",
        "circles.person",
        "circles.choose_people",
        "circles.import_people",
        "circles.invite_people",
        "circles.write_message",
        "circles.help_requests",
        "circles.match",
        "guides.choose_guide",
        "guides.publish",
        "guides.library",
        "guides.read_guide",
        "scheduling.placing",
        "scheduling.remind",
        "scheduling.write_to_hosts",
        "practices.report",
        "practices.my_reports",
    ),
    MANAGER: ("pages.home", "practices.pages", "practices.page"),
    ADMINISTRATOR: (
        "accounts.people",
        "accounts.person",
        "accounts.new_person",
        "accounts.imports",
        "admin.health",
        "admin.mails",
        "admin.trail",
        "admin.settings",
    ),
}
#: The cohort that stands in the address of some pages; the others are asked about the running one.
COHORTS = {
    "circles.edit_cohort": "enrolling",
    "circles.choose_people": "enrolling",
    "circles.import_people": "enrolling",
    "circles.invite_people": "enrolling",
    "circles.person": "matching",
    "circles.match": "matching",
    "guides.choose_guide": "matching",
    "guides.publish": "matching",
}


class _Pseudo:
    """A catalogue whose every translation is the message in brackets."""

    def ugettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def ungettext(self, singular: str, plural: str, number: int) -> str:
        return f"{OPEN}{singular if number == 1 else plural}{CLOSE}"

    def upgettext(self, context: str, message: str) -> str:
        return self.ugettext(message)

    def unpgettext(self, context: str, singular: str, plural: str, number: int) -> str:
        return self.ungettext(singular, plural, number)


class _Page(HTMLParser):
    """Collects the words of a page that a reader sees or hears and that stand outside the brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.silent = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        given = dict(attrs)
        spoken = [value for name, value in attrs if name in SPOKEN]
        if tag == "input" and given.get("type") in BUTTONS:
            spoken.append(given.get("value"))
        if not self.depth:
            self.found += [words for value in spoken if value for words in _outside(value)[0]]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            words, self.depth = _outside(data, self.depth)
            self.found += words


def _outside(text: str, depth: int = 0) -> tuple[list[str], int]:
    """The stretches of a text outside brackets that hold a Latin word, and how deep in brackets its end is."""
    stretches = [""]
    for character in text:
        if character == OPEN:
            depth += 1
            stretches.append("")
        elif character == CLOSE:
            depth -= 1
        elif not depth:
            stretches[-1] += character
    found = [" ".join(part.split()) for part in stretches if WORD.search(NAMES.sub(" ", part))]
    return [words for words in found if words not in ZONES], depth


def untranslated(html: str) -> list[str]:
    """What a page says in words that did not come through gettext."""
    page = _Page()
    page.feed(html)
    page.close()
    return page.found + (["a bracket is not closed"] if page.depth else [])


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<h1>⟦Home⟧</h1> <p>Амара</p>", []),
        ("<p>⟦Read <a href='/x' title='that'>the guide</a> now⟧</p>", []),
        ("<p>⟦%s sessions⟧ left</p>", ["left"]),
        ('<button aria-label="Close">⟦Close⟧</button>', ["Close"]),
        ('<input type="submit" value="Send"><input type="text" value="mine">', ["Send"]),
        ("<p>amara@example.org, Europe/Berlin, PDF, 10:30 – 11</p>", []),
        ("<p>⟦never closed</p>", ["a bracket is not closed"]),
    ],
)
def test_what_did_not_come_through_gettext_is_seen(html: str, found: list[str]) -> None:
    assert untranslated(html) == found


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pseudo-locale: messages in brackets, dates in Cyrillic."""
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: _Pseudo())
    monkeypatch.setattr(i18n, "LOCALES", ("ru",))
    monkeypatch.setattr(i18n, "DEFAULT_LOCALE", "ru")
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def cast(session: Session, person: Callable[..., Person]) -> tuple[dict[str, Person], dict[str, object]]:
    """A circle in its second week with notes, changes and an approved page; a cohort being matched; who reads it."""
    world = make.world(session, held=1)
    amara, tomas = world.amara, world.tomas
    write_agreement(session, world.circle, lines=["We are kind."], managers="As guests.", actor=amara, at=AT)
    note = writing.add_note(session, world.walk, 2, "What I saw", actor=amara, at=AT)
    writing.commit_to(session, world.walk, 2, "Ask one colleague", actor=amara, at=AT)
    ask_for_help(session, world.circle, text="Please look", actor=amara, at=AT)
    change = make.change(session, amara, world.circle, shown=True)
    make.change(session, tomas, world.circle, shown=True)
    make.check_in(session, change, 1, 2, line="It went well")
    share = make.share(session, amara, change)
    world.season.sessions[2].host_id = amara.id
    program = session.get_one(Program, world.cohort.program_id)
    enrolling = make_circles.cohort(session, program, name="Winter", enroll_until=AT.date() + timedelta(days=30))
    matching = make_circles.cohort(session, program, name="Spring")
    matching.state = CohortState.MATCHING
    rows = [make_circles.enrollment(session, matching, person(name=f"Waiting {n}")) for n in range(6)]
    make_circles.draft(session, matching, {"Ольха": rows[:5]}, unplaced=rows[5:])
    version = session.scalars(select(GuideVersion)).one()
    session.add(CohortPlan(cohort_id=matching.id, guide_version_id=version.id))
    people = {
        MEMBER: amara,
        LEAD: world.lead,
        MANAGER: world.manager,
        ADMINISTRATOR: person(name="Ada Admin", is_administrator=True),
    }
    values: dict[str, object] = {
        "running": world.cohort.id,
        "matching": matching.id,
        "enrolling": enrolling.id,
        "circle_id": world.circle.id,
        "session_id": world.season.sessions[2].id,
        "change_id": change.id,
        "share_id": share.id,
        "note_id": note.id,
        "enrollment_id": rows[0].id,
        "own_enrollment": session.scalars(
            select(Membership.enrollment_id).where(Membership.person_id == amara.id)
        ).one(),
        "person_id": amara.id,
        "program_id": program.id,
        "number": 2,
        "slug": "small",
    }
    organization(session).name, organization(session).set_up_at = "Кругом", AT
    _mark_what_people_wrote(session)
    session.commit()
    return people, values


def _mark_what_people_wrote(session: Session) -> None:
    session.flush()
    for model, columns in WRITTEN.items():
        for row in session.scalars(select(model)):
            for column in columns:
                setattr(row, column, _marked(getattr(row, column), column))
    for version in session.scalars(select(GuideVersion)):
        # Guides are read once for each hash, and this is another text now.
        version.hash = f"marked-{version.hash}"[:64]
    for person in session.scalars(select(Person)):
        person.timezone, person.locale = "UTC", "ru"


def _marked(value: Any, key: str = "") -> Any:
    if key == "language":
        return "ru"
    if key in CODES:
        return value
    if key == "snapshot":
        return json.dumps(_marked(json.loads(value)), sort_keys=True, ensure_ascii=False)
    if isinstance(value, dict):
        return {name: _marked(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, key) for inner in value]
    return value.translate(IN_CYRILLIC) if isinstance(value, str) else value


def _address(flask_app: Flask, endpoint: str, values: dict[str, object]) -> str:
    rule = next(rule for rule in flask_app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ()))
    here = COHORTS.get(endpoint, "running")
    enrollment = "own_enrollment" if endpoint.startswith("circles.enroll") else "enrollment_id"
    known = values | {"cohort_id": values[here], "enrollment_id": values[enrollment]}
    with flask_app.test_request_context():
        return url_for(endpoint, **{name: known[name] for name in rule.arguments})


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("role", list(PAGES))
def test_every_word_of_every_page_comes_through_gettext(
    role: str,
    flask_app: Flask,
    client: FlaskClient,
    cast: tuple[dict[str, Person], dict[str, object]],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    people, values = cast
    browser = client if role == ANYONE else sign_in(people[role])
    wrong = {}
    for endpoint in PAGES[role]:
        answer = browser.get(_address(flask_app, endpoint, values), follow_redirects=True)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200, f"{endpoint}: {answer.status_code}"
        assert page.count(OPEN) > 5, f"{endpoint} is hardly translated at all"
        if found := untranslated(page):
            wrong[endpoint] = found
    assert wrong == {}
