"""Builds the bytes of one mail: its headers, its text and HTML, and the calendar invite in both places clients look."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.message import MIMEPart
from email.utils import format_datetime
from hashlib import sha256

MAX_NAME = 100
MAX_SUBJECT = 300
#: RFC 5322 2.1.1 allows 998 octets a line; a URL cannot be folded.
MAX_URL = 900

_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_URL = re.compile(r"(?:https?|mailto):[!-;=?-~]+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_METHODS = ("REQUEST", "CANCEL", "PUBLISH", "REPLY")


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person.

    `sender` and `recipient` are bare addresses. `message_id` carries its angle brackets; `date` is aware. With an
    `invite` (the bytes of an .ics) `method` must be the METHOD inside it. `headers` are further (name, text) pairs.
    """

    sender: str
    recipient: str
    subject: str
    text: str
    message_id: str
    date: datetime
    html: str = ""
    sender_name: str = ""
    recipient_name: str = ""
    invite: bytes | None = None
    method: str | None = None
    unsubscribe_url: str = ""
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def to_bytes(message: Message) -> bytes:
    """The mail as sent by SMTP, with CRLF line ends; the same message gives the same bytes every time.

    Text alone is one text/plain part; with HTML the two are alternatives. An invite follows as the last alternative,
    text/calendar with its method, where Outlook looks, and once more as an attachment with the same bytes, where the
    others look. Raises ValueError, naming the field, for an address, URL or identifier that is not one; text is
    cleaned instead.
    """
    root = _tree(message)
    lines = [
        ("From", _mailbox("From", message.sender_name, ascii_address("sender", message.sender))),
        ("To", _mailbox("To", message.recipient_name, ascii_address("recipient", message.recipient))),
        ("Subject", _words("Subject", one_line(message.subject)[:MAX_SUBJECT])),
        ("Date", _date(message.date)),
        ("Message-ID", _checked("message_id", message.message_id, _MESSAGE_ID)),
        ("Auto-Submitted", "auto-generated"),
    ]
    if message.reply_to:
        lines.append(("Reply-To", ascii_address("reply_to", message.reply_to)))
    if message.unsubscribe_url:
        url = _checked("unsubscribe_url", message.unsubscribe_url, _URL)
        if len(url) > MAX_URL:
            raise ValueError(f"unsubscribe_url is longer than {MAX_URL} characters")
        lines.append(("List-Unsubscribe", f"<{url}>"))
        if url.startswith("https:"):
            lines.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    taken = {name.lower() for name, _ in lines} | {"mime-version", "content-type", "content-transfer-encoding"}
    for name, value in message.headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in taken:
            raise ValueError(f"headers: {name!r} cannot be set here")
        lines.append((name, _words(name, one_line(value))))
    lines.append(("MIME-Version", "1.0"))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return head.encode("ascii") + root.as_bytes(policy=policy.SMTP)


def one_line(text: str) -> str:
    """Text for a header: no line breaks, control characters, direction overrides or doubled spaces."""
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    return " ".join(_encodable(plain.translate(_BIDI_CONTROLS)).split())


def ascii_address(field: str, address: str) -> str:
    """A bare address with its domain in ASCII form (RFC 5891), as SMTP wants it.

    Raises ValueError, naming the field, for what is not one plain address.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        plain = (
            f"{local}{at}{domain.encode('idna').decode('ascii')}" if not domain.isascii() else f"{local}{at}{domain}"
        )
    except UnicodeError as error:
        raise ValueError(f"{field} is not a mail address: {address!r}") from error
    return _checked(field, plain, _ADDRESS)


def _tree(message: Message) -> MIMEPart:
    if message.invite is None:
        if not message.html:
            return _text(message.text, "plain")
        return _multipart(message, "alternative", [_text(message.text, "plain"), _text(message.html, "html")])
    method = message.method
    if method not in _METHODS or f"\r\nMETHOD:{method}\r\n".encode() not in message.invite:
        raise ValueError(f"method {method!r} is not the method inside the invite")
    calendar = MIMEPart(policy=policy.SMTP)
    calendar.set_content(
        message.invite, "text", "calendar", cte="base64", params={"charset": "utf-8", "method": method}
    )
    attachment = MIMEPart(policy=policy.SMTP)
    attachment.set_content(
        message.invite, "application", "ics", cte="base64", disposition="attachment", filename="invite.ics"
    )
    readable = [_text(message.text, "plain")] + ([_text(message.html, "html")] if message.html else [])
    alternatives = _multipart(message, "alternative", [*readable, calendar])
    return _multipart(message, "mixed", [alternatives, attachment])


def _text(body: str, subtype: str) -> MIMEPart:
    part = MIMEPart(policy=policy.SMTP)
    lines = _encodable(body).replace("\x00", "").splitlines()
    part.set_content("\n".join(lines) + "\n", subtype=subtype, charset="utf-8", cte="quoted-printable")
    return part


def _multipart(message: Message, subtype: str, parts: list[MIMEPart]) -> MIMEPart:
    # Neither quoted-printable nor base64 can contain "=_", so no text can close the part early.
    digest = sha256(f"{message.message_id}\n{subtype}".encode()).hexdigest()
    container = MIMEPart(policy=policy.SMTP)
    container["Content-Type"] = f'multipart/{subtype}; boundary="=_{digest[:32]}"'
    for part in parts:
        container.attach(part)
    return container


def _mailbox(header: str, name: str, address: str) -> str:
    """RFC 5322 mailbox: a display name as atoms, quoted string or encoded words, then the address."""
    clean = one_line(name)[:MAX_NAME].strip()
    if not clean:
        return address
    if clean.isascii() and "=?" not in clean:
        quoted = clean if _ATOMS.fullmatch(clean) else '"' + re.sub(r'(["\\])', r"\\\1", clean) + '"'
    else:
        quoted = _words(header, clean)
    separator = " " if len(header) + len(quoted.rpartition("\n")[2]) + len(address) < 70 else "\r\n "
    return f"{quoted}{separator}<{address}>"


def _words(header: str, text: str) -> str:
    """Unstructured header text, folded; encoded words where it is not plain ASCII."""
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset=charset, header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _checked(field: str, value: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(value):
        raise ValueError(f"{field} has the wrong form: {value!r}")
    return value


def _date(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("date needs a time zone")
    return format_datetime(moment.astimezone(UTC))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
