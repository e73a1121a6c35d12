"""What each package tells accounts about a person: what it holds, how it forgets, who leads and who knows whom."""

from __future__ import annotations

from app.accounts.packages import Package
from circles.queries import is_lead
from circles.queries.acquaintance import same_cohort
from practices.queries.export import export as export_practices
from practices.services.erasing import erase as erase_practices

PACKAGES: tuple[Package, ...] = (
    Package("circles", is_lead=is_lead, acquainted=same_cohort),
    Package("practices", export=export_practices, erase=erase_practices),
)
