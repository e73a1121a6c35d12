"""What the instants of sessions were derived from, rooms of single sessions, and what calendars hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0010_zones"
down_revision = "0009_slots"

AT_ONCE = 1000
SEASON = sa.table("season", sa.column("id", sa.Uuid()), sa.column("timezone", sa.String()))
MEETING = sa.table(
    "circle_session",
    sa.column("id", sa.Uuid()),
    sa.column("season_id", sa.Uuid()),
    sa.column("starts_at", sa.DateTime(timezone=True)),
    sa.column("week", sa.Date()),
    sa.column("local_date", sa.Date()),
    sa.column("local_time", sa.Time()),
    sa.column("timezone", sa.String()),
)


def upgrade() -> None:
    # Columns are added one by one: making such a table anew would empty those that point at it on SQLite.
    nothing = sa.text("'1970-01-01'")
    op.add_column("circle_session", sa.Column("week", sa.Date(), nullable=False, server_default=nothing))
    op.add_column("circle_session", sa.Column("local_date", sa.Date(), nullable=False, server_default=nothing))
    midnight = sa.text("'00:00:00.000000'")
    op.add_column("circle_session", sa.Column("local_time", sa.Time(), nullable=False, server_default=midnight))
    op.add_column("circle_session", sa.Column("timezone", sa.String(length=64), nullable=False, server_default="UTC"))
    op.add_column("circle_session", sa.Column("room_url", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("circle_session", sa.Column("change_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invite_sent", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    _derive(op.get_bind())
    op.execute(
        "UPDATE invite_sent SET held = (1 = 1) WHERE method = 'REQUEST' AND EXISTS "
        "(SELECT 1 FROM person WHERE person.id = invite_sent.person_id AND person.calendar_choice = 'invites')"
    )


def downgrade() -> None:
    op.drop_column("invite_sent", "held")
    for name in ("change_due_at", "room_url", "timezone", "local_time", "local_date", "week"):
        op.drop_column("circle_session", name)


def _derive(connection: sa.Connection) -> None:
    """Give every session the wall time that its season's zone shows at its instant."""
    change = (
        sa.update(MEETING)
        .where(MEETING.c.id == sa.bindparam("key"))
        .values({name: sa.bindparam(f"new_{name}") for name in ("week", "local_date", "local_time", "timezone")})
    )
    last = None
    while True:
        page = (
            sa.select(MEETING.c.id, MEETING.c.starts_at, SEASON.c.timezone)
            .join(SEASON, SEASON.c.id == MEETING.c.season_id)
            .order_by(MEETING.c.id)
            .limit(AT_ONCE)
        )
        rows = connection.execute(page if last is None else page.where(MEETING.c.id > last)).all()
        if not rows:
            return
        connection.execute(change, [_derived(*row) for row in rows])
        last = rows[-1][0]


def _derived(key: Any, starts_at: datetime, timezone: str) -> dict[str, Any]:
    utc = starts_at.replace(tzinfo=UTC) if starts_at.tzinfo is None else starts_at.astimezone(UTC)
    wall = utc.astimezone(ZoneInfo(timezone))
    if wall.fold:
        # The second coming of an hour has no wall time of its own.
        wall, timezone = utc, "UTC"
    day: date = wall.date()
    return {
        "key": key,
        "new_week": day - timedelta(days=day.weekday()),
        "new_local_date": day,
        "new_local_time": wall.time().replace(fold=0),
        "new_timezone": timezone,
    }
