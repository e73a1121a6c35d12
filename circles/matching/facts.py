"""The facts behind a circle's score parts, and what a lead should look at.

Facts by part: diversity {departments, places, levels}; goals {pairs, sharing}; novelty {pairs, new} with the people who
met; facilitator {hosts} with them; hours {comfortable, people} with those who are not comfortable; wishes {asked, met}
with those whose wishes are not met; size {size, target}. For an attribute {different, said, blank, alone} and
"=answer" with its number of people, with those who keep the part from its full value: for "mix" who shares an answer,
for "alike" who has another than most, for "not_alone" who is the only one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from circles.matching.candidates import Attribute, Candidate, Rules
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
        **{attribute.part: attribute_fact(members, attribute) for attribute in rules.counted},
    }


def attribute_fact(members: Sequence[Candidate], attribute: Attribute) -> Fact:
    """How many gave which answer, and who it concerns."""
    answers = {person.key: person.answer(attribute.key) for person in members}
    counts = Counter(answer for answer in answers.values() if answer)
    most = max(sorted(counts), key=counts.__getitem__, default="")
    concerned = {
        "mix": {answer for answer, count in counts.items() if count > 1},
        "alike": set(counts) - {most},
        "not_alone": {answer for answer, count in counts.items() if count == 1},
    }[attribute.treat]
    said = sum(counts.values())
    values = {
        "different": len(counts),
        "said": said,
        "blank": len(members) - said,
        "alone": sum(count == 1 for count in counts.values()),
    }
    values |= {f"={answer}": counts[answer] for answer in sorted(counts, key=lambda one: (-counts[one], one))}
    return Fact(values, tuple(key for key, answer in answers.items() if answer in concerned))


def circle_remarks(
    broken: Sequence[Broken], facts: Mapping[str, Fact], windows: int, rules: Rules
) -> tuple[Remark, ...]:
    """What is worth a lead's look, gravest first.

    Codes: "broken_…" for a firm rule; "no_host"; "hours" {comfortable, people}; "met_before" {pairs, met}; "few_shared"
    {pairs, sharing}; "no_spare_slot" {slots}; "wishes_unmet" {asked, met}; "alone" {attribute, people} for those who
    are the only one with their answer where nobody should be.
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
    for attribute in rules.counted:
        alone = facts[attribute.part].people if attribute.part in facts else ()
        if attribute.treat == "not_alone" and alone:
            remarks.append(Remark("alone", alone, {"attribute": attribute.name, "people": len(alone)}))
    if windows == rules.slots:
        remarks.append(Remark("no_spare_slot", (), {"slots": windows}))
    return tuple(remarks)
