"""Reading the parts of one week: what to do before, the steps of the session, the practice to try."""

from __future__ import annotations

import re

from guides.content.front_matter import Fields
from guides.content.values import PLACEHOLDERS, BeforeItem, Practice, Prompt, Step, StepKind, Who

#: The most minutes of preparation that a member may be asked for.
MAX_BEFORE = 15
_ID_LIMIT = 60
_ROLES = (Who.HOST, Who.TIMEKEEPER, Who.SYNTHESIZER)
_BRACES = re.compile(r"\{([^{}]*)\}?")


def read_before(fields: Fields) -> tuple[BeforeItem, ...]:
    """The things to do before the session; together at most `MAX_BEFORE` minutes for anyone."""
    items: list[BeforeItem] = []
    clean = len(fields.source.problems)
    for entry in fields.entries("before", "an item of before", 8):
        text = entry.text("text", 200)
        ident = entry.ident("id", _ID_LIMIT, text)
        if ident in {item.id for item in items}:
            entry.source.add(entry.line, "two items of before have the id %(id)s", id=ident)
        question = _prompt(entry, "question", ident)
        who = _who(entry, (Who.EVERYONE, *_ROLES)) if "who" in entry else Who.EVERYONE
        items.append(BeforeItem(ident, text, entry.number("minutes", 1, MAX_BEFORE) or 0, who, question))
        entry.close()
    most = max(sum(item.minutes for item in items if item.who in (Who.EVERYONE, role)) for role in _ROLES)
    if most > MAX_BEFORE and len(fields.source.problems) == clean:
        message = "before takes up to %(total)d minutes; %(most)d is the most"
        fields.source.add(fields.line_of("before"), message, total=most, most=MAX_BEFORE)
    return tuple(items)


def read_steps(fields: Fields, people: int | None) -> tuple[Step, ...]:
    """The steps of the session; `people` is the number that rounds are planned for."""
    steps: list[Step] = []
    for entry in fields.entries("steps", "a step", 12):
        title = entry.text("title", 80)
        ident = entry.ident("id", _ID_LIMIT, title)
        if ident in {step.id for step in steps}:
            entry.source.add(entry.line, "two steps have the id %(id)s", id=ident)
        minutes = entry.number("minutes", 1, 240) or 0
        who = _who(entry, tuple(Who))
        each = _each_seconds(entry, who, minutes, people)
        text = entry.text("text", 700, required=False)
        prompt = _prompt(entry, "ask", ident)
        if not text and prompt is None and "text" not in entry:
            entry.source.add(entry.line, "a step needs text or ask")
        for key, value in (("text", text), ("ask", prompt.ask if prompt else "")):
            _check_braces(entry, key, value)
        steps.append(Step(ident, title, _kind(entry), who, minutes, each, text, prompt))
        entry.close()
    return tuple(steps)


def read_practice(fields: Fields, areas: set[str] | None) -> Practice:
    """The one thing to try; its area must be among the guide's."""
    child = fields.child("practice")
    if child is None:
        return Practice("", "", "", "", "", "")
    area = child.text("area", 40)
    if areas is not None and area and area not in areas:
        child.source.add(child.line_of("area"), "guide.md has no area %(area)s", area=area)
    practice = Practice(
        statement=child.text("statement", 300),
        area=area,
        before=child.text("from", 300),
        after=child.text("to", 300),
        when=child.text("when", 300),
        then=child.text("then", 300),
    )
    child.close()
    return practice


def _prompt(entry: Fields, key: str, ident: str) -> Prompt | None:
    if key not in entry:
        if "example" in entry:
            entry.take("example")
            entry.source.add(entry.line_of("example"), "example needs %(key)s beside it", key=key)
        return None
    return Prompt(ident, entry.text(key, 300), entry.text("example", 400, required=False))


def _who(entry: Fields, allowed: tuple[Who, ...]) -> Who:
    value = entry.text("who", 20)
    names = [who.value for who in allowed]
    if value and value not in names:
        entry.source.add(entry.line_of("who"), "who must be one of %(names)s", names=", ".join(names))
    return Who(value) if value in names else Who.EVERYONE


def _kind(entry: Fields) -> StepKind:
    value = entry.text("kind", 20)
    names = [kind.value for kind in StepKind]
    if value and value not in names:
        entry.source.add(entry.line_of("kind"), "kind must be one of %(names)s", names=", ".join(names))
    return StepKind(value) if value in names else StepKind.TALK


def _each_seconds(entry: Fields, who: Who, minutes: int, people: int | None) -> int | None:
    if who is not Who.EACH:
        if "each" in entry:
            entry.take("each")
            entry.source.add(entry.line_of("each"), "each belongs to a step with who: each")
        return None
    seconds = entry.seconds("each")
    if seconds and minutes and people and seconds * people > minutes * 60:
        message = "%(people)d people do not fit into %(minutes)d minutes"
        entry.source.add(entry.line_of("each"), message, people=people, minutes=minutes)
    return seconds


def _check_braces(entry: Fields, key: str, value: str) -> None:
    for name in _BRACES.findall(value):
        if name not in PLACEHOLDERS:
            entry.source.add(entry.line_of(key), "unknown placeholder {%(name)s}", name=name)
