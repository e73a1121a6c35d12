"""What libical (Evolution, KOrganizer, older Thunderbird) understands, through its C library."""

from __future__ import annotations

import ctypes
import ctypes.util
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.scheduling.readers.reading import Reading, User

NAMES = (
    "libical.so.3",
    "libical.so.4",
    "libical.3.dylib",
    "/opt/homebrew/lib/libical.dylib",
    "/usr/local/lib/libical.dylib",
)
INSTALL = "The calendar tests need libical: sudo apt-get install -y libical3, or run `make test` once, which does it."

#: ICAL_ANY_PROPERTY.
ANY = 0


class _Time(ctypes.Structure):
    """libical's icaltimetype."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    ]


#: Name -> what it gives and takes.
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "icalparser_parse_string": (ctypes.c_void_p, [ctypes.c_char_p]),
    "icalcomponent_free": (None, [ctypes.c_void_p]),
    "icalcomponent_count_errors": (ctypes.c_int, [ctypes.c_void_p]),
    "icalcomponent_string_to_kind": (ctypes.c_int, [ctypes.c_char_p]),
    "icalcomponent_get_first_component": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "icalcomponent_get_next_component": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "icalproperty_string_to_kind": (ctypes.c_int, [ctypes.c_char_p]),
    "icalcomponent_get_first_property": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "icalcomponent_get_next_property": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "icalproperty_get_property_name": (ctypes.c_char_p, [ctypes.c_void_p]),
    "icalproperty_get_value_as_string": (ctypes.c_char_p, [ctypes.c_void_p]),
    "icalproperty_get_value": (ctypes.c_void_p, [ctypes.c_void_p]),
    "icalvalue_get_text": (ctypes.c_char_p, [ctypes.c_void_p]),
    "icalproperty_get_parameter_as_string": (ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_char_p]),
    "icalcomponent_get_dtstart": (_Time, [ctypes.c_void_p]),
    "icalcomponent_get_dtend": (_Time, [ctypes.c_void_p]),
    "icalcomponent_get_dtstamp": (_Time, [ctypes.c_void_p]),
    "icaltime_as_timet_with_zone": (ctypes.c_long, [_Time, ctypes.c_void_p]),
}


@cache
def _library() -> ctypes.CDLL:
    found = ctypes.util.find_library("ical")
    for name in (*NAMES, *([found] if found else [])):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        for function, (gives, takes) in _FUNCTIONS.items():
            getattr(library, function).restype, getattr(library, function).argtypes = gives, takes
        return library
    raise AssertionError(INSTALL)


def libical_reader(text: bytes) -> list[Reading]:
    """The events of a calendar. Raises AssertionError for a text that libical finds fault with, or without libical."""
    lib = _library()
    calendar = lib.icalparser_parse_string(text)
    assert calendar, "libical reads no calendar"
    try:
        assert lib.icalcomponent_count_errors(calendar) == 0, "libical finds errors"
        kind = lib.icalcomponent_string_to_kind(b"VEVENT")
        found = []
        event = lib.icalcomponent_get_first_component(calendar, kind)
        while event:
            found.append(_reading(lib, calendar, event))
            event = lib.icalcomponent_get_next_component(calendar, kind)
        return found
    finally:
        lib.icalcomponent_free(calendar)


def _reading(lib: ctypes.CDLL, calendar: int, event: int) -> Reading:
    return Reading(
        method=_first(lib, calendar, b"METHOD"),
        uid=_text(lib, event, b"UID"),
        sequence=int(_first(lib, event, b"SEQUENCE")),
        starts_at=_instant(lib, lib.icalcomponent_get_dtstart(event)),
        ends_at=_instant(lib, lib.icalcomponent_get_dtend(event)),
        stamped_at=_instant(lib, lib.icalcomponent_get_dtstamp(event)),
        summary=_text(lib, event, b"SUMMARY"),
        description=_text(lib, event, b"DESCRIPTION"),
        location=_text(lib, event, b"LOCATION"),
        status=_first(lib, event, b"STATUS"),
        organizer=_users(lib, event, b"ORGANIZER"),
        attendees=_users(lib, event, b"ATTENDEE"),
        properties=tuple(sorted(lib.icalproperty_get_property_name(one).decode() for one in _properties(lib, event))),
    )


def _properties(lib: ctypes.CDLL, component: int, name: bytes | None = None) -> list[int]:
    kind = ANY if name is None else lib.icalproperty_string_to_kind(name)
    found = []
    one = lib.icalcomponent_get_first_property(component, kind)
    while one:
        found.append(one)
        one = lib.icalcomponent_get_next_property(component, kind)
    return found


def _first(lib: ctypes.CDLL, component: int, name: bytes) -> str:
    ones = _properties(lib, component, name)
    return lib.icalproperty_get_value_as_string(ones[0]).decode() if ones else ""


def _text(lib: ctypes.CDLL, component: int, name: bytes) -> str:
    ones = _properties(lib, component, name)
    value = lib.icalvalue_get_text(lib.icalproperty_get_value(ones[0])) if ones else b""
    return (value or b"").decode()


def _users(lib: ctypes.CDLL, event: int, name: bytes) -> tuple[User, ...]:
    def parameter(one: int, word: bytes) -> str:
        return (lib.icalproperty_get_parameter_as_string(one, word) or b"").decode()

    return tuple(
        User(
            lib.icalproperty_get_value_as_string(one).decode().removeprefix("mailto:"),
            parameter(one, b"CN"),
            parameter(one, b"PARTSTAT"),
            parameter(one, b"RSVP") == "TRUE",
        )
        for one in _properties(lib, event, name)
    )


def _instant(lib: ctypes.CDLL, moment: _Time) -> datetime:
    return datetime.fromtimestamp(lib.icaltime_as_timet_with_zone(moment, moment.zone), UTC)
