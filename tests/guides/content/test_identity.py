"""A guide's data form and the hash of its content."""

import json
from dataclasses import replace

import pytest

from guides.content.identity import content_hash, from_document, to_document
from guides.content.parsing import parse_guide
from guides.content.values import Guide
from tests.guides.content.guide_files import FOLDER, changed, small_guide


def guide_of(files: dict[str, bytes]) -> Guide:
    guide, found = parse_guide(files, FOLDER)
    assert guide is not None, found
    return guide


def test_the_data_form_survives_json():
    guide = guide_of(small_guide())
    assert from_document(json.loads(json.dumps(to_document(guide)))) == guide


@pytest.mark.parametrize("broken", [{}, {"format": 2}, {"format": 1}, {"format": 1, "circle": 3}])
def test_other_data_is_refused(broken: dict[str, object]):
    with pytest.raises(ValueError, match="guide document"):
        from_document(broken)


def test_data_with_an_unknown_kind_of_step_is_refused():
    document = to_document(guide_of(small_guide()))
    document["weeks"][0]["steps"][0]["kind"] = "dance"
    with pytest.raises(ValueError):
        from_document(document)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("guide.md", "weeks: 2\nminutes: 30\n", "minutes: 30\nweeks: 2\n"),
        ("guide.md", "title: A small guide\n", 'title:   "A small guide"\n\n'),
        ("guide.md", "How to run it.", "\n\nHow  to\nrun it.  \n\n\n"),
        ("week-01.md", "  One paragraph\n  over two lines.\n", "  One paragraph over\n  two lines.\n"),
        ("week-01.md", "Why this matters.", "Why\nthis matters."),
        ("week-01.md", "  from: I wait.\n  to: I ask.\n", "  to: I ask.\n  from: I wait.\n"),
    ],
)
def test_order_and_spacing_do_not_change_the_hash(name: str, old: str, new: str):
    assert content_hash(guide_of(changed(name, old, new))) == content_hash(guide_of(small_guide()))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("guide.md", 'version: "1"', 'version: "2"'),
        ("guide.md", "How to run it.", "How to\n\nrun it."),
        ("week-01.md", "each: 2.5", "each: 2"),
        ("week-01.md", "Talk about it.", "Talk about it"),
        ("week-01.md", "Why this matters.", "Why *this* matters."),
        ("week-01.md", "  from: I wait.", "  from: I ask."),
    ],
)
def test_every_change_of_content_changes_the_hash(name: str, old: str, new: str):
    assert content_hash(guide_of(changed(name, old, new))) != content_hash(guide_of(small_guide()))


def test_the_order_of_weeks_is_content():
    guide = guide_of(small_guide())
    assert content_hash(replace(guide, weeks=guide.weeks[::-1])) != content_hash(guide)
