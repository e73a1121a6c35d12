"""People whom a lead matches: the file they come from, and four who contradict themselves."""

from __future__ import annotations

PLACE = "Where do you mostly work?"
NEW = "Are you new here?"
#: A column that the cohort does not ask for; the lead keeps it as an answer.
SHIFT = "shift"
#: They must be together, but one of them would rather not meet the other.
UMA, VIC = "Uma Ude", "Vic Vogt"
#: They must be together, but have no language in common.
XIA, YAN = "Xia Xu", "Yan Yilmaz"
PLACED, PEOPLE = 60, 64
#: Someone who comes after publishing, with hours that suit any circle.
LATE = "lou.late@example.org"

_FIRST = "Ada Bo Cem Dee Eva Finn Gia Hugo Ines Jon Kai Lea Max Noor Ole Pia Quin Rosa Sven Tara"
_LAST = "Acker Brand Costa"
_ZONES = (("Europe/Berlin", "Berlin"), ("Europe/Lisbon", "Lisbon"), ("Africa/Nairobi", "Nairobi"))
_HOURS = (
    "Mon 09:00-17:00; Tue 09:00-17:00; Wed 09:00-17:00",
    "Tue 09:00-17:00; Wed 09:00-17:00; Thu 09:00-17:00",
    "Mon 10:00-18:00; Wed 10:00-18:00; Thu 10:00-18:00; Fri 10:00-16:00",
)
_ALL_WEEK = "; ".join(f"{day} 07:00-21:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri"))
_COLUMNS = (
    "email,name,timezone,department,location,level,available,preferred,languages,topics,facilitator,together,avoid"
)
_DEPARTMENTS = ("Research", "Sales", "Support", "Finance", "Legal")


def address(name: str) -> str:
    """Where someone of the file is written to."""
    return f"{name.lower().replace(' ', '.')}@example.org"


def people_file() -> str:
    """Everyone who is matched, with the answers that the cohort asks for and one column that it does not."""
    names = [f"{first} {last}" for last in _LAST.split() for first in _FIRST.split()] + [UMA, VIC, XIA, YAN]
    rows = [_row(number, name) for number, name in enumerate(names)]
    return "\n".join([f'{_COLUMNS},{SHIFT},"{PLACE}","{NEW}"', *rows, ""])


def late_file() -> str:
    """One more person."""
    return f'email,name,timezone,available,languages,topics\n{LATE},Lou Late,Europe/Berlin,"{_ALL_WEEK}",en,focus\n'


def _row(number: int, name: str) -> str:
    zone, place = _ZONES[number % 3]
    mail = address(name)
    together = {UMA: address(VIC), XIA: address(YAN)}.get(name, "")
    avoid = address(UMA) if name == VIC else ""
    values = (
        mail,
        name,
        zone,
        _DEPARTMENTS[number % 5],
        place,
        ("junior", "senior")[number % 2],
        _HOURS[number // 7 % 3],
        "Tue 10:00-12:00; Wed 10:00-12:00",
        "fr" if name == YAN else "en",
        ("feedback", "focus", "feedback;focus")[number % 3],
        "yes" if number % 6 == 0 else "no",
        together,
        avoid,
        ("early", "late")[number // 4 % 2],
        ("Office", "Home", "Both")[number // 2 % 3],
        "Yes" if number % 5 == 0 else "No",
    )
    return ",".join(f'"{value}"' for value in values)
