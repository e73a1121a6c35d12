"""One click as one of the invented people, in the demonstration only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person


@pytest.fixture
def demonstration(flask_app: Flask) -> Iterator[None]:
    """The application as `coterie demo` starts it."""
    config = flask_app.extensions["config"]
    flask_app.extensions["config"] = replace(config, demonstration=True)
    yield
    flask_app.extensions["config"] = config


@pytest.fixture
def lea(person: Callable[..., Person]) -> Person:
    """The lead of the demonstration."""
    return person(name="Lea Lead", external_id="demo-cast-1-lead")


@pytest.mark.usefixtures("demonstration")
def test_the_page_offers_the_cast_with_their_parts(
    client: FlaskClient, lea: Person, person: Callable[..., Person]
) -> None:
    person(name="Ines Extra", external_id="demo-17")
    person(name="Max Gone", external_id="demo-cast-2-member", active=False)
    page = client.get("/sign-in").get_data(as_text=True)
    assert "Lea Lead" in page
    assert "program lead" in page
    assert "Ines Extra" not in page
    assert "Max Gone" not in page


@pytest.mark.usefixtures("demonstration")
def test_one_click_signs_in(client: FlaskClient, lea: Person) -> None:
    assert client.post("/sign-in/demonstration", data={"person": str(lea.id)}).status_code == 302
    assert "Lea Lead" in client.get("/profile").get_data(as_text=True)


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("who", ["", "nobody", str(UUID("6f2c1d1e-2f0b-4a6e-9a51-0d8f7c3b5a21"))])
def test_nobody_else_is_signed_in(client: FlaskClient, lea: Person, who: str) -> None:
    assert client.post("/sign-in/demonstration", data={"person": who}).status_code == 404


@pytest.mark.usefixtures("demonstration")
def test_people_outside_the_cast_are_not_offered(
    client: FlaskClient, session: Session, person: Callable[..., Person]
) -> None:
    real = person(name="Real Person")
    assert client.post("/sign-in/demonstration", data={"person": str(real.id)}).status_code == 404
