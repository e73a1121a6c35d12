"""What every table shares: the declarative base, naming convention and column types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Dialect, MetaData, Uuid
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.types import JSON, TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Whether the unit of work that begins next may write. Requests that only read set it to False, so that SQLite takes
#: its write lock (BEGIN IMMEDIATE) for writers only; a reader never waits for one.
unit_writes: ContextVar[bool] = ContextVar("unit_writes", default=True)


@contextmanager
def reading(session: Session) -> Iterator[None]:
    """A unit of a job that only reads: it takes no write lock, and ends with the block. Begin it between units."""
    token = unit_writes.set(False)
    try:
        yield
        session.commit()
    finally:
        unit_writes.reset(token)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; naive values are refused on the way in, and come out aware on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a naive datetime cannot be stored; give it a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


E = TypeVar("E", bound=Enum)


def enum_column(kind: type[E]) -> SqlEnum:
    """An enum stored as its value in a checked VARCHAR, the same on both databases."""
    return SqlEnum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=kind.__name__.lower(),
        length=24,
        values_callable=lambda members: [str(member.value) for member in members],
        validate_strings=True,
    )


class Base(DeclarativeBase):
    """Every table's parent; it shares its metadata with Flask-SQLAlchemy."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime(),
            UUID: Uuid(),
            dict[str, Any]: JSON(),
            list[str]: JSON(),
            list[Any]: JSON(),
        },
    )


class Identified:
    """A row with a random id that is safe to show in an address."""

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=uuid4)
