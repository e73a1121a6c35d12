"""What a calendar says beside yes or no: the circle reads a line, the host sees a proposed time and can take it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from scheduling.models import Answer, CalendarReply, ReplyKind, ReplyState, Season
from scheduling.queries.replies import said_of
from scheduling.services.answers import answer
from tests.factories.scheduling import invited

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
NAMES = ("Amara Osei", "Tomas Rivera", "Linh Pham")


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def juniper(session: Session) -> Season:
    return invited(session, NAMES, at=AT)


@pytest.fixture
def people(juniper: Season) -> list[Person]:
    """Amara hosts the first session, Tomas and Linh do not."""
    return [member.person for member in juniper.circle.memberships]


def reply(
    session: Session, season: Season, person: Person, *, kind: ReplyKind = ReplyKind.ANSWER, **fields: object
) -> CalendarReply:
    values: dict[str, object] = {
        "state": ReplyState.APPLIED,
        "sequence": 0,
        "stamped_at": AT - timedelta(minutes=5),
        "comment": "I come <b>late</b>",
        "received_at": AT,
        "answer": Answer.YES if kind is ReplyKind.ANSWER else None,
        **fields,
    }
    made = CalendarReply(session_id=season.sessions[0].id, person_id=person.id, kind=kind, **values)
    session.add(made)
    if kind is ReplyKind.ANSWER and made.state is ReplyState.APPLIED:
        meeting = season.sessions[0]
        answer(session, meeting, person, Answer.YES, source="calendar", at=AT, said_at=made.stamped_at)
    session.commit()
    return made


def propose(session: Session, season: Season, person: Person, **fields: object) -> CalendarReply:
    starts_at = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
    values = {"comment": "", "proposed_starts_at": starts_at, "proposed_ends_at": starts_at + timedelta(hours=1)}
    return reply(session, season, person, kind=ReplyKind.PROPOSAL, **{**values, **fields})


def page_of(sign_in: Callable[[Person], FlaskClient], season: Season, person: Person) -> str:
    return sign_in(person).get(f"/circles/{season.circle_id}").text


def test_the_circle_reads_a_line_escaped(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, people: list[Person]
) -> None:
    reply(session, juniper, people[1])
    for reader in people:
        page = page_of(sign_in, juniper, reader)
        assert "I come &lt;b&gt;late&lt;/b&gt;" in page
        assert "<b>late" not in page


def test_a_later_answer_on_a_page_takes_the_line_away(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, people: list[Person]
) -> None:
    reply(session, juniper, people[1])
    answer(session, juniper.sessions[0], people[1], Answer.NO, source="page", at=AT)
    session.commit()
    assert "late&lt;" not in page_of(sign_in, juniper, people[0])


def test_the_host_sees_a_proposed_time_and_can_look_at_it(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, people: list[Person]
) -> None:
    propose(session, juniper, people[1])
    browser = sign_in(people[0])
    page = browser.get(f"/circles/{juniper.circle_id}").text
    assert "Tomas Rivera proposes another time: Thursday 17 September, 15:00, your time." in page
    assert "proposes another time" not in page_of(sign_in, juniper, people[2])
    path = f"/sessions/{juniper.sessions[0].id}/move?starts=2026-09-17T13%3A00%3A00%2B00%3A00"
    assert path.split("?", 1)[1].split("%", 1)[0] in page
    form = browser.get(path).text
    assert 'value="2026-09-17"' in form
    assert 'value="15:00"' in form


@pytest.mark.parametrize(
    "fields",
    [
        {"state": ReplyState.PENDING},
        {"state": ReplyState.STALE},
        {"proposed_starts_at": AT - timedelta(hours=1)},
    ],
)
def test_what_does_not_count_is_not_shown(
    session: Session, juniper: Season, people: list[Person], fields: dict[str, object]
) -> None:
    propose(session, juniper, people[1], **fields)
    first = juniper.sessions[0].id
    assert said_of(session, [first], at=AT, proposals=[first]) == {first: []}


def test_a_move_or_leaving_ends_a_proposal(session: Session, juniper: Season, people: list[Person]) -> None:
    propose(session, juniper, people[1])
    propose(session, juniper, people[2])
    first = juniper.sessions[0]
    juniper.circle.memberships[1].left_at = AT
    session.commit()
    assert [one.person.id for one in said_of(session, [first.id], at=AT, proposals=[first.id])[first.id]] == [
        people[2].id
    ]
    first.sequence = first.schedule_sequence = 1
    session.commit()
    assert said_of(session, [first.id], at=AT, proposals=[first.id]) == {first.id: []}


def test_it_takes_one_query(session: Session, juniper: Season, people: list[Person], queries: list[str]) -> None:
    for number in range(30):
        propose(session, juniper, people[1], stamped_at=AT - timedelta(minutes=number))
    ids = [meeting.id for meeting in juniper.sessions]
    queries.clear()
    assert len(said_of(session, ids, at=AT, proposals=ids)[ids[0]]) == 1
    assert len(queries) == 1
    assert said_of(session, [], at=AT) == {}
