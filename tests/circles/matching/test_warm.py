from __future__ import annotations

from circles.matching.warm import PEOPLE, warm


def test_everybody_is_placed_so_that_the_whole_search_ran() -> None:
    assert warm() == PEOPLE
