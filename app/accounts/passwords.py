"""Hashing and checking passwords, and the rules a new one must follow."""

from __future__ import annotations

import threading
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import N_, InvalidInput

LEAST = 12
MOST = 128

#: Argon2id with 19 MiB, two passes and one lane: the OWASP password storage profile for interactive sign-in.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: So many hashes at a time; more would let a burst of sign-ins take the memory of the whole process.
_AT_ONCE = threading.BoundedSemaphore(4)
#: Checked when there is no such person or no password, so that the answer takes as long.
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The stored form of a password."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one behind a stored hash; None takes as long and is never right."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or _NOBODY, password[:MOST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other costs than today's and should be made again."""
    return _HASHER.check_needs_rehash(stored)


def check_rules(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is too short or easy to guess. Raises InvalidInput for the field "password"."""
    if len(password) < LEAST:
        raise InvalidInput(N_("Use at least %(least)s characters."), field="password", least=LEAST)
    if len(password) > MOST:
        raise InvalidInput(N_("Use at most %(most)s characters."), field="password", most=MOST)
    folded = password.casefold()
    if len(set(folded)) < 5 or _is_run(folded):
        raise InvalidInput(N_("This is easy to guess: use more different characters."), field="password")
    known = {email.casefold(), email.partition("@")[0].casefold(), name.casefold(), *name.casefold().split()}
    left = folded
    for word in sorted((word for word in known if len(word) > 3), key=len, reverse=True):
        left = left.replace(word, "")
    if len(left) < LEAST // 2:
        raise InvalidInput(N_("This is easy to guess: it is mostly your name or address."), field="password")


def _is_run(text: str) -> bool:
    """Whether each character follows the one before, like 123456789012 or abcdefghijkl."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}
    return steps <= {1} or steps <= {9}
