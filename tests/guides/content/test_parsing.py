"""Guides from files: what is read, and every problem with its file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.content.front_matter import MAX_BYTES
from guides.content.parsing import InvalidGuide, check, load, parse_guide
from guides.content.values import Prompt, StepKind, Who
from tests.guides.content.guide_files import FOLDER, FRONT, WEEK, changed, small_guide


def problems(files: dict[str, bytes]) -> list[str]:
    guide, found = parse_guide(files, FOLDER)
    assert (guide is None) == bool(found)
    return [str(problem).removeprefix(f"{FOLDER}/") for problem in found]


def test_a_guide_is_read_whole():
    guide, found = parse_guide(small_guide(), FOLDER)
    assert found == []
    assert guide is not None
    assert (guide.title, guide.version, guide.minutes, guide.follow_ups) == ("A small guide", "1", 30, (30, 60))
    assert (guide.circle.smallest, guide.circle.target, guide.circle.largest) == (3, 4, 5)
    assert guide.area_title("asking") == "Asking for help"
    assert guide.body == "How to run it."
    week = guide.week(1)
    assert week.purpose == ("One paragraph over two lines.", "And a second.")
    assert [item.id for item in week.before] == ["read-this-page", "question", "you-are-the-synthesizer-sum-up"]
    assert week.questions == (Prompt("question", "My question", "Which list would you trust?"),)
    assert (week.before_minutes(), week.before_minutes(Who.SYNTHESIZER), week.before_minutes(Who.HOST)) == (9, 12, 9)
    check_in = week.steps[0]
    assert (check_in.kind, check_in.who, check_in.each_seconds) == (StepKind.CHECK_IN, Who.EACH, 150)
    assert check_in.prompt == Prompt("check-in", "What did you try since {last}?")
    assert (week.practice.before, week.practice.after) == ("I wait.", "I ask.")
    assert week.minutes == 30
    with pytest.raises(LookupError):
        guide.week(3)


def test_byte_order_mark_and_windows_line_ends_are_read():
    files = {name: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n") for name, data in small_guide().items()}
    assert parse_guide(files, FOLDER)[0] == parse_guide(small_guide(), FOLDER)[0]


def test_literal_paragraphs_are_parted_by_blank_lines():
    guide, _ = parse_guide(changed("week-01.md", "purpose: >", "purpose: |"), FOLDER)
    assert guide is not None
    assert guide.weeks[0].purpose == ("One paragraph over two lines.", "And a second.")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("minutes: 18", "minutes: 16", "20: steps add up to 28 minutes, not 30"),
        ("capture: What was asked.\n", "", "2: capture is missing"),
        ("title: First", "title: First\nmood: good", "4: unknown key mood"),
        ("    kind: talk\n", "", "27: kind is missing in a step"),
        (
            "kind: talk",
            "kind: chat",
            "28: kind must be one of check-in, summary, round, talk, quiet, pairs, agreement, commit, roles, closing",
        ),
        ("who: everyone", "who: nobody", "29: who must be one of everyone, each, host, timekeeper, synthesizer"),
        ("    who: synthesizer", "    who: each", "19: who must be one of everyone, host, timekeeper, synthesizer"),
        ("    each: 2.5\n", "", "21: each is missing in a step"),
        ("each: 2.5", "each: 3", "24: 4 people do not fit into 10 minutes"),
        ("each: 2.5", "each: 2.25", "24: each must be minutes in halves, such as 2 or 1.5"),
        ("who: everyone", "who: everyone\n    each: 2", "30: each belongs to a step with who: each"),
        ("{last}", "{yesterday}", "26: unknown placeholder {yesterday}"),
        ("    text: Talk about it.\n", "", "27: a step needs text or ask"),
        ("    question: My question\n", "", "15: example needs question beside it"),
        ("title: Talk", "title: Check in", "27: two steps have the id check-in"),
        ("id: question", "id: read-this-page", "12: two items of before have the id read-this-page"),
        ("id: question", "id: My Question", "12: id may hold small letters, digits and hyphens only"),
        ("minutes: 4", "minutes: 9", "9: before takes up to 17 minutes; 15 is the most"),
        ("minutes: 18", "minutes: many", "30: minutes must be a whole number from 1 to 240"),
        ("minutes: 18", "minutes: 0", "30: minutes must be a whole number from 1 to 240"),
        ("title: First", "title: 7", "3: title must be text; put it in quotes"),
        ("title: First", "title: Yes", "3: title must be text; put it in quotes"),
        ("title: First", "title:", "3: title is empty"),
        ("title: First", f"title: {'a' * 81}", "3: title has 81 characters; 80 is the most"),
        ("title: First", "title: First\ntitle: Again", "4: title is given twice"),
        ("area: asking", "area: cooking", "39: guide.md has no area cooking"),
        ("week: 1", "week: 2", "2: week is 2, but the file is named week-01.md"),
        (
            "title: First",
            "title: First: again",
            "3: cannot be read as YAML: mapping values are not allowed here (put a text with a colon in quotes)",
        ),
        ("title: First", "title: &a First", "3: anchors (&) and aliases (*) are not used here"),
        ("title: First", "title: *a", "3: anchors (&) and aliases (*) are not used here"),
        ("title: First", f"title: {'[' * 500}", "3: lists are nested too deeply"),
        ("title: First", "title: !!python/name:os.system x", "3: title must be text; put it in quotes"),
        ("title: First", "title: Fi\0rst", "3: a character that text cannot hold"),
        ("title: First", 'title: "First', "17: cannot be read as YAML: expected <block end>, but found '<scalar>'"),
        ("  statement: Ask one question.\n", "", "38: statement is missing in practice"),
        (
            "capture: What",
            "agreement:\n  - text: We come.\ncapture: What",
            "44: a step of kind agreement and a list of agreement lines go together",
        ),
        ("capture: What", "choices: []\ncapture: What", "44: choices must be a list with at least one entry"),
        ("capture: What", "choices: [stop]\ncapture: What", "44: choices must be a list of keys with values"),
        ("Why this matters.\n", "", "46: the text below the front matter is missing"),
    ],
)
def test_each_problem_names_its_line(old: str, new: str, problem: str):
    found = problems(changed("week-01.md", old, new))
    assert [line for line in found if line.startswith("week-01.md")] == [f"week-01.md:{problem}"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("slug: small", "slug: large", 3, "slug is large, but the folder has another name"),
        ("language: en", "language: English now", 4, "language must be a tag such as en or pt-BR"),
        ("weeks: 2", "weeks: 4", 8, "week-03.md is missing"),
        ("weeks: 2", "weeks: 1", 8, "the guide has 1 weeks, but there is a week-02.md"),
        ("smallest: 3", "smallest: 5", 11, "circle must have smallest ≤ target ≤ largest"),
        ("[30, 60]", "[60, 30]", 14, "follow_ups must be growing whole numbers from 1 to 400"),
        ("follow_ups:", "followups:", 14, "unknown key followups"),
        ("  - id: asking\n", "  - id: asking\n    title: A\n  - id: asking\n", 18, "two areas have the id asking"),
    ],
)
def test_problems_of_the_front_page(old: str, new: str, line: int, message: str):
    assert any(found.startswith(f"guide.md:{line}: {message}") for found in problems(changed("guide.md", old, new)))


def test_all_problems_are_collected_and_sorted():
    files = changed("guide.md", "summary: Two sessions of half an hour.\n", "")
    files["week-01.md"] = WEEK.replace("minutes: 18", "minutes: 10").replace("capture:", "captured:").encode()
    files["week-02.md"] = b"\xff\xfe"
    assert problems(files) == [
        "guide.md:2: summary is missing",
        "week-01.md:2: capture is missing",
        "week-01.md:44: unknown key captured",
        "week-02.md:1: the file is not UTF-8 text",
    ]


def test_the_same_week_twice_is_named():
    files = small_guide()
    files["week-02.md"] = files["week-01.md"]
    assert problems(files) == ["week-02.md:2: week 1 is already in week-01.md"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "1: the file is empty"),
        (b" \n\n", "1: the file is empty"),
        (b"Hello\n", "1: the file must begin with a line of three dashes"),
        (b"---\nweek: 1\n", "1: no line of three dashes ends the front matter"),
        (b"---\n- a\n---\n", "2: the front matter must be a list of keys with values"),
        (b"---\n---\n", "2: the front matter must be a list of keys with values"),
        (b"---\nweek: 1\ntitle: \xe9\n---\n", "3: the file is not UTF-8 text"),
        (b"-" * (MAX_BYTES + 1), "1: the file is larger than 64 KB"),
    ],
)
def test_files_that_cannot_be_taken_apart(data: bytes, message: str):
    assert problems({**small_guide(), "week-02.md": data}) == [f"week-02.md:{message}"]


def test_files_that_do_not_belong():
    assert problems({**small_guide(), "week-3.md": b"x"}) == [
        "week-3.md:1: only guide.md and week-01.md, week-02.md … belong in a guide"
    ]
    without = {name: data for name, data in small_guide().items() if name != "guide.md"}
    assert problems(without) == ["guide.md:1: the file is missing"]


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"---\n{text}\n---\nx".encode("utf-8", "replace"))
)
def test_no_file_makes_the_reader_fall_over(data: bytes):
    assert problems({**small_guide(), "week-02.md": data})
    assert problems({**small_guide(), "guide.md": data})


@given(st.data())
def test_a_file_cut_or_garbled_anywhere_is_read_or_refused(data: st.DataObject):
    raw = small_guide()["week-01.md"]
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    garbled = raw[:start] + data.draw(st.binary(max_size=4)) + raw[end:]
    guide, found = parse_guide({**small_guide(), "week-01.md": garbled}, FOLDER)
    assert (guide is None) == bool(found)


def test_check_and_load_read_a_folder(tmp_path: Path):
    folder = tmp_path / "small"
    assert [problem.text for problem in check(folder)] == ["there is no folder of this name"]
    folder.mkdir()
    for name, data in small_guide().items():
        (folder / name).write_bytes(data)
    (folder / ".hidden").write_text("ignored")
    assert check(folder) == []
    assert load(folder).title == "A small guide"

    (folder / "week-02.md").write_text(WEEK, "utf-8")
    (folder / "pictures").mkdir()
    assert [str(problem) for problem in check(folder)] == [
        f"{folder.as_posix()}/pictures:1: the file cannot be read: Is a directory"
    ]
    (folder / "pictures").rmdir()
    with pytest.raises(InvalidGuide) as caught:
        load(folder)
    assert str(caught.value) == f"{folder.as_posix()}/week-02.md:2: week 1 is already in week-01.md"


def test_an_oversized_file_is_not_read_to_its_end(tmp_path: Path):
    folder = tmp_path / "small"
    folder.mkdir()
    for name, data in small_guide().items():
        (folder / name).write_bytes(data)
    (folder / "week-01.md").write_text(WEEK + "x" * MAX_BYTES, "utf-8")
    assert [problem.text for problem in check(folder)] == ["the file is larger than 64 KB"]


def test_the_front_page_alone_says_which_weeks_are_missing():
    assert problems({"guide.md": FRONT.encode()}) == [
        "guide.md:8: week-01.md is missing",
        "guide.md:8: week-02.md is missing",
    ]
