"""What each package tells accounts about a person: what it holds, how it forgets, who leads and who knows whom."""

from __future__ import annotations

from app.accounts.packages import Package
from circles.queries import is_lead
from circles.queries.acquaintance import same_cohort
from circles.queries.export import export as export_circles
from circles.services.erasing import erase as erase_circles
from guides.walk.queries.export import export as export_walks
from guides.walk.services.erasing import erase as erase_walks
from practices.queries.export import export as export_practices
from practices.services.erasing import erase as erase_practices
from scheduling.queries.export import export as export_sessions
from scheduling.services.calendars import change_address, change_choice
from scheduling.services.erasing import erase as erase_sessions
from scheduling.services.erasing import leave_all

PACKAGES: tuple[Package, ...] = (
    Package("circles", export=export_circles, erase=erase_circles, is_lead=is_lead, acquainted=same_cohort),
    Package(
        "sessions",
        export=export_sessions,
        leave=leave_all,
        moved=change_address,
        chosen=change_choice,
        erase=erase_sessions,
    ),
    Package("walks", export=export_walks, erase=erase_walks),
    Package("practices", export=export_practices, erase=erase_practices),
)
