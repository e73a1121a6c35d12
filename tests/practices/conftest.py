"""A circle in the middle of its season, on the day before its fifth session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.factories import practices as make
from tests.factories.practices import World

BEFORE = datetime(2026, 9, 10, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 10, 14, 10, 0, tzinfo=UTC)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    """The present is 14 October 2026, a Wednesday; move it with `travel.move_to`."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(session: Session, travel: time_machine.Traveller) -> World:
    """Juniper after four sessions; its members joined before the first."""
    travel.move_to(BEFORE)
    made = make.world(session, held=4)
    travel.move_to(NOW)
    return made
