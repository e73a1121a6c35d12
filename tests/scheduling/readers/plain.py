"""Reads the one event of a message by cutting lines, for tests that look at thousands of them."""

from __future__ import annotations


def properties(ics: bytes) -> dict[str, str]:
    """The message's METHOD and its event's properties by name, without parameters; the last of each."""
    found: dict[str, str] = {}
    for line in ics.decode().replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        found[name.partition(";")[0]] = value
    return found
