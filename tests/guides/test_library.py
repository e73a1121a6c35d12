"""The guides that come with Coterie are sound, and a circle can run on them."""

import re
from pathlib import Path

import pytest

from guides.agenda import timed
from guides.content.markdown import render
from guides.content.parsing import check, load
from guides.content.values import Guide, StepKind, Week, Who

LIBRARY = Path(__file__).parents[2] / "guides" / "library"
FOLDERS = sorted(path for path in LIBRARY.iterdir() if path.is_dir())
BUZZWORDS = re.compile(
    r"!|\b(leverag|synerg|empower|mindset|growth|agile|impactful|journey|unlock your|game.chang|best practice|holistic"
    r"|deep dive|touch base|stakeholder|alignment|great job|well done|congratulat|awesome|amazing)\w*",
    re.IGNORECASE,
)


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def guide(folder: Path) -> Guide:
    return load(folder)


@pytest.fixture(scope="module")
def open_work() -> Guide:
    return load(LIBRARY / "working-in-the-open")


def kinds(week: Week) -> list[StepKind]:
    return [step.kind for step in week.steps]


def test_every_guide_is_sound(folder: Path):
    assert [str(problem) for problem in check(folder)] == []


def test_words_are_plain(folder: Path):
    for path in sorted(folder.iterdir()):
        text = path.read_text("utf-8")
        assert [match.group() for match in BUZZWORDS.finditer(text)] == [], path.name


def test_every_week_has_what_a_circle_needs(guide: Guide):
    for week in guide.weeks:
        assert 250 <= len(week.body.split()) <= 450, week.number
        assert 5 <= week.before_minutes(Who.SYNTHESIZER) <= 15
        assert week.questions
        assert StepKind.COMMIT in kinds(week)
        assert all(step.prompt is not None or step.text for step in week.steps)
        assert week.practice.before != week.practice.after
        if week.number > 1:
            assert kinds(week)[:2] == [StepKind.CHECK_IN, StepKind.SUMMARY]
            assert any(item.who is Who.SYNTHESIZER for item in week.before)
        if week.number < len(guide.weeks):
            assert kinds(week)[-2:] == [StepKind.COMMIT, StepKind.ROLES]
        # Only what was planned for everyone's turn is put in a round: no time is left over by accident.
        for step in week.steps:
            if step.each_seconds is not None:
                assert step.each_seconds * guide.circle.target == step.minutes * 60


def test_practices_differ(guide: Guide):
    assert len({week.practice.statement for week in guide.weeks}) == len(guide.weeks)
    assert {week.practice.area for week in guide.weeks} == {area.id for area in guide.areas}


def test_agendas_fit_other_circles_and_lengths(guide: Guide):
    for week in guide.weeks:
        for people in range(2, 8):
            for minutes in (30, 45, 60, 75, 90):
                agenda = timed(week, minutes=minutes, people=people, planned_for=guide.circle.target)
                assert agenda[-1].end == minutes


def test_reading_texts_render_without_losing_words(guide: Guide):
    for text in [guide.body, *(week.body for week in guide.weeks)]:
        html = render(text)
        shown = re.sub(r"<[^>]+>", "", html.unescape())
        assert re.findall(r"[A-Za-z]+", shown) == re.findall(r"[A-Za-z]+", text)


def test_working_in_the_open_has_twelve_hours(open_work: Guide):
    assert (len(open_work.weeks), open_work.minutes) == (12, 60)
    assert (open_work.circle.smallest, open_work.circle.largest) == (4, 6)
    assert open_work.follow_ups == (30, 60, 90)
    assert [week.title for week in open_work.weeks[3:8]] == [
        "Show unfinished work",
        "Ask earlier",
        "Give useful feedback",
        "Halfway: what holds, what slips",
        "Make it a habit",
    ]


def test_it_begins_with_an_agreement_and_ends_with_a_choice(open_work: Guide):
    first, *_, last = open_work.weeks
    assert StepKind.AGREEMENT in kinds(first)
    assert "managers" in {line.id for line in first.agreement}
    assert {"stop", "another-round"} <= {choice.id for choice in last.choices}
    assert kinds(last)[-1] is StepKind.CLOSING
    assert all(not week.agreement for week in open_work.weeks[1:])


def test_week_five_is_the_hour_of_the_early_question(open_work: Guide):
    week = open_work.week(5)
    agenda = timed(week, minutes=60, people=5, planned_for=open_work.circle.target)
    assert [(step.start, step.minutes, step.step.title) for step in agenda] == [
        (0, 10, "Check in"),
        (10, 3, "Last week in three sentences"),
        (13, 25, "The early question"),
        (38, 10, "What makes a question easy to answer?"),
        (48, 10, "One thing to try"),
        (58, 2, "Roles for next week"),
    ]
    assert week.practice.statement == "Ask one question a day earlier than feels comfortable."
