"""Matches people into circles: values in, circles with their explanation out.

`match` and `what_if` bring the compiled search with them, so they are loaded when first asked for: pages that score one
circle need not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from circles.matching.candidates import (
    Attribute,
    Candidate,
    Lock,
    Objective,
    Rules,
    Treatment,
    Weights,
    among_themselves,
)
from circles.matching.names import circle_names
from circles.matching.problems import find_problems
from circles.matching.proposal import (
    PARTS,
    BoundKind,
    Broken,
    Change,
    CircleScore,
    Fact,
    Problem,
    Progress,
    Proposal,
    ProposedCircle,
    Remark,
    Unplaced,
)
from circles.matching.scoring import met_pairs, score_circle

if TYPE_CHECKING:
    from circles.matching.engine import match
    from circles.matching.whatif import Cost, what_if

__all__ = [
    "PARTS",
    "Attribute",
    "BoundKind",
    "Broken",
    "Candidate",
    "Change",
    "CircleScore",
    "Cost",
    "Fact",
    "Lock",
    "Objective",
    "Problem",
    "Progress",
    "Proposal",
    "ProposedCircle",
    "Remark",
    "Rules",
    "Treatment",
    "Unplaced",
    "Weights",
    "among_themselves",
    "circle_names",
    "find_problems",
    "match",
    "met_pairs",
    "score_circle",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name == "match":
        return import_module("circles.matching.engine").match
    if name in ("Cost", "what_if"):
        return getattr(import_module("circles.matching.whatif"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
