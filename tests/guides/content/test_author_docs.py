"""The examples in the authors' documentation are a guide that can be used, and no key is left out of it."""

import re
from pathlib import Path

from guides.content.parsing import parse_guide
from guides.content.values import StepKind, Who

DOCS = (Path(__file__).parents[3] / "docs" / "guides.md").read_text("utf-8")


def test_the_examples_are_a_sound_guide():
    front, page = re.findall(r"^```markdown\n(.*?)^```", DOCS, flags=re.MULTILINE | re.DOTALL)
    guide, problems = parse_guide({"guide.md": front.encode(), "week-01.md": page.encode()}, "small-steps")
    assert [str(problem) for problem in problems] == []
    assert guide is not None
    assert guide.weeks[0].minutes == guide.minutes


def test_every_kind_and_role_is_explained():
    for value in [*StepKind, *Who]:
        assert f"`{value.value}`" in DOCS
