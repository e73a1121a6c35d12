"""The links in the header: what a person's relations make useful to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link in the header."""

    label: str
    url: str
    current: bool


def items(person: Any, endpoint: str) -> list[NavItem]:
    """The header's links for a person; `endpoint` is the page being shown."""
    if not person or not person.is_authenticated:
        return []
    return [NavItem(_("Home"), url_for("pages.home"), endpoint == "pages.home")]
