"""Who vouches for a mail: real DKIM signatures, and what our own server says and nobody else."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.verdicts import NOTHING_PROVED, Verdicts, is_aligned, judge, said_by, signers

MAIL = (
    b"From: Amara Osei <amara@example.org>\r\nTo: circles@coterie.test\r\nSubject: Accepted\r\n"
    b"Message-ID: <1@example.org>\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\n"
)


def _prime(dice: random.Random, bits: int) -> int:
    while True:
        number = dice.getrandbits(bits) | (3 << (bits - 2)) | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19)) and all(
            pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7)
        ):
            return number


INTEGER, SEQUENCE = 0x02, 0x30


def _der(tag: int, body: bytes) -> bytes:
    """One DER value with a length in two bytes, which its own numbers may take."""
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + (size if len(body) < 128 or len(body) > 255 else b"\x81" + bytes([len(body)])) + body


def _numbers(*numbers: int) -> bytes:
    """Whole numbers as a DER sequence."""
    body = b"".join(_der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in numbers)
    return _der(SEQUENCE, body)


@pytest.fixture(scope="module")
def key() -> tuple[bytes, bytes]:
    """A private key as PEM, and the record a domain publishes for it."""
    dice, power = random.Random(20260908), 65537
    while True:
        p, q = _prime(dice, 512), _prime(dice, 512)
        if p != q and ((p - 1) * (q - 1)) % power:
            break
    modulus, secret = p * q, pow(power, -1, (p - 1) * (q - 1))
    numbers = (0, modulus, power, secret, p, q, secret % (p - 1), secret % (q - 1), pow(q, -1, p))
    private, public = _numbers(*numbers), _numbers(modulus, power)
    pem = b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(private) + b"-----END RSA PRIVATE KEY-----\n"
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.fixture
def lookup(key: tuple[bytes, bytes]) -> Callable[..., bytes | None]:
    """Every domain publishes that key under "one"."""
    return lambda name, timeout=5: key[1] if name.startswith(b"one._domainkey.") else None


def signed(key: tuple[bytes, bytes], domain: bytes = b"example.org", mail: bytes = MAIL, **options: object) -> bytes:
    signature: bytes = dkim.sign(mail, b"one", domain, key[0], **options)
    return signature + mail


def test_a_signature_of_the_senders_domain_proves(key: tuple[bytes, bytes], lookup: Callable[..., bytes]) -> None:
    verdicts = judge(signed(key), lookup=lookup)
    assert verdicts == Verdicts(dkim=frozenset({"example.org"}))
    assert verdicts.prove("amara@example.org")
    assert not verdicts.prove("amara@example.net")
    assert not verdicts.prove("")


def test_a_changed_mail_proves_nothing(key: tuple[bytes, bytes], lookup: Callable[..., bytes]) -> None:
    for raw in (
        signed(key).replace(b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAr"),
        signed(key).replace(b"amara@", b"tomas@"),
        signed(key).replace(b"d=example.org", b"d=example.net"),
        signed(key, mail=MAIL.replace(b"From: ", b"From: mallory@evil.example\r\nFrom: ")).replace(b"\r\nFrom", b""),
    ):
        assert not judge(raw, lookup=lookup).prove("amara@example.org")


def test_a_signature_over_a_part_of_the_body_proves_nothing(
    key: tuple[bytes, bytes], lookup: Callable[..., bytes]
) -> None:
    raw = signed(key, length=True)
    assert dkim.verify(raw + b"more\r\n", dnsfunc=lookup)
    assert signers(raw, lookup=lookup) == frozenset()


def test_a_signature_of_another_domain_proves_only_that_domain(
    key: tuple[bytes, bytes], lookup: Callable[..., bytes]
) -> None:
    verdicts = judge(signed(key, b"evil.example"), lookup=lookup)
    assert verdicts.dkim == {"evil.example"}
    assert not verdicts.prove("amara@example.org")


def test_no_key_no_proof(key: tuple[bytes, bytes]) -> None:
    def nothing(name: bytes, timeout: int = 5) -> bytes | None:
        return None

    def broken(name: bytes, timeout: int = 5) -> bytes | None:
        raise OSError("no name server")

    assert signers(signed(key), lookup=nothing) == frozenset()
    assert signers(signed(key), lookup=broken) == frozenset()


def test_no_more_than_three_signatures_are_looked_at(key: tuple[bytes, bytes]) -> None:
    asked: list[bytes] = []

    def note(name: bytes, timeout: int = 5) -> bytes | None:
        asked.append(name)
        return None

    raw = MAIL
    for number in range(8):
        raw = dkim.sign(MAIL, b"one", f"d{number}.example".encode(), key[0]) + raw
    signers(raw, lookup=note)
    assert len(asked) <= 6


@pytest.mark.parametrize(
    ("signer", "domain", "aligned"),
    [
        ("example.org", "example.org", True),
        ("example.org", "mail.example.org", True),
        ("mail.example.org", "example.org", False),
        ("org", "example.org", False),
        ("ple.org", "example.org", False),
        ("", "example.org", False),
    ],
)
def test_alignment(signer: str, domain: str, aligned: bool) -> None:
    assert is_aligned(signer, domain) is aligned


OURS = b"Authentication-Results: mx.coterie.test; dmarc=pass (p=none) header.from=example.org;\r\n dkim=fail\r\n"


def test_our_own_server_is_believed_when_it_is_on_top() -> None:
    assert said_by(OURS + MAIL, "MX.coterie.test").prove("amara@example.org")
    assert said_by(OURS + MAIL, "other.test") == NOTHING_PROVED
    assert judge(OURS + MAIL, verify=False) == NOTHING_PROVED


@pytest.mark.parametrize(
    "above",
    [
        b"Authentication-Results: mx.coterie.test; dmarc=fail header.from=example.org\r\n",
        b"Authentication-Results: mx.coterie.test; none\r\n",
        b"Authentication-Results: elsewhere.test; dmarc=pass header.from=example.org\r\n",
        b"Authentication-Results: (what\r\n",
        b"Authentication-Results: mx.coterie.test; x=" + b"y" * 9_000 + b"\r\n",
    ],
)
def test_what_a_sender_writes_below_counts_for_nothing(above: bytes) -> None:
    assert said_by(above + b"Received: from evil.example\r\n" + OURS + MAIL, "mx.coterie.test") == NOTHING_PROVED


def test_a_pass_of_something_else_is_none_of_the_address() -> None:
    spf = (
        b"Authentication-Results: mx.coterie.test; spf=pass smtp.mailfrom=amara@example.org header.from=example.org\r\n"
    )
    other = (
        b"Authentication-Results: mx.coterie.test; dmarc=pass header.from=evil.example; dkim=pass header.d=e.test\r\n"
    )
    assert not said_by(spf + MAIL, "mx.coterie.test").prove("amara@example.org")
    assert not said_by(other + MAIL, "mx.coterie.test").prove("amara@example.org")


@given(st.binary(max_size=300))
def test_whatever_the_bytes_nothing_is_raised(junk: bytes) -> None:
    for raw in (junk, b"Authentication-Results: " + junk, b"DKIM-Signature: " + junk + b"\r\n" + MAIL):
        assert not judge(raw, authserv_id="mx.coterie.test", lookup=lambda *_, **__: None).prove("amara@example.org")
