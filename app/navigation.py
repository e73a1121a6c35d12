"""The links in the header: what a person's relations make useful to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link in the header."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Relations:
    """What a person is to others: in a circle, a lead, an administrator, someone whom pages were shown to."""

    member: bool = False
    lead: bool = False
    administrator: bool = False
    manager: bool = False


def items(relations: Relations, endpoint: str) -> list[NavItem]:
    """The header's links; `endpoint` is the page being shown."""
    found = [_item(_("Home"), "pages.home", endpoint)]
    if relations.member:
        found.append(_item(_("This week"), "guides.my_week", endpoint, {"guides.week"}))
        found.append(_item(_("My circle"), "pages.my_circle", endpoint, {"pages.circle"}))
    if relations.member or not (relations.lead or relations.administrator):
        found.append(_item(_("My changes"), "practices.my_changes", endpoint, {"practices.change", "practices.write"}))
    if relations.manager:
        found.append(_item(_("Pages"), "practices.pages", endpoint, {"practices.page"}))
    if relations.lead:
        found.append(
            _item(_("Cohorts"), "circles.cohorts", endpoint, {"circles.cohort", "pages.cohort_home", "circles.match"})
        )
    if relations.lead or relations.administrator:
        found.append(_item(_("Programs"), "circles.programs", endpoint, {"circles.program"}))
        found.append(_item(_("People"), "accounts.people", endpoint, {"accounts.person"}))
    if relations.lead:
        found.append(_item(_("Reports"), "practices.my_reports", endpoint, {"practices.report"}))
    if relations.administrator:
        found.append(_item(_("Administration"), "admin.health", endpoint, {"admin.mails", "admin.trail"}))
    return found


def _item(label: str, target: str, endpoint: str, also: Collection[str] = ()) -> NavItem:
    return NavItem(label, url_for(target), endpoint == target or endpoint in also)
