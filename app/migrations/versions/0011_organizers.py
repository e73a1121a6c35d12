"""Whom calendars know as the organizer of a session, and typed links of rooms that somebody who left still knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_organizers"
down_revision = "0010_zones"


def upgrade() -> None:
    # Columns are added one by one: making such a table anew would empty those that point at it on SQLite.
    op.add_column("circle_session", sa.Column("organizer", sa.String(length=254), nullable=False, server_default=""))
    op.add_column("outgoing_mail", sa.Column("sender", sa.String(length=254), nullable=False, server_default=""))
    for table in ("season", "circle_session"):
        op.add_column(table, sa.Column("room_known", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table in ("circle_session", "season"):
        op.drop_column(table, "room_known")
    op.drop_column("outgoing_mail", "sender")
    op.drop_column("circle_session", "organizer")
