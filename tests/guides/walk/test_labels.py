"""What calendars and agenda mails say of a week of the guide."""

from __future__ import annotations

from dataclasses import replace

from guides.content.values import BeforeItem, Guide, Who
from guides.walk.services.labels import LONGEST_TO_BRING, MOST_TO_BRING, label_for
from tests.factories.guides import small_guide


def with_before(*items: BeforeItem) -> Guide:
    guide = small_guide(1)
    return replace(guide, weeks=(replace(guide.weeks[0], before=items),))


def test_a_label_says_why_what_to_bring_and_what_happens() -> None:
    label = label_for(small_guide(), 2)
    assert label.title == "Title of week 2"
    assert label.description == (
        "Why week 2 matters.\n\n☐ Read this page\n☐ Write a question\n\n0:00 Check in\n0:10 Talk\n0:50 One thing to try"
    ), "what the synthesizer brings is not for everyone"


def test_nothing_to_bring_leaves_no_gap() -> None:
    assert "\n\n0:00" in label_for(with_before(), 1).description
    assert "☐" not in label_for(with_before(), 1).description


def test_what_to_bring_is_bounded() -> None:
    many = [BeforeItem(f"i{number}", "Read\n" + "very " * 200 + "much", 5, Who.EVERYONE) for number in range(20)]
    lines = [line for line in label_for(with_before(*many), 1).description.splitlines() if line.startswith("☐")]
    assert len(lines) == MOST_TO_BRING
    assert all(line.endswith("…") and len(line) <= LONGEST_TO_BRING + 2 for line in lines)


def test_a_session_without_a_week_has_a_plain_label() -> None:
    label = label_for(small_guide(), None)
    assert (label.title, label.description) == ("", "")
