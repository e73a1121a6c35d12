"""Reads a mail from outside, bounded in size, parts and depth; whatever bytes come, only `Unreadable` is raised."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from urllib.parse import unquote

MAX_BYTES = 1_048_576
MAX_PARTS = 20
MAX_DEPTH = 5
#: The parser of the standard library takes long for many boundaries or for long parameters; real mails have few.
MAX_BOUNDARIES = 60
MAX_CONTENT_HEADER = 8_192
MAX_TEXT = 1_000
#: Twice in one mail, these let a signature cover one of them and a reader believe the other.
ONCE = ("from", "message-id", "content-type", "mime-version", "content-transfer-encoding")
BULK = frozenset({"list", "bulk", "junk"})

_CHARSET = re.compile(
    r"(utf-?8|utf-?16(-?[lb]e)?|us-ascii|ascii|iso-?8859-?\d{1,2}|latin-?1|windows-125\d|cp125\d"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-jp|iso-2022-jp|euc-kr|koi8-[ru])"
)
_CONTENT_HEADER = re.compile(rb"(?im)^content-[a-z-]+[ \t]*:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f\"(),:;<>@\[\\\]]{1,64}@[^\s\x00-\x20\x7f\"(),:;<>@\[\\\]]{1,253}")


class Unreadable(ValueError):
    """A mail beyond the bounds, or one that is none; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of a mail's tree. `blocks` are the headers inside a message/… part, names in lower case."""

    kind: str
    filename: str
    charset: str
    content: bytes
    blocks: tuple[dict[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The content as text in its charset; what does not fit it is replaced, an odd charset is taken for UTF-8."""
        charset = self.charset.lower()
        named = charset if _CHARSET.fullmatch(charset) else "utf-8"
        try:
            return self.content.decode(named, "replace").removeprefix("\ufeff")
        except (LookupError, UnicodeError):
            return self.content.decode("utf-8", "replace").removeprefix("\ufeff")


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What counts of a mail. `sender` is empty unless From names exactly one address."""

    sender: str
    message_id: str
    kind: str
    bounce: bool
    bulk: bool
    parts: tuple[Part, ...]


def read_mail(raw: bytes, *, envelope_sender: str | None = None) -> ReadMail:
    """A mail from its bytes; `envelope_sender` as the server said it, else Return-Path counts.

    Raises Unreadable: too-large, too-many-parts, too-deep, broken-mail.
    """
    _check_bounds(raw)
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        if any(len(message.get_all(name) or ()) > 1 for name in ONCE):
            raise Unreadable("broken-mail")
        kind = message.get_content_type()
        return_path = envelope_sender if envelope_sender is not None else _header(message, "return-path")
        return ReadMail(
            sender=_only_address(message),
            message_id=_header(message, "message-id"),
            kind=kind,
            bounce=kind == "multipart/report" or return_path in ("<>", "" if envelope_sender is not None else "<>"),
            bulk=_is_bulk(message),
            parts=tuple(_leaves(message)),
        )
    except Unreadable:
        raise
    except Exception as error:
        # The parser of the standard library raises a dozen kinds of error for bytes made to break it.
        raise Unreadable("broken-mail") from error


def key_of(raw: bytes) -> str:
    """What tells one mail from another: a digest of its Message-ID, or of all of it when it has none."""
    head = re.split(rb"\r\n\r\n|\n\n|\r\r", raw[: 256 * 1024], maxsplit=1)[0]
    found = re.search(rb"(?im)^message-id[ \t]*:\s*(<[^<>\r\n]{1,900}>)", head)
    return hashlib.sha256(found[1] if found else raw).hexdigest()


def plain_address(text: str) -> str:
    """An address to compare by: lower case, its domain in ASCII form, `mailto:` taken away; empty if it is none."""
    plain = text.strip()
    if plain[:7].lower() == "mailto:":
        plain = unquote(plain[7:].split("?", 1)[0])
    plain = plain.strip().strip("<>").lower()
    if not _ADDRESS.fullmatch(plain):
        return ""
    local, _, domain = plain.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return f"{local}@{domain.rstrip('.')}"


def _check_bounds(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise Unreadable("too-large")
    if not raw.strip():
        raise Unreadable("broken-mail")
    lower = raw.lower()
    if lower.count(b"boundary") + lower.count(b"message/") > MAX_BOUNDARIES:
        raise Unreadable("too-many-parts")
    if any(len(found[0]) > MAX_CONTENT_HEADER for found in _CONTENT_HEADER.finditer(raw)):
        raise Unreadable("broken-mail")


def _leaves(root: Message) -> list[Part]:
    """The leaves in reading order; a message inside the mail is a leaf, since what it says is not said by this one."""
    leaves: list[Part] = []
    waiting: list[tuple[Message, int]] = [(root, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            raise Unreadable("too-many-parts")
        if depth > MAX_DEPTH:
            raise Unreadable("too-deep")
        payload = part.get_payload()
        inside = [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []
        if inside and part.get_content_maintype() == "multipart":
            waiting[:0] = [(child, depth + 1) for child in inside]
            continue
        blocks = tuple(_headers(block) for block in inside[:MAX_PARTS])
        content = b"" if inside else part.get_payload(decode=True)
        leaves.append(
            Part(
                kind=part.get_content_type(),
                filename=(part.get_filename() or "")[:200],
                charset=str(part.get_content_charset("") or ""),
                content=content if isinstance(content, bytes) else b"",
                blocks=blocks,
            )
        )
    return leaves


def _headers(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in message.items():
        found.setdefault(name.lower(), _one_line(value))
    return found


def _header(message: Message, name: str) -> str:
    return _one_line(message.get(name, ""))


def _one_line(value: object) -> str:
    return " ".join(str(value).split())[:MAX_TEXT]


def _only_address(message: Message) -> str:
    values = message.get_all("from") or []
    if len(values) != 1:
        return ""
    found = getaddresses([str(values[0])[:2000]])
    return plain_address(found[0][1]) if len(found) == 1 else ""


def _is_bulk(message: Message) -> bool:
    listed = any(message.get(name) is not None for name in ("list-id", "list-post", "mailing-list"))
    return listed or _header(message, "precedence").lower() in BULK
