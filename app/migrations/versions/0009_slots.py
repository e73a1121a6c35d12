"""Polls about a circle's weekly time, alternating slots and guests of a session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_slots"
down_revision = "0008_replies"


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def _to(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    # Columns are added one by one: making such a table anew would empty those that point at it on SQLite.
    op.add_column("season", sa.Column("turn_weekday", sa.Integer(), nullable=True))
    op.add_column("season", sa.Column("turn_starts", sa.Time(), nullable=True))
    op.add_column("season", sa.Column("turn_from", sa.Date(), nullable=True))
    op.add_column(
        "circle_session", sa.Column("holidays_kept", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.create_table(
        "slot_poll",
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("pollkind", "first", "change", "turns"), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("chosen", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("closes_at > opened_at", name=op.f("ck_slot_poll_closes_after_opening")),
        _to("slot_poll", "season_id", "season", "CASCADE"),
        _to("slot_poll", "opened_by", "person", "SET NULL"),
        _to("slot_poll", "ended_by", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_poll")),
    )
    op.create_index(op.f("ix_slot_poll_season_id"), "slot_poll", ["season_id"])
    op.create_index("ix_slot_poll_ended_at_closes_at", "slot_poll", ["ended_at", "closes_at"])
    op.create_index(
        "uq_slot_poll_open",
        "slot_poll",
        ["season_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "slot_option",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("turn_weekday", sa.Integer(), nullable=True),
        sa.Column("turn_starts", sa.Time(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("weekday >= 0 AND weekday <= 6", name=op.f("ck_slot_option_weekday_0_to_6")),
        sa.CheckConstraint("(turn_weekday IS NULL) = (turn_starts IS NULL)", name=op.f("ck_slot_option_turn_is_whole")),
        _to("slot_option", "poll_id", "slot_poll", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_option")),
        sa.UniqueConstraint("poll_id", "position", name=op.f("uq_slot_option_poll_id_position")),
    )
    op.create_table(
        "slot_vote",
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("vote", _choice("vote", "good", "can", "cannot"), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        _to("slot_vote", "option_id", "slot_option", "CASCADE"),
        _to("slot_vote", "person_id", "person", "CASCADE"),
        sa.PrimaryKeyConstraint("option_id", "person_id", name=op.f("pk_slot_vote")),
    )
    op.create_index(op.f("ix_slot_vote_person_id"), "slot_vote", ["person_id"])
    op.create_table(
        "hour_ask",
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("spells", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("freed", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _to("hour_ask", "circle_id", "circle", "CASCADE"),
        _to("hour_ask", "person_id", "person", "CASCADE"),
        _to("hour_ask", "asked_by", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_ask")),
    )
    op.create_index(op.f("ix_hour_ask_circle_id"), "hour_ask", ["circle_id"])
    op.create_index(op.f("ix_hour_ask_person_id"), "hour_ask", ["person_id"])
    op.create_index(
        "uq_hour_ask_open",
        "hour_ask",
        ["circle_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "session_guest",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("missed_id", sa.Uuid(), nullable=True),
        sa.Column("state", _choice("gueststate", "asked", "welcome", "declined", "withdrawn"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _to("session_guest", "session_id", "circle_session", "CASCADE"),
        _to("session_guest", "missed_id", "circle_session", "SET NULL"),
        _to("session_guest", "person_id", "person", "CASCADE"),
        _to("session_guest", "decided_by", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_guest")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_session_guest_session_id_person_id")),
    )
    op.create_index(op.f("ix_session_guest_person_id"), "session_guest", ["person_id"])


def downgrade() -> None:
    op.drop_table("session_guest")
    op.drop_table("hour_ask")
    op.drop_table("slot_vote")
    op.drop_table("slot_option")
    op.drop_table("slot_poll")
    op.drop_column("circle_session", "holidays_kept")
    for name in ("turn_from", "turn_starts", "turn_weekday"):
        op.drop_column("season", name)
