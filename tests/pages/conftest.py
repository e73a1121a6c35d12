"""One circle in its second week, as the pages of this folder show it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.factories import practices as make
from tests.factories.practices import World

AT = datetime(2026, 9, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(session: Session) -> World:
    with time_machine.travel(datetime(2026, 9, 8, tzinfo=UTC), tick=False):
        return make.world(session, held=1)
