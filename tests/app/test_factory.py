"""What the application as a whole keeps to itself when something goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import tokens
from tests.factories import accounts


def test_an_exception_is_logged_without_the_secret_in_the_address(
    flask_app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: Any, **_names: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(tokens, "find", fail)
    monkeypatch.setitem(flask_app.config, "PROPAGATE_EXCEPTIONS", False)
    page = client.get("/answer/somebodys-own-secret")
    assert page.status_code == 500
    assert "Nothing was changed." in page.text
    assert "Exception on /answer/<token> [GET]" in caplog.text
    assert "RuntimeError: broken" in caplog.text
    assert "somebodys-own-secret" not in caplog.text


def test_what_the_database_refuses_is_told_without_what_was_in_it(session: Session) -> None:
    accounts.person(session, email="amara@example.org")
    with pytest.raises(IntegrityError) as refused:
        accounts.person(session, email="amara@example.org")
    assert "amara@example.org" not in str(refused.value)
