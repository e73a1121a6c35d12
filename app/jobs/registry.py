"""What the factory tells the jobs package: which handler does which kind, and which kinds come due by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.jobs.carrier import Carrier
from app.jobs.worker import Periodic


@dataclass(frozen=True, slots=True)
class Jobs:
    """Handlers as "package.module:function", so that web processes never import what only workers need."""

    handlers: Mapping[str, str]
    periodic: tuple[Periodic, ...]
    carrier: Carrier
