"""A small guide as files, for tests that break one thing at a time."""

FOLDER = "guides/library/small"

FRONT = """---
title: A small guide
slug: small
language: en
version: "1"
summary: Two sessions of half an hour.
licence: own text
weeks: 2
minutes: 30
circle:
  smallest: 3
  target: 4
  largest: 5
follow_ups: [30, 60]
areas:
  - id: asking
    title: Asking for help
---
How to run it.
"""

WEEK = """---
week: 1
title: First
purpose: >
  One paragraph
  over two lines.

  And a second.
before:
  - text: Read this page
    minutes: 5
  - id: question
    text: Write down a question
    minutes: 4
    question: My question
    example: Which list would you trust?
  - text: "You are the synthesizer: sum up"
    minutes: 3
    who: synthesizer
steps:
  - title: Check in
    kind: check-in
    who: each
    each: 2.5
    minutes: 10
    ask: What did you try since {last}?
  - title: Talk
    kind: talk
    who: everyone
    minutes: 18
    text: Talk about it.
  - title: Roles for next week
    kind: roles
    who: host
    minutes: 2
    text: Move on.
practice:
  statement: Ask one question.
  area: asking
  from: I wait.
  to: I ask.
  when: I am stuck,
  then: I write to one person.
capture: What was asked.
---
Why this matters.
"""


def small_guide() -> dict[str, bytes]:
    """The files of a guide without problems."""
    second = WEEK.replace("week: 1", "week: 2").replace("title: First", "title: Second")
    return {"guide.md": FRONT.encode(), "week-01.md": WEEK.encode(), "week-02.md": second.encode()}


def changed(name: str, old: str, new: str) -> dict[str, bytes]:
    """The same files with one text replaced in one of them."""
    files = small_guide()
    text = files[name].decode()
    assert text.count(old) == 1, f"{old!r} must stand once in {name}"
    files[name] = text.replace(old, new).encode()
    return files
