"""The signature of a request that brings a mail: HMAC-SHA256 over its time and its body, good for five minutes."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
VERSION = "v1="

_TIMESTAMP = re.compile(r"\d{9,11}")


class BadSignature(ValueError):
    """The request is not from who shares the secret, or too old."""


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """What belongs into the signature header: v1= and the hexadecimal HMAC of timestamp, a dot, and the body."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return VERSION + digest


def check(secret: str, timestamp: str, signature: str, body: bytes, *, at: datetime) -> str:
    """The seal of a request, by which it is known again. Raises BadSignature."""
    expected = signature_of(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), signature.strip().encode("utf-8", "replace")):
        raise BadSignature("the signature does not fit the time and the body")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(at.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise BadSignature("the time is more than five minutes off")
    return hashlib.sha256(expected.encode()).hexdigest()
