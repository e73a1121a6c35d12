"""Practice areas and barriers to choose from: fixed lists, so that figures can be counted (pure).

Barriers follow the COM-B model of behaviour (Michie, van Stralen and West 2011: capability, opportunity, motivation)
in everyday words.
"""

from __future__ import annotations

from app.errors import N_

#: key → words. A change has at most one area.
AREAS: dict[str, str] = {
    "asking": N_("Asking and helping"),
    "sharing": N_("Showing work early"),
    "feedback": N_("Giving and taking feedback"),
    "meetings": N_("Meetings"),
    "focus": N_("Time and focus"),
    "deciding": N_("Deciding and planning"),
    "writing": N_("Writing things down"),
    "relations": N_("Working with others"),
    "learning": N_("Learning and teaching"),
    "other": N_("Something else"),
}

#: key → words for "What got in the way?".
BARRIERS: dict[str, str] = {
    "know_how": N_("not knowing how"),
    "energy": N_("no energy left"),
    "time": N_("no time for it"),
    "tools": N_("tools or place"),
    "people": N_("what others may think"),
    "permission": N_("no say in it"),
    "worth": N_("doubt that it is worth it"),
    "forgot": N_("forgot in the moment"),
}

#: Areas of the guides in the library that go by another name here.
_GUIDE_AREAS: dict[str, str] = {
    "showing": "sharing",
    "saying": "feedback",
    "hearing": "feedback",
    "passing-on": "learning",
    "habits": "focus",
}


def area_of_guide(key: str) -> str:
    """The practice area for an area of a guide; empty when there is none like it."""
    found = _GUIDE_AREAS.get(key, key)
    return found if found in AREAS else ""
