"""The command `coterie match`: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import clock
from circles import cli, matching
from circles.cli import match
from circles.match_report import plain

NORMAL_50 = Path(__file__).parents[1] / "data" / "matching" / "normal-50"
PEOPLE, HISTORY = NORMAL_50 / "people.csv", NORMAL_50 / "history.csv"
QUICK = ("--iterations", "2000", "--start", "2026-11-30")
PARTS = {"diversity", "goals", "novelty", "facilitator", "hours", "wishes", "size"}


def run(*arguments: str | Path) -> Result:
    """Run the command as a shell would."""
    return CliRunner().invoke(match, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, Any], list[dict[str, str]]]:
    """Fifty people matched once: the result, the JSON and the CSV."""
    folder = tmp_path_factory.mktemp("match")
    files = ("--json", folder / "out.json", "--csv", folder / "out.csv")
    result = run(PEOPLE, "--met", HISTORY, *QUICK, *files)
    document = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return result, document, list(csv.DictReader(file))


Documents = tuple[Result, dict[str, Any], list[dict[str, str]]]


def write(path: Path, *lines: str) -> Path:
    """A file of these lines."""
    path.write_text("\n".join((*lines, "")), encoding="utf-8")
    return path


def six_people(folder: Path, *, extra: str = "", cells: str = "") -> Path:
    """Six people who can all meet on Monday and Tuesday mornings, with one more column for all of them."""
    names = ("ana", "bo", "cy", "di", "ed", "flo")
    times = "Mon 09:00-11:00; Tue 09:00-11:00"
    rows = [f"{name}@example.org,{name.title()},UTC,{times},en,{cells}" for name in names]
    return write(folder / "people.csv", f"email,name,timezone,available,languages,{extra}", *rows)


def test_everybody_is_in_one_circle_or_left_over_with_a_reason(documents: Documents) -> None:
    result, document, _rows = documents
    assert result.exit_code == 0, result.output
    everybody = [row["email"] for row in csv.DictReader(io.StringIO(PEOPLE.read_text()))]
    placed = [email for circle in document["circles"] for email in circle["members"]]
    left_over = [one["email"] for one in document["unplaced"]]
    assert sorted(placed + left_over) == sorted(everybody)
    assert len(placed) > len(left_over)
    assert all(one["reason"] for one in document["unplaced"])


def test_the_json_has_the_promised_shape(documents: Documents) -> None:
    _result, document, _rows = documents
    assert set(document) == {"circles", "unplaced", "score", "bound", "bound_kind", "seed", "seconds"}
    assert 0 < document["score"] <= 100
    assert document["bound"] is None or document["score"] <= document["bound"] + 0.001
    assert document["bound_kind"] in ("exact", "lp", "estimate", None)
    assert document["seed"] == 1
    for circle in document["circles"]:
        assert set(circle) == {"name", "members", "slots", "score", "parts"}
        assert 4 <= len(circle["members"]) <= 6
        assert len(circle["slots"]) >= 2
        assert set(circle["parts"]) == PARTS
        assert all(0 <= part <= 1 for part in circle["parts"].values())
        for slot in circle["slots"]:
            assert slot["weekday"] in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
            assert slot["start"][2:] in (":00", ":30")
            assert slot["timezone"]


def test_scores_follow_from_the_parts_and_the_sizes(documents: Documents) -> None:
    _result, document, _rows = documents
    weights = {"diversity": 25, "goals": 25, "novelty": 15, "facilitator": 10, "hours": 10, "wishes": 10, "size": 5}
    total = 0.0
    for circle in document["circles"]:
        points = sum(weights[part] * value for part, value in circle["parts"].items())
        assert circle["score"] == pytest.approx(points, abs=0.02)
        total += circle["score"] * len(circle["members"])
    assert document["score"] == pytest.approx(total / 50, abs=0.01)


def test_the_csv_says_the_same_as_the_json(documents: Documents) -> None:
    _result, document, rows = documents
    assert list(rows[0]) == ["email", "circle", "slot", "reason"]
    by_email = {row["email"]: row for row in rows}
    assert len(by_email) == len(rows) == 50
    for circle in document["circles"]:
        slot = "{weekday} {start} {timezone}".format(**circle["slots"][0])
        for email in circle["members"]:
            assert by_email[email] == {"email": email, "circle": circle["name"], "slot": slot, "reason": ""}
    for one in document["unplaced"]:
        assert by_email[one["email"]] == {"email": one["email"], "circle": "", "slot": "", "reason": one["reason"]}


def test_the_table_names_circles_people_and_score(documents: Documents) -> None:
    result, document, _rows = documents
    for circle in document["circles"]:
        assert circle["name"] in result.stdout
    placed = sum(len(circle["members"]) for circle in document["circles"])
    assert f"{len(document['circles'])} circles, {placed} of 50 people placed." in result.stdout
    assert f"Score {document['score']:.2f} of 100" in result.stdout
    assert "\x1b" not in result.output


def test_the_same_seed_gives_the_same_circles(documents: Documents) -> None:
    _result, document, _rows = documents
    result = run(PEOPLE, "--met", HISTORY, *QUICK, "--json", "-")
    again = json.loads(result.stdout)
    for one in (document, again):
        one.pop("seconds", None)
    assert again == document
    assert "people placed" in result.stderr


def test_csv_can_go_to_standard_output(tmp_path: Path) -> None:
    result = run(six_people(tmp_path), *QUICK, "--csv", "-")
    assert result.exit_code == 0, result.output
    assert len(list(csv.DictReader(io.StringIO(result.stdout)))) == 6


def test_the_weeks_begin_on_the_monday_after_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 30, 12, tzinfo=UTC))
    result = run(six_people(tmp_path), "--iterations", "10", "--weeks", "8")
    assert "Weekly times hold for 8 weeks from 2026-12-07." in result.stdout


def test_people_left_over_are_no_failure(tmp_path: Path) -> None:
    result = run(six_people(tmp_path), *QUICK, "--slots", "14", "--json", "-")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["circles"] == []
    assert len(document["unplaced"]) == 6


@pytest.mark.parametrize("count", [1, 3])
def test_too_few_people_are_left_over_with_a_reason(tmp_path: Path, count: int) -> None:
    rows = six_people(tmp_path).read_text().splitlines()[: count + 1]
    result = run(write(tmp_path / "few.csv", *rows), *QUICK, "--json", "-")
    assert result.exit_code == 0
    assert [bool(one["reason"]) for one in json.loads(result.stdout)["unplaced"]] == [True] * count


def test_nobody_available(tmp_path: Path) -> None:
    rows = [f"p{number}@example.org,P,UTC,en" for number in range(6)]
    result = run(write(tmp_path / "p.csv", "email,name,timezone,languages", *rows), *QUICK, "--json", "-")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["unplaced"]) == 6


def test_bad_input_ends_with_2_and_every_place(tmp_path: Path) -> None:
    people = write(
        tmp_path / "people.csv",
        "email,name,timezone,available,together",
        "ana@example.org,Ana,Berlin,Mon 09:00-09:20,",
        "bo@example.org,Bo,UTC,Mon 09:00-09:20,zoe@example.org",
        "cy@example.org",
    )
    history = write(tmp_path / "history.csv", "email_a,email_b", "ana@example.org,nobody")
    result = run(people, "--met", history, "--json", tmp_path / "out.json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{people}:2: timezone: “Berlin” is not a time zone. Did you mean Europe/Berlin?",
        f"{people}:3: available: “09:00-09:20” is not on the half hour.",
        f"{people}:3: together: “zoe@example.org” is not in this file, so the two cannot be kept together.",
        f"{people}:4: name: This row ends before “name”: it has 1 of 5 cells.",
        f"{history}:2: email_b: “nobody” is not an e-mail address that can receive mail.",
        "Nothing was matched.",
    ]
    assert not (tmp_path / "out.json").exists()


def test_many_problems_are_counted(tmp_path: Path) -> None:
    rows = [f"p{number},P" for number in range(250)]
    result = run(write(tmp_path / "people.csv", "email,name", *rows))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 102
    assert f"{tmp_path / 'people.csv'}: 150 more problems." in result.stderr


def test_warnings_do_not_stop_the_match(tmp_path: Path) -> None:
    people = six_people(tmp_path, extra="wishes", cells="zoe@example.org")
    history = write(tmp_path / "history.csv", "email_a,email_b", "ana@example.org,gone@example.org")
    result = run(people, "--met", history, *QUICK)
    assert result.exit_code == 0
    warned = f"{people}:2: wishes: “zoe@example.org” is not in this file; it has no effect. (warning)"
    assert warned in result.stderr.splitlines()
    assert f"{history}:2: email_b: “gone@example.org” is not in the people file" in result.stderr


def test_a_language_nobody_else_speaks_is_a_warning(tmp_path: Path) -> None:
    rows = six_people(tmp_path).read_text().splitlines()
    rows[3] = rows[3].replace(",en,", ",fi,")
    people = write(tmp_path / "people.csv", *rows)
    result = run(people, *QUICK)
    assert result.exit_code == 0
    assert f"{people}:4: languages: Nobody else speaks fi. (warning)" in result.stderr.splitlines()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--size", "6-4"), "begins with the larger number"),
        (("--size", "4–x"), "is not a size"),
        (("--size", "1-4"), "from 2 to 12 people"),
        (("--size", "4-40"), "from 2 to 12 people"),
        (("--target", "7"), "7 is outside of 4-6"),
        (("--length", "45"), "not a multiple of 30"),
        (("--length", "0"), "not in the range"),
        (("--slots", "0"), "not in the range"),
        (("--weeks", "0"), "not in the range"),
        (("--time", "0"), "not in the range"),
        (("--time", "nan"), "nan is not a number"),
        (("--iterations", "0"), "not in the range"),
        (("--time", "1", "--iterations", "5"), "not both"),
        (("--seed", "x"), "not a valid integer"),
        (("--start", "30.11.2026"), "does not match the format"),
        (("--start", "9999-12-31"), "The year must be"),
        (("--json", "/nowhere/at/all.json"), "does not exist"),
        (("--csv", "."), "is a folder"),
        (("--json", "-", "--csv", "-"), "same place"),
        (("--csv", str(PEOPLE)), "would be written over"),
    ],
)
def test_options_that_make_no_sense_end_with_2(options: tuple[str, ...], words: str) -> None:
    result = run(PEOPLE, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_the_target_follows_the_range(tmp_path: Path) -> None:
    result = run(six_people(tmp_path), *QUICK, "--size", "3", "--json", "-")
    assert result.exit_code == 0
    assert [len(circle["members"]) for circle in json.loads(result.stdout)["circles"]] == [3, 3]


def test_a_file_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    result = run(tmp_path / "gone.csv")
    assert result.exit_code == 2
    assert result.stderr == f"{tmp_path / 'gone.csv'}: cannot be read: No such file or directory.\n"
    assert run(tmp_path).exit_code == 2


def test_an_earlier_result_stays_until_there_is_a_new_one(tmp_path: Path) -> None:
    kept = write(tmp_path / "out.json", "kept")
    bad = write(tmp_path / "people.csv", "email,name", "x,X")
    assert run(bad, "--json", kept).exit_code == 2
    assert kept.read_text() == "kept\n"


def test_interrupting_gives_the_best_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = matching.match
    answers = []

    def interrupted(*args: Any, progress: Any, **options: Any) -> matching.Proposal:
        now = matching.Progress(share=0.5, seconds=1.0, score=50.0, placed=3, people=6, bound=None)
        answers.append(progress(now))
        os.kill(os.getpid(), signal.SIGINT)
        answers.append(progress(now))
        return real(*args, **options)

    monkeypatch.setattr(cli.matching, "match", interrupted)
    before = signal.getsignal(signal.SIGINT)
    result = run(six_people(tmp_path), *QUICK, "--json", "-")
    assert answers == [True, False]
    assert result.exit_code == 0
    assert "The search was stopped" in result.stderr
    assert json.loads(result.stdout)["circles"]
    assert signal.getsignal(signal.SIGINT) is before


def test_names_are_never_taken_for_markup_or_formulas(tmp_path: Path) -> None:
    people = six_people(tmp_path, extra="circle", cells="=[bold]1+1")
    result = run(people, *QUICK, "--csv", tmp_path / "out.csv")
    assert result.exit_code == 0
    assert "=[bold]1+1" in result.stdout
    with (tmp_path / "out.csv").open(newline="") as file:
        assert {row["circle"] for row in csv.DictReader(file)} == {"'=[bold]1+1"}


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_looks_like_a_formula_is_made_plain(cell: str) -> None:
    assert plain(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [plain(cell) for cell in ("", "ana@example.org", "Oak 2")] == ["", "ana@example.org", "Oak 2"]


def test_every_option_is_explained() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "match-command.md").read_text(encoding="utf-8")
    options = [option for parameter in match.params for option in parameter.opts if option.startswith("--")]
    assert len(options) == 14
    assert [option for option in options if f"| `{option} " not in guide] == []


class TestAttributes:
    """Matching by columns of one's own, and for the weakest circle."""

    @pytest.fixture
    def people(self, tmp_path: Path) -> Path:
        """Eight people, half of them remote."""
        hours = "Mon 09:00-12:00; Tue 09:00-12:00"
        rows = [
            f"p{n}@example.org,P{n},UTC,{hours},en,{'remote' if n % 2 else 'office'},D,L{n // 2 % 2}" for n in range(8)
        ]
        file = tmp_path / "people.csv"
        file.write_text("\n".join(["email,name,timezone,available,languages,Work mode,department,level", *rows]))
        return file

    def circles(self, people: Path, *options: str) -> list[dict[str, Any]]:
        """The circles that a short search finds."""
        answer = CliRunner().invoke(
            match,
            [str(people), "--size", "4", "--iterations", "20000", "--json", "-", *options],
            catch_exceptions=False,
        )
        assert answer.exit_code == 0, answer.output
        found: list[dict[str, Any]] = json.loads(answer.stdout)["circles"]
        return found

    def test_alike_and_mixed(self, people: Path) -> None:
        for how, kinds in (("alike", 1), ("mix", 2)):
            circles = self.circles(people, "--attribute", f"Work mode={how}", "--objective", "weakest")
            assert len(circles) == 2
            for circle in circles:
                numbers = {int(member[1]) % 2 for member in circle["members"]}
                assert len(numbers) == kinds
                assert "attribute:Work mode" in circle["parts"]

    def test_own_fields_need_no_column_of_their_own(self, people: Path) -> None:
        for circle in self.circles(people, "--attribute", "Level=not-alone"):
            assert circle["parts"]["attribute:level"] == 1

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--attribute", "shoes=mix"], "has no column “shoes” to match by"),
            (["--attribute", "Work mode"], "is not like NAME=mix"),
            (["--attribute", "Work mode=often"], "is not like NAME=mix"),
            (["--attribute", "email=mix"], "has a meaning of its own"),
            (["--attribute", "level=mix", "--attribute", "level=alike"], "level is given twice"),
            (["--objective", "best"], "weakest"),
        ],
    )
    def test_what_cannot_be_says_why(self, people: Path, options: list[str], words: str) -> None:
        answer = CliRunner().invoke(match, [str(people), *options])
        assert answer.exit_code == 2
        assert words in answer.output
