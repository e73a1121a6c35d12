"""The facts behind a circle's score parts, and what a lead should look at.

Facts by part: diversity {departments, places, levels}; goals {pairs, sharing}; novelty {pairs, new} with the people who
met; facilitator {hosts} with them; hours {comfortable, people} with those who are not comfortable; wishes {asked, met}
with those whose wishes are not met; size {size, target}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from circles.matching.candidates import Candidate, Rules
from circles.matching.parts import PairCounts
from circles.matching.proposal import Broken, Fact, Remark

#: Below this share of comfortable members, met pairs or met wishes a circle is worth a look.
UNCOMFORTABLE = 0.6
MANY_MET = 0.3
FEW_SHARE = 0.5


def circle_facts(
    members: Sequence[Candidate], pairs: PairCounts, comfortable: frozenset[str], rules: Rules
) -> dict[str, Fact]:
    """The facts of one circle, by part."""
    keys = {person.key for person in members}
    hosts = tuple(person.key for person in members if person.facilitator)
    asked = [person for person in members if person.wishes]
    unmet = tuple(person.key for person in asked if not person.wishes & keys)
    met = {key for pair in pairs.met for key in pair}
    return {
        "diversity": Fact(
            {
                "departments": len({person.department for person in members}),
                "places": len({person.location for person in members}),
                "levels": len({person.level for person in members}),
            }
        ),
        "goals": Fact({"pairs": pairs.pairs, "sharing": pairs.sharing}),
        "novelty": Fact(
            {"pairs": pairs.pairs, "new": pairs.pairs - len(pairs.met)},
            tuple(person.key for person in members if person.key in met),
        ),
        "facilitator": Fact({"hosts": len(hosts)}, hosts),
        "hours": Fact(
            {"comfortable": len(comfortable), "people": len(members)},
            tuple(person.key for person in members if person.key not in comfortable),
        ),
        "wishes": Fact({"asked": len(asked), "met": len(asked) - len(unmet)}, unmet),
        "size": Fact({"size": len(members), "target": rules.target}),
    }


def circle_remarks(
    broken: Sequence[Broken], facts: Mapping[str, Fact], windows: int, rules: Rules
) -> tuple[Remark, ...]:
    """What is worth a lead's look, gravest first.

    Codes: "broken_…" for a firm rule; "no_host"; "hours" {comfortable, people}; "met_before" {pairs, met}; "few_shared"
    {pairs, sharing}; "no_spare_slot" {slots}; "wishes_unmet" {asked, met}.
    """
    remarks = [Remark(f"broken_{one.rule}", one.people, one.values) for one in broken]
    hosts, hours, novelty = facts["facilitator"], facts["hours"], facts["novelty"]
    goals, wishes = facts["goals"], facts["wishes"]
    if not hosts.values["hosts"]:
        remarks.append(Remark("no_host", (), {}))
    if hours.values["comfortable"] < UNCOMFORTABLE * hours.values["people"]:
        remarks.append(Remark("hours", hours.people, dict(hours.values)))
    met = novelty.values["pairs"] - novelty.values["new"]
    if met > MANY_MET * novelty.values["pairs"]:
        remarks.append(Remark("met_before", novelty.people, {"pairs": novelty.values["pairs"], "met": met}))
    if goals.values["sharing"] < FEW_SHARE * goals.values["pairs"]:
        remarks.append(Remark("few_shared", (), dict(goals.values)))
    if wishes.values["asked"] > wishes.values["met"]:
        remarks.append(Remark("wishes_unmet", wishes.people, dict(wishes.values)))
    if windows == rules.slots:
        remarks.append(Remark("no_spare_slot", (), {"slots": windows}))
    return tuple(remarks)
