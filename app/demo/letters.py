"""Mails that come in from outside, as a calendar or a mail server writes them: answers, wishes, and mail come back."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from icalendar import Calendar, Event, vCalAddress

PERSON_ID = "-//A calendar of somebody//EN"


def calendar_answer(
    *,
    sender: str,
    organizer: str,
    uid: str,
    sequence: int,
    at: datetime,
    partstat: str,
    comment: str = "",
    proposed: tuple[datetime, datetime] | None = None,
) -> bytes:
    """What a calendar sends when its owner answers an invite; with `proposed`, the wish for another time (RFC 5546)."""
    method = "COUNTER" if proposed else "REPLY"
    attendee = vCalAddress(f"mailto:{sender}")
    attendee.params["PARTSTAT"] = partstat
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", at.replace(microsecond=0))
    event.add("SEQUENCE", sequence)
    event.add("ORGANIZER", vCalAddress(f"mailto:{organizer}"))
    event.add("ATTENDEE", attendee)
    if comment:
        event.add("COMMENT", comment)
    if proposed:
        event.add("DTSTART", proposed[0])
        event.add("DTEND", proposed[1])
    calendar = Calendar()
    calendar.add("PRODID", PERSON_ID)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", method)
    calendar.add_component(event)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Date"] = sender, organizer, format_datetime(at)
    mail["Subject"] = "New time proposed" if proposed else "Answer"
    mail["Message-ID"] = f"<{at:%Y%m%d%H%M%S}.{uid.partition('@')[0]}@{sender.partition('@')[2]}>"
    mail.set_content("")
    mail.add_alternative(
        calendar.to_ical().decode(), subtype="calendar", params={"method": method}, cte="base64", charset="utf-8"
    )
    return mail.as_bytes()


def come_back(*, recipient: str, organizer: str, message_id: str, at: datetime) -> bytes:
    """What a mail server sends when an address does not exist any more (RFC 3464)."""
    domain = recipient.partition("@")[2]
    lines = f"""Return-Path: <>
From: MAILER-DAEMON@mx.{domain} (Mail Delivery System)
To: {organizer}
Date: {format_datetime(at)}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{at:%Y%m%d%H%M%S}.returned@mx.{domain}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain; charset=us-ascii

This is the mail system at mx.{domain}. Your message could not be delivered.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}
Arrival-Date: {format_datetime(at)}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such mailbox here

--part
Content-Type: text/rfc822-headers

From: {organizer}
To: {recipient}
Message-ID: <{message_id}@{organizer.partition("@")[2]}>

--part--
"""
    return lines.replace("\n", "\r\n").encode()
