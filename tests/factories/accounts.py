"""Makes people."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person

_numbers = itertools.count(1)


def person(session: Session, *, name: str = "", email: str = "", **fields: Any) -> Person:
    """A person with an address of their own; any column can be given."""
    number = next(_numbers)
    name = name or f"Person {number}"
    email = email or f"{name.lower().replace(' ', '.')}.{number}@example.org"
    at = clock.now()
    made = Person(name=name, email=email, email_key=email.lower(), created_at=at, updated_at=at, **fields)
    session.add(made)
    session.flush()
    return made
