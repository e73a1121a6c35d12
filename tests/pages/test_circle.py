"""A circle's page: the season at a glance, and what stays when the circle has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from tests.factories import circles as make_circles
from tests.factories.practices import World
from tests.pages.conftest import AT


def test_each_session_is_a_ring_that_leads_to_its_week(sign_in: Callable[[Person], FlaskClient], world: World) -> None:
    page = sign_in(world.amara).get(f"/circles/{world.circle.id}").text
    assert page.count('class="stop stop-') == len(world.season.sessions)
    assert page.count("stop-held") == 1
    assert page.count("stop-next") == 1
    assert f'href="/circles/{world.circle.id}/weeks/2"' in page


def test_an_ended_circle_is_read_and_no_longer_left(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    world.circle.ended_at = AT - timedelta(days=1)
    session.commit()
    page = sign_in(world.amara).get(f"/circles/{world.circle.id}").text
    assert "This circle ended on 21 September 2026" in page
    assert f"/circles/{world.circle.id}/leave" not in page


def test_earlier_circles_are_found_from_the_present_one(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    spring = make_circles.cohort(session, make_circles.program(session))
    hazel = make_circles.circle(session, spring, [world.amara], name="Hazel")
    hazel.ended_at = AT - timedelta(days=30)
    session.commit()
    address = f"/circles/{world.circle.id}"
    assert f'href="/circles/{hazel.id}"' in sign_in(world.amara).get(address).text
    assert str(hazel.id) not in sign_in(world.tomas).get(address).text
