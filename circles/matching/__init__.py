"""Matches people into circles: values in, circles with their explanation out."""

from circles.matching.candidates import Candidate, Lock, Rules, Weights, among_themselves
from circles.matching.engine import match
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

__all__ = [
    "PARTS",
    "BoundKind",
    "Broken",
    "Candidate",
    "Change",
    "CircleScore",
    "Fact",
    "Lock",
    "Problem",
    "Progress",
    "Proposal",
    "ProposedCircle",
    "Remark",
    "Rules",
    "Unplaced",
    "Weights",
    "among_themselves",
    "circle_names",
    "find_problems",
    "match",
    "met_pairs",
    "score_circle",
]
