"""Answers that came by mail, other addresses of people, and mails that came back."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0008_replies"
down_revision = "0007_reminders"

STATES = ("waiting", "sent", "failed", "cancelled")
CHECK = "ck_outgoing_mail_mailstate"


def _mail_states(states: Sequence[str]) -> None:
    words = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), f"state IN ({words})")


def _enum(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    _mail_states((*STATES, "bounced"))
    op.create_table(
        "incoming_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("seal", name=op.f("uq_incoming_mail_seal")),
    )
    op.create_index(op.f("ix_incoming_mail_key"), "incoming_mail", ["key"])
    op.create_index(op.f("ix_incoming_mail_received_at"), "incoming_mail", ["received_at"])
    op.create_table(
        "inbox",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.String(length=32), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_inbox")),
    )
    op.create_table(
        "address_trouble",
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deferred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_address_trouble")),
    )
    op.create_table(
        "other_address",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_other_address_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_address")),
        sa.UniqueConstraint("address_key", name=op.f("uq_other_address_address_key")),
    )
    op.create_index(op.f("ix_other_address_person_id"), "other_address", ["person_id"])
    op.create_table(
        "calendar_reply",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("answer", "proposal", name="replykind"), nullable=False),
        sa.Column("state", _enum("applied", "pending", "stale", "older", name="replystate"), nullable=False),
        sa.Column("answer", _enum("yes", "maybe", "no", name="answer"), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.String(length=300), nullable=False),
        sa.Column("proposed_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_reply_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["circle_session.id"],
            name=op.f("fk_calendar_reply_session_id_circle_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_reply")),
        sa.UniqueConstraint(
            "session_id",
            "person_id",
            "kind",
            "stamped_at",
            name=op.f("uq_calendar_reply_session_id_person_id_kind_stamped_at"),
        ),
    )
    op.create_index(op.f("ix_calendar_reply_person_id"), "calendar_reply", ["person_id"])
    op.create_table(
        "standing_yes",
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_standing_yes_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["season_id"], ["season.id"], name=op.f("fk_standing_yes_season_id_season"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("season_id", "person_id", name=op.f("pk_standing_yes")),
    )
    op.create_index(op.f("ix_standing_yes_person_id"), "standing_yes", ["person_id"])


def downgrade() -> None:
    for table in (
        "standing_yes",
        "calendar_reply",
        "other_address",
        "address_trouble",
        "inbox",
        "incoming_mail",
    ):
        op.drop_table(table)
    op.execute("UPDATE outgoing_mail SET state = 'failed' WHERE state = 'bounced'")
    _mail_states(STATES)
