"""Mails in the shapes of real calendars count, hostile ones change nothing, and each gets its code.

The mails stand in tests/data/replies with LF line ends; they are read as a server hands them over, with CRLF.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import OtherAddress, Person
from app.mail.incoming import IncomingMail
from app.mail.models import OutgoingMail
from app.mail.verdicts import Verdicts, judge
from circles.models import Membership
from scheduling.models import Answer, CalendarReply, InviteSent, ReplyState, Rsvp, Season, SessionState
from scheduling.replies import Code
from scheduling.services.answers import answer
from scheduling.services.calendars import invite_where_missing
from scheduling.services.replying import Handled, handle_reply
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season

CORPUS = Path(__file__).parent.parent / "data" / "replies"
AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
STAMP = datetime(2026, 9, 8, 8, 30, 56, tzinfo=UTC)
SERVER = "mx.coterie.test"
YES, NO, MAYBE = Answer.YES, Answer.NO, Answer.MAYBE

#: What each mail of the corpus comes to, and Amara's answer after it.
EXPECTED: dict[str, tuple[Code, Answer | None]] = {
    "google": (Code.APPLIED, YES),
    "outlook-com": (Code.APPLIED, MAYBE),
    "exchange": (Code.APPLIED, NO),
    "apple": (Code.APPLIED, YES),
    "apple-principal": (Code.APPLIED, NO),
    "thunderbird": (Code.APPLIED, YES),
    "proton": (Code.APPLIED, YES),
    "attachment-only": (Code.APPLIED, YES),
    "two-parts-differ": (Code.APPLIED, YES),
    "bare-line-ends": (Code.APPLIED, YES),
    "other-address": (Code.APPLIED, YES),
    "automatic": (Code.APPLIED, YES),
    "signed-without-dmarc": (Code.APPLIED, YES),
    "zone-table-without-end": (Code.APPLIED, YES),
    "counter-outlook": (Code.PROPOSED, None),
    "counter-google": (Code.PROPOSED, None),
    "unproved": (Code.UNPROVED, None),
    "results-below-the-top": (Code.UNPROVED, None),
    "results-of-another-server": (Code.UNPROVED, None),
    "signed-by-another-domain": (Code.UNPROVED, None),
    "other-sender": (Code.OTHER_SENDER, None),
    "two-senders": (Code.OTHER_SENDER, None),
    "two-from-headers": (Code.BROKEN_MAIL, None),
    "other-attendee": (Code.OTHER_SENDER, None),
    "not-invited": (Code.NOT_INVITED, None),
    "two-attendees": (Code.NOT_ONE_ATTENDEE, None),
    "no-attendee": (Code.NOT_ONE_ATTENDEE, None),
    "delegated": (Code.UNKNOWN_ANSWER, None),
    "needs-action": (Code.UNKNOWN_ANSWER, None),
    "unknown-session": (Code.UNKNOWN_SESSION, None),
    "other-organizer": (Code.OTHER_ORGANIZER, None),
    "request": (Code.NOT_A_REPLY, None),
    "cancel": (Code.NOT_A_REPLY, None),
    "no-method": (Code.NOT_A_REPLY, None),
    "two-methods": (Code.BROKEN_CALENDAR, None),
    "two-events": (Code.NOT_ONE_EVENT, None),
    "two-calendars": (Code.BROKEN_CALENDAR, None),
    "no-event": (Code.NOT_ONE_EVENT, None),
    "event-in-an-event": (Code.NOT_ONE_EVENT, None),
    "one-date-of-a-series": (Code.BROKEN_CALENDAR, None),
    "bad-stamp": (Code.BROKEN_CALENDAR, None),
    "local-stamp": (Code.BROKEN_CALENDAR, None),
    "no-stamp": (Code.BROKEN_CALENDAR, None),
    "stamp-far-ahead": (Code.AHEAD, None),
    "first-stamp-of-all": (Code.BROKEN_CALENDAR, None),
    "two-uids": (Code.BROKEN_CALENDAR, None),
    "odd-sequence": (Code.BROKEN_CALENDAR, None),
    "negative-sequence": (Code.BROKEN_CALENDAR, None),
    "bounce": (Code.BOUNCE, None),
    "list-mail": (Code.LIST_MAIL, None),
    "bulk": (Code.LIST_MAIL, None),
    "out-of-office": (Code.NO_CALENDAR, None),
    "forwarded-reply": (Code.NO_CALENDAR, None),
    "too-deep": (Code.TOO_DEEP, None),
    "too-many-parts": (Code.TOO_MANY_PARTS, None),
    "two-content-types": (Code.BROKEN_MAIL, None),
    "not-a-calendar": (Code.BROKEN_CALENDAR, None),
    "unclosed": (Code.BROKEN_CALENDAR, None),
}


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def juniper(session: Session) -> Season:
    """A circle invited to its first two sessions, the first with the UID that the corpus names."""
    made = season(session, make.circle_of(session, ("Amara Osei", "Tomas Rivera")), at=AT, first=date(2026, 9, 14))
    for member, email in zip(made.circle.memberships, ("amara@example.org", "tomas@example.org"), strict=True):
        member.person.email = member.person.email_key = email
    made.sessions[0].uid = "session-one@coterie.test"
    invite_where_missing(session, made.sessions, desk=DESK, at=AT)
    amara = made.circle.memberships[0].person
    session.add(
        OtherAddress(
            person_id=amara.id, address="Amara@Home.example", address_key="amara@home.example", confirmed_at=AT
        )
    )
    session.commit()
    return reload(session, made)


@pytest.fixture
def amara(juniper: Season) -> Person:
    return juniper.circle.memberships[0].person


def mail(name: str) -> bytes:
    """A mail of the corpus as it comes from a server."""
    return (CORPUS / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


def take(session: Session, raw: bytes, *, at: datetime = AT, proved: Verdicts | None = None) -> Handled:
    """Hand a mail over as an adapter does."""
    verdicts = judge(raw, authserv_id=SERVER, verify=False) if proved is None else proved
    handled = handle_reply(session, raw, source="test", verdicts=verdicts, desk=DESK, at=at)
    session.commit()
    return handled


def answer_of(session: Session, season: Season, person: Person) -> Answer | None:
    session.expire_all()
    rsvp = session.get(Rsvp, (season.sessions[0].id, person.id))
    return rsvp.answer if rsvp else None


def mails(session: Session) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "session.unproved")))


def again(name: str, *, stamp: str = "20260908T083056Z", message: str = "another", partstat: str = "") -> bytes:
    """A mail of the corpus with another Message-ID, and if wanted another stamp and answer."""
    raw = mail(name).replace(b"20260908T083056Z", stamp.encode())
    head, _, rest = raw.partition(b"Message-ID: <")
    raw = head + b"Message-ID: <" + message.encode() + rest
    return raw.replace(b"PARTSTAT=ACCEPTED", b"PARTSTAT=" + partstat.encode()) if partstat else raw


def test_the_corpus_and_the_table_are_the_same_mails() -> None:
    assert {path.stem for path in CORPUS.glob("*.eml")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_mail_comes_to_what_it_should(session: Session, juniper: Season, amara: Person, name: str) -> None:
    before = [(m.starts_at, m.state, m.sequence) for m in juniper.sessions]
    code, expected = EXPECTED[name]
    assert take(session, mail(name)).code is code
    assert answer_of(session, juniper, amara) is expected
    assert session.scalar(select(func.count()).select_from(Rsvp)) == (expected is not None)
    assert [(m.starts_at, m.state, m.sequence) for m in reload(session, juniper).sessions] == before
    (entry,) = session.scalars(select(IncomingMail)).all()
    assert (entry.code, entry.source) == (code, "test")
    written = mails(session)
    assert len(written) == (code in (Code.UNPROVED, Code.OTHER_SENDER))
    assert {one.recipient for one in written} <= {"amara@example.org", "tomas@example.org"}


def test_a_comment_is_kept_as_one_plain_line(session: Session, juniper: Season) -> None:
    take(session, mail("exchange"))
    (reply,) = session.scalars(select(CalendarReply)).all()
    assert reply.comment == "Bin – leider – im Urlaub. Grüße, <b>Amara</b>"
    long = again("exchange", message="long", stamp="20260908T083156Z").replace(b"=96 leider", b"n" * 2000)
    take(session, long)
    newest = session.scalar(select(CalendarReply).order_by(CalendarReply.stamped_at.desc()))
    assert newest is not None
    assert len(newest.comment) == 300


def test_what_no_database_can_hold_is_refused_or_cleaned(session: Session, juniper: Season, amara: Person) -> None:
    odd = again("bare-line-ends", message="odd").replace(b"UID:session-one", b"UID:session\x00one")
    assert take(session, odd).code is Code.BROKEN_CALENDAR
    said = again("bare-line-ends", message="said").replace(b"SEQUENCE:0", b"COMMENT:so\x00me \xff words\r\nSEQUENCE:0")
    assert take(session, said).code is Code.APPLIED
    (reply,) = session.scalars(select(CalendarReply)).all()
    assert reply.comment == "so me \ufffd words"


def test_a_proposal_keeps_the_time_and_changes_nothing(session: Session, juniper: Season, amara: Person) -> None:
    take(session, mail("counter-outlook"))
    (proposal,) = session.scalars(select(CalendarReply)).all()
    assert proposal.proposed_starts_at == datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
    assert proposal.proposed_ends_at == datetime(2026, 9, 17, 14, 0, tzinfo=UTC)
    assert proposal.comment == "I teach until two."
    assert answer_of(session, juniper, amara) is None


def test_the_same_mail_twice_counts_once(session: Session, juniper: Season, amara: Person) -> None:
    assert take(session, mail("google")).code is Code.APPLIED
    assert take(session, mail("google")).code is Code.REPEATED
    assert take(session, again("google")).code is Code.REPEATED
    assert session.scalar(select(func.count()).select_from(CalendarReply)) == 1
    assert session.scalar(select(func.count()).select_from(IncomingMail)) == 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_the_latest_stamp_wins_in_whatever_order_they_come(
    session: Session, juniper: Season, amara: Person, order: tuple[int, ...]
) -> None:
    for place in order:
        word, stamp = ("ACCEPTED", "TENTATIVE", "DECLINED")[place], f"20260908T08{place}000Z"
        take(session, again("bare-line-ends", stamp=stamp, message=f"one-{place}", partstat=word))
    assert answer_of(session, juniper, amara) is NO


def test_an_older_answer_that_comes_late_changes_nothing(session: Session, juniper: Season, amara: Person) -> None:
    newer = again("apple", message="newer", stamp="20260908T084000Z")
    assert take(session, newer).code is Code.APPLIED
    older = again("bare-line-ends", message="older", partstat="DECLINED")
    assert take(session, older).code is Code.OLDER
    assert answer_of(session, juniper, amara) is YES


def test_a_later_answer_on_a_page_stands(session: Session, juniper: Season, amara: Person) -> None:
    answer(session, juniper.sessions[0], amara, NO, source="page", at=AT - timedelta(minutes=20))
    assert take(session, mail("google")).code is Code.OLDER
    assert answer_of(session, juniper, amara) is NO
    later = again("google", stamp="20260908T085000Z", message="later").replace(b"Content-Transfer-Encoding: 7bit", b"")
    assert take(session, later).code is Code.APPLIED
    assert answer_of(session, juniper, amara) is YES


def test_an_answer_to_the_time_before_a_move_is_stale(session: Session, juniper: Season, amara: Person) -> None:
    first = juniper.sessions[0]
    first.sequence = first.schedule_sequence = 1
    session.commit()
    assert take(session, mail("google")).code is Code.STALE
    assert answer_of(session, juniper, amara) is None
    fresh = again("bare-line-ends", message="fresh").replace(b"SEQUENCE:0", b"SEQUENCE:1")
    assert take(session, fresh).code is Code.REPEATED
    fresh = again("bare-line-ends", message="fresh2", stamp="20260908T083156Z").replace(b"SEQUENCE:0", b"SEQUENCE:1")
    assert take(session, fresh).code is Code.APPLIED


def test_an_answer_counts_although_somebody_left_since(session: Session, juniper: Season, amara: Person) -> None:
    juniper.sessions[0].sequence = 3
    session.commit()
    assert take(session, mail("google")).code is Code.APPLIED
    assert answer_of(session, juniper, amara) is YES


def test_after_a_move_an_answer_counts_again(session: Session, juniper: Season, amara: Person) -> None:
    """The answer to the new time is not measured against the one to the old."""
    take(session, again("bare-line-ends", stamp="20260908T085500Z", message="before"))
    first = juniper.sessions[0]
    first.sequence = first.schedule_sequence = 1
    session.delete(session.get_one(Rsvp, (first.id, amara.id)))
    session.commit()
    slow = again("bare-line-ends", message="slow", stamp="20260908T085000Z").replace(b"SEQUENCE:0", b"SEQUENCE:1")
    assert take(session, slow).code is Code.APPLIED


def test_nothing_counts_once_a_session_began_or_was_skipped(session: Session, juniper: Season, amara: Person) -> None:
    first = juniper.sessions[0]
    assert take(session, mail("google"), at=first.starts_at).code is Code.OVER
    first.state = SessionState.CANCELLED
    session.commit()
    assert take(session, again("google"), at=AT).code is Code.OVER
    assert answer_of(session, juniper, amara) is None


def test_who_left_is_not_invited(session: Session, juniper: Season, amara: Person) -> None:
    membership = session.scalar(select(Membership).where(Membership.person_id == amara.id))
    assert membership is not None
    membership.left_at = AT
    session.commit()
    assert take(session, mail("google")).code is Code.NOT_INVITED


def test_whose_invite_was_withdrawn_is_not_invited(session: Session, juniper: Season, amara: Person) -> None:
    for row in session.scalars(select(InviteSent).where(InviteSent.person_id == amara.id)):
        row.method = "CANCEL"
    session.commit()
    assert take(session, mail("google")).code is Code.NOT_INVITED


def test_unproved_answers_write_to_the_member_once(session: Session, juniper: Season, amara: Person) -> None:
    for number in range(3):
        raw = again("unproved", message=f"forged-{number}", stamp=f"2026090{number + 5}T083056Z")
        assert take(session, raw).code is Code.UNPROVED
    (written,) = mails(session)
    assert (written.recipient, written.invite) == ("amara@example.org", None)
    assert "/answer/" in written.text
    (held,) = session.scalars(select(CalendarReply)).all()
    assert held.state is ReplyState.PENDING
    assert held.comment == ""


def test_an_unproved_copy_does_not_keep_the_proved_one_out(session: Session, juniper: Season, amara: Person) -> None:
    assert take(session, mail("unproved")).code is Code.UNPROVED
    assert take(session, mail("unproved"), proved=Verdicts(dkim=frozenset({"example.org"}))).code is Code.APPLIED
    assert answer_of(session, juniper, amara) is YES


def test_a_megabyte_and_more_is_refused_unread(session: Session, juniper: Season) -> None:
    assert take(session, mail("google") + b"x" * 1_100_000, proved=Verdicts()).code is Code.TOO_LARGE


def test_half_a_megabyte_of_calendar_is_refused(session: Session, juniper: Season) -> None:
    big = mail("bare-line-ends").replace(b"SEQUENCE:0", b"SEQUENCE:0\r\nDESCRIPTION:" + b"x" * 500_000)
    assert take(session, big).code is Code.BROKEN_CALENDAR


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=" + b'";' * 4_000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nContent-Type: message/rfc822\r\n\r\n" * 5_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)),
        b"From: " + b"<" * 500_000 + b"\r\n\r\n",
        b"From: " + b"(" * 100_000 + b"a@example.org\r\n\r\n",
        b"Content-Type: text/calendar\r\n\r\n" + b"BEGIN:VCALENDAR\r\n" * 2_900,
        b"Content-Type: text/calendar\r\n\r\n" + b"BEGIN:A\r\n\tB\r\n" * 40_000,
        b"\x00" * 1_000_000,
        b"",
        b"\r\n\r\n",
    ],
)
def test_mails_made_to_keep_a_reader_busy_do_not(session: Session, juniper: Season, raw: bytes) -> None:
    import time

    began = time.perf_counter()
    handled = take(session, raw)
    assert time.perf_counter() - began < 3
    assert handled.code not in (Code.APPLIED, Code.PROPOSED)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_the_bytes_nothing_is_raised_or_changed(
    session: Session, juniper: Season, data: st.DataObject
) -> None:
    """Arbitrary bytes, and mails of the corpus with arbitrary bytes put in, none of them proved."""
    base = data.draw(st.sampled_from([b"", *(mail(name) for name in ("google", "exchange", "bounce", "too-deep"))]))
    place = data.draw(st.integers(0, len(base)))
    cut = data.draw(st.integers(0, 40))
    raw = base[:place] + data.draw(st.binary(max_size=200)) + base[place + cut :]
    handle_reply(session, raw, source="test", verdicts=Verdicts(), desk=DESK, at=AT)
    assert session.scalar(select(func.count()).select_from(Rsvp)) == 0
