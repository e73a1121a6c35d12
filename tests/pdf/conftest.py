"""An application with the templates and their filters, and no database: documents are made from values alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from app import figures, i18n

ROOT = Path(__file__).resolve().parent.parent.parent


def make_templates_app() -> Flask:
    """Templates as the application loads them."""
    flask_app = Flask("documents", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"))
    Babel(flask_app)
    flask_app.jinja_env.trim_blocks = True
    flask_app.jinja_env.lstrip_blocks = True
    flask_app.jinja_env.add_extension("jinja2.ext.do")
    flask_app.jinja_env.globals.update(figures=figures, place_of=i18n.place_of)
    flask_app.jinja_env.filters.update(i18n.FILTERS)
    return flask_app


@pytest.fixture(scope="session")
def templates_app() -> Flask:
    """One for all tests of documents."""
    return make_templates_app()


@pytest.fixture
def in_app(templates_app: Flask) -> Iterator[None]:
    """Inside its application context."""
    with templates_app.app_context():
        yield
