"""Mails as bytes, read back by the standard library's parser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mail.mime import Message, ascii_address, one_line, to_bytes

INVITE = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Jürgen\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()
PLAIN = Message(
    sender="circles@coterie.example",
    sender_name="Coterie",
    recipient="amara@example.org",
    recipient_name="Amara Osei",
    subject="Juniper meets on Thursdays",
    text="Dear Amara,\n\nyour circle is ready.\n",
    message_id="<0123abcd@coterie.example>",
    date=datetime(2026, 9, 7, 9, 2, tzinfo=timezone(timedelta(hours=2))),
)
FULL = replace(
    PLAIN,
    html="<p>Dear Amara,</p>",
    invite=INVITE,
    method="REQUEST",
    unsubscribe_url="https://coterie.example/stop/" + "k" * 120,
)


def read(message: Message) -> EmailMessage:
    parsed = message_from_bytes(to_bytes(message), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def shape(part: EmailMessage) -> object:
    if part.is_multipart():
        return part.get_content_type(), [shape(inner) for inner in part.iter_parts()]
    return part.get_content_type()


def test_text_alone_is_one_part():
    parsed = read(PLAIN)
    assert shape(parsed) == "text/plain"
    assert parsed.get_content().replace("\r\n", "\n") == PLAIN.text
    assert parsed["From"] == "Coterie <circles@coterie.example>"
    assert parsed["To"] == "Amara Osei <amara@example.org>"
    assert parsed["Subject"] == "Juniper meets on Thursdays"
    assert parsed["Date"] == "Mon, 07 Sep 2026 07:02:00 +0000"
    assert parsed["Message-ID"] == "<0123abcd@coterie.example>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["List-Unsubscribe"] is None


def test_html_is_the_second_alternative():
    assert shape(read(replace(PLAIN, html="<p>Hello</p>"))) == ("multipart/alternative", ["text/plain", "text/html"])


def test_an_invite_is_the_last_alternative_and_an_attachment_of_the_same_bytes():
    parsed = read(FULL)
    assert shape(parsed) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )
    alternatives, attachment = parsed.iter_parts()
    calendar = list(alternatives.iter_parts())[-1]
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar["Content-Disposition"] is None
    assert calendar.get_payload(decode=True) == INVITE
    assert attachment.get_payload(decode=True) == INVITE
    assert "method" not in attachment["Content-Type"].params
    assert attachment.get_filename() == "invite.ics"
    assert attachment.get_content_disposition() == "attachment"


def test_text_with_an_invite_and_no_html():
    assert shape(read(replace(FULL, html=""))) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/calendar"]), "application/ics"],
    )


def test_a_cancellation_says_so_in_the_content_type():
    gone = INVITE.replace(b"METHOD:REQUEST", b"METHOD:CANCEL")
    assert b'method="CANCEL"' in to_bytes(replace(FULL, invite=gone, method="CANCEL"))


@pytest.mark.parametrize("method", ["CANCEL", None, "REQUEST; x=y"])
def test_the_method_must_be_the_one_inside(method):
    with pytest.raises(ValueError, match="method"):
        to_bytes(replace(FULL, method=method))


def test_leaving_the_list_takes_one_click_and_a_long_address_stays_whole():
    raw = to_bytes(FULL)
    assert f"\r\nList-Unsubscribe: <{FULL.unsubscribe_url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"List-Unsubscribe-Post" not in to_bytes(replace(FULL, unsubscribe_url="mailto:stop@coterie.example"))


def test_further_headers_pass_through_and_cannot_replace_the_own_ones():
    parsed = read(replace(PLAIN, headers=(("X-Coterie-Kind", "agenda"),), reply_to="lead@example.org"))
    assert parsed["X-Coterie-Kind"] == "agenda"
    assert parsed["Reply-To"] == "lead@example.org"
    for name in ("Subject", "content-type", "X Y", "X:Y"):
        with pytest.raises(ValueError, match="headers"):
            to_bytes(replace(PLAIN, headers=((name, "x"),)))


def test_the_same_message_gives_the_same_bytes():
    assert to_bytes(FULL) == to_bytes(replace(FULL))
    assert to_bytes(FULL) != to_bytes(replace(FULL, message_id="<other@coterie.example>"))


def test_lines_end_in_crlf_and_keep_to_the_limits():
    raw = to_bytes(replace(FULL, text="word " * 400 + "\n" + "é" * 3000, subject="Grüße aus dem Kreis " * 14))
    lines = raw.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(len(line) for line in lines) <= 200
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 78
    raw.decode("ascii")


@pytest.mark.parametrize(
    "name",
    [
        'Ann "the boss" O\'Neil',
        "Müller, Anna",
        "Osei; Amara",
        "back\\slash",
        "=?utf-8?q?sneaky?=",
        "名前" * 30,
        "🙂" * 90,
        "a@b.c",
        "J. R. (Bob) Dobbs",
        "عامر",
    ],
)
def test_names_arrive_as_written(name):
    message = replace(PLAIN, recipient_name=name, subject=name)
    parsed = read(message)
    (mailbox,) = parsed["To"].addresses
    assert mailbox.addr_spec == "amara@example.org"
    assert parsed["Subject"] == name
    # The older parser knows that white space between two encoded words is not part of the text.
    shown, _ = parseaddr(message_from_bytes(to_bytes(message))["To"])
    assert str(make_header(decode_header(shown))) == name


def test_line_breaks_and_overrides_in_names_make_no_header():
    hostile = "Ann\r\nBcc: all@example.org\u2028x\u202etxt.exe\x07"
    parsed = read(replace(PLAIN, recipient_name=hostile, sender_name=hostile, subject=hostile))
    assert parsed["Bcc"] is None
    assert parsed["Subject"] == "Ann Bcc: all@example.org xtxt.exe"
    assert one_line(hostile) == parsed["Subject"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recipient": "amara"}, "recipient"),
        ({"recipient": "a@b\r\nBcc: x@y"}, "recipient"),
        ({"recipient": "a@b, c@d"}, "recipient"),
        ({"recipient": "jörg@example.org"}, "recipient"),
        ({"sender": "Coterie <a@b>"}, "sender"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"message_id": "<a@b>\r\nX: y"}, "message_id"),
        ({"unsubscribe_url": "javascript:x"}, "unsubscribe_url"),
        ({"unsubscribe_url": "https://x/> <y"}, "unsubscribe_url"),
        ({"unsubscribe_url": "https://x/" + "y" * 1000}, "unsubscribe_url"),
        ({"date": datetime(2026, 9, 7)}, "date"),  # noqa: DTZ001 - the refused value
    ],
)
def test_what_is_no_address_is_refused_by_name(change, field):
    with pytest.raises(ValueError, match=field):
        to_bytes(replace(FULL, **change))


def test_a_domain_in_another_script_is_written_in_ascii():
    assert b"<ann@xn--mnchen-3ya.example>" in to_bytes(replace(PLAIN, recipient="ann@münchen.example"))


def test_an_envelope_address_is_the_one_in_the_header():
    assert ascii_address("recipient", " ann@münchen.example ") == "ann@xn--mnchen-3ya.example"
    with pytest.raises(ValueError, match="recipient"):
        ascii_address("recipient", "ann@" + "ü" * 80 + ".example")


def test_no_text_can_close_its_part():
    first = to_bytes(FULL)
    boundaries = [line for line in first.split(b"\r\n") if line.startswith(b"--=_")]
    assert boundaries
    parsed = read(replace(FULL, text="\n".join(line.decode() for line in boundaries), html="<p>x</p>"))
    assert shape(parsed) == shape(read(FULL))


TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


@given(subject=TEXT, name=TEXT, text=TEXT)
@settings(max_examples=80, deadline=None)
def test_any_text_gives_the_same_shape_and_headers(subject, name, text):
    parsed = read(replace(FULL, subject=subject, recipient_name=name, text=text, date=datetime(2026, 1, 1, tzinfo=UTC)))
    assert shape(parsed) == shape(read(FULL))
    assert set(parsed.keys()) == set(read(FULL).keys())
    (mailbox,) = parsed["To"].addresses
    assert mailbox.addr_spec == "amara@example.org"
