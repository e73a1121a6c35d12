"""Every address is private unless one table says otherwise, and every address named somewhere exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.auth import BY_TOKEN, PUBLIC
from tests.architecture.sources import ROOT, code, name_of, templates, tree

#: A value for each kind of placeholder, of something that does not exist.
VALUES = {"UUIDConverter": UUID(int=1), "IntegerConverter": 1, "FloatConverter": 1.0}
ENDPOINT = re.compile(r"""url_for\(\s*["']([\w.]+)["']\s*[,)]""")


def _address(flask_app: Flask, rule: Rule) -> str:
    values = {name: VALUES.get(type(kind).__name__, "nothing") for name, kind in rule._converters.items()}
    with flask_app.test_request_context():
        return flask_app.url_map.bind("coterie.test").build(rule.endpoint, values)


def _private(flask_app: Flask) -> Iterator[Rule]:
    for rule in flask_app.url_map.iter_rules():
        if rule.endpoint not in PUBLIC | BY_TOKEN:
            yield rule


def test_a_stranger_is_sent_to_sign_in_from_every_private_route(flask_app: Flask, client: FlaskClient) -> None:
    wrong = []
    for rule in _private(flask_app):
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            answer = client.open(_address(flask_app, rule), method=method)
            if answer.status_code != 302 or "/sign-in" not in answer.headers.get("Location", ""):
                wrong.append(f"{method} {rule.rule} ({rule.endpoint}): {answer.status_code}")
    assert wrong == []


def test_every_public_name_is_a_route(flask_app: Flask) -> None:
    assert sorted((PUBLIC | BY_TOKEN) - set(flask_app.view_functions)) == []


def test_a_route_that_needs_no_person_takes_a_token(flask_app: Flask) -> None:
    without = [
        rule.rule
        for rule in flask_app.url_map.iter_rules()
        if rule.endpoint in BY_TOKEN and "token" not in rule.arguments
    ]
    assert without == []


def test_a_route_that_takes_a_token_needs_no_person(flask_app: Flask) -> None:
    unlisted = [
        rule.rule
        for rule in flask_app.url_map.iter_rules()
        if "token" in rule.arguments and rule.endpoint not in BY_TOKEN
    ]
    assert unlisted == []


def absolute(endpoint: str, path: Path) -> str:
    """An endpoint as Flask resolves it: ".match" in a file of circles is circles.match."""
    if not endpoint.startswith("."):
        return endpoint
    parts = path.relative_to(ROOT).parts
    return next(part for part in parts if part not in ("templates", "app")) + endpoint


def test_every_address_named_in_a_template_exists(flask_app: Flask) -> None:
    missing = [
        f"{name_of(path)}: {endpoint}"
        for path in [*templates(".html"), *templates(".txt")]
        for endpoint in ENDPOINT.findall(path.read_text(encoding="utf-8"))
        if absolute(endpoint, path) not in flask_app.view_functions
    ]
    assert missing == []


def test_every_address_named_in_code_exists(flask_app: Flask) -> None:
    missing = [
        f"{name_of(path)}:{node.lineno} {node.args[0].value}"
        for path in code()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "url_for"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and absolute(str(node.args[0].value), path) not in flask_app.view_functions
    ]
    assert missing == []
