"""Reads single cells of a people file: text in, a value out, or BadCell with the code of the problem."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email

YES = frozenset(("yes", "y", "true", "1"))
NO = frozenset(("no", "n", "false", "0", ""))

_LANGUAGE_NAMES: Mapping[str, str] = Locale("en").languages
_LANGUAGES = {code.split("_")[0].casefold() for code in _LANGUAGE_NAMES}
_LANGUAGES_BY_NAME = {name.casefold(): code.split("_")[0] for code, name in _LANGUAGE_NAMES.items()}
_ZONES = {
    name.casefold(): name
    for name in available_timezones()
    if not name.startswith(("posix/", "right/")) and name != "localtime"
}
_ZONES_BY_PLACE = {name.rsplit("/", 1)[-1]: zone for name, zone in sorted(_ZONES.items()) if "/" in name}
_WINDOWS_ZONES = {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}

_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+")
_BETWEEN_CODES = re.compile(r"[;,\n\r]+")
_BETWEEN_TOPICS = re.compile(r"[;\n\r]+")
_LONGEST_TOPIC = 80
_LONGEST_ADDRESS = 254
#: Texts longer than this are not compared with what they might mean.
_COMPARABLE = 60


class BadCell(Exception):
    """A cell that cannot be used: the code of its message, the piece in question, and what the message names.

    `like`, if any, gives what the piece may have been meant to be; the code with "_like" then names it.
    """

    def __init__(
        self,
        code: str,
        value: str,
        params: Mapping[str, object] | None = None,
        *,
        like: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.params = params or {}
        self.like = like


def line(limit: int, *, required: bool = False) -> Callable[[str], str]:
    """A reader of one line of text with at most `limit` characters; line ends and runs of spaces become one space."""

    def read(text: str) -> str:
        text = " ".join(text.split())
        if required and not text:
            raise BadCell("required", text)
        if len(text) > limit:
            raise BadCell("too_long", text, {"length": len(text), "limit": limit})
        return text

    return read


@lru_cache(maxsize=65536)
def address(text: str) -> str:
    """An e-mail address as it would be written on a mail; nothing is asked over the network."""
    if len(text) > _LONGEST_ADDRESS:
        raise BadCell("email", text)
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise BadCell("email", text) from error


def required_address(text: str) -> str:
    """An address that must be there."""
    if not text:
        raise BadCell("required", text)
    return address(text)


def address_key(text: str) -> str:
    """An address in lower case, or "" for none."""
    return address(text).lower() if text else ""


def address_keys(text: str) -> tuple[str, ...]:
    """Addresses in lower case, each once, separated by semicolons, commas or space."""
    return tuple(dict.fromkeys(address(piece).lower() for piece in _BETWEEN_ADDRESSES.split(text) if piece))


def topics(text: str) -> tuple[str, ...]:
    """Topics, each once whatever its case, separated by semicolons or line ends."""
    read = line(_LONGEST_TOPIC)
    pieces = [read(piece) for piece in _BETWEEN_TOPICS.split(text)]
    return tuple({piece.casefold(): piece for piece in reversed(pieces) if piece}.values())[::-1]


def languages(text: str) -> tuple[str, ...]:
    """Languages as two- or three-letter codes, given as codes or English names; regions are dropped (pt-BR -> pt)."""
    pieces = [" ".join(piece.split()) for piece in _BETWEEN_CODES.split(text)]
    return tuple(dict.fromkeys(_language(piece) for piece in pieces if piece))


@lru_cache(maxsize=4096)
def _language(piece: str) -> str:
    folded = piece.casefold()
    code = _LANGUAGES_BY_NAME.get(folded) or re.split(r"[-_]", folded)[0]
    if code not in _LANGUAGES:
        raise BadCell("language", piece, like=_language_like)
    return code


def _language_like(piece: str) -> str | None:
    if len(piece) > _COMPARABLE:
        return None
    like = difflib.get_close_matches(piece.casefold(), _LANGUAGES_BY_NAME, n=1, cutoff=0.75)
    if not like:
        return None
    code = _LANGUAGES_BY_NAME[like[0]]
    return f"{code} ({_LANGUAGE_NAMES.get(code, like[0])})"


def timezone(text: str) -> str | None:
    """An IANA time zone whatever its case, or None for an empty cell."""
    if not text:
        return None
    zone = _ZONES.get(text.casefold())
    if not zone:
        raise BadCell("zone", text, like=_zone_like)
    return zone


def _zone_like(text: str) -> str | None:
    folded = text.casefold()
    named = _WINDOWS_ZONES.get(folded) or _ZONES_BY_PLACE.get(folded.rsplit("/", 1)[-1].strip().replace(" ", "_"))
    if named or len(folded) > _COMPARABLE:
        return named
    like = difflib.get_close_matches(folded.replace(" ", "_"), _ZONES, n=1, cutoff=0.6)
    return _ZONES[like[0]] if like else None


def yes_no(text: str) -> bool:
    """Yes or no; an empty cell is no."""
    folded = text.casefold()
    if folded in YES:
        return True
    if folded in NO:
        return False
    raise BadCell("yes_no", text)


def yes_no_or_unsaid(text: str) -> bool | None:
    """Yes or no; an empty cell says neither."""
    return yes_no(text) if text else None


def locale(text: str) -> str | None:
    """A language of pages as a tag (pt-BR), or None for an empty cell."""
    if not text:
        return None
    try:
        return str(Locale.parse(text.replace("-", "_"))).replace("_", "-")
    except (ValueError, UnknownLocaleError) as error:
        raise BadCell("locale", text) from error
