from __future__ import annotations

from pathlib import Path

import pytest

from app.accounts.people_csv import read_people
from app.demo import texts
from app.demo.cohorts import GUIDE, TOPICS
from circles.roster import check_answers, read_roster
from guides.content.parsing import load
from guides.content.services import LIBRARY
from guides.walk.models import Outcome
from practices.areas import AREAS, BARRIERS
from practices.models import Status


@pytest.mark.parametrize(
    "file", [texts.MEMBERS, texts.OTHERS, texts.SPRING, texts.FEEDBACK], ids=lambda path: path.name
)
def test_every_row_can_be_used(file: Path) -> None:
    people = read_people(file.read_bytes())
    answers = check_answers(people.rows, people.addresses)
    assert [one.line(file.name) for one in (*people.errors, *answers) if not one.warning] == []


def test_sixty_four_people_live_in_eight_time_zones() -> None:
    members = read_roster(texts.MEMBERS.read_bytes()).candidates
    assert len(members) == 64
    assert len({member.timezone for member in members}) == 8
    assert {topic for member in members for topic in member.topics} <= set(TOPICS)


def test_managers_have_accounts() -> None:
    members, others = read_people(texts.MEMBERS.read_bytes()), read_people(texts.OTHERS.read_bytes())
    named = {row.manager_email for row in (*members.rows, *others.rows) if row.manager_email}
    assert len(named) >= 5
    assert named <= {*members.addresses, *others.addresses}


def test_changes_name_known_areas_and_barriers() -> None:
    own = texts.document("juniper")["change"]
    assert {one.area for one in texts.change_texts()} | {entry["area"] for entry in own} <= set(AREAS)
    assert {one.barrier for one in texts.change_texts()} <= set(BARRIERS)
    assert {entry["status"] for entry in own} <= {status.value for status in Status}


def test_weeks_name_known_outcomes_and_questions_of_the_guide() -> None:
    weeks = texts.week_texts()
    assert sorted(weeks) == [1, 2, 3, 4, 5]
    said = [one.outcome for week in range(1, 5) for one in weeks[week].commitments]
    assert set(said) <= {outcome.value for outcome in Outcome}
    guide = load(LIBRARY / GUIDE)
    for entry in texts.document("juniper")["private"]:
        assert entry["prompt"] in {question.id for question in guide.week(entry["week"]).questions}


def test_no_text_is_said_twice() -> None:
    said = [text for week in texts.week_texts().values() for text in (*week.notes, *week.summaries)]
    said += [one.after for one in texts.change_texts()]
    assert len(said) == len(set(said))
