"""Mails that Coterie starts by itself: which were decided, when sessions are looked at, and which kinds people want."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_reminders"
down_revision = "0006_matching"

STATES = ("sent", "held", "digested", "dropped")


def upgrade() -> None:
    op.add_column("person", sa.Column("wanted_mails", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("outgoing_mail", sa.Column("not_after", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "started_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="startedstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_started_mail_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_started_mail"),
        sa.UniqueConstraint("person_id", "kind", "subject", name="uq_started_mail_person_id_kind_subject"),
    )
    op.create_index("ix_started_mail_person_id_leaves_at", "started_mail", ["person_id", "leaves_at"])
    op.create_index("ix_started_mail_state_person_id", "started_mail", ["state", "person_id"])
    op.create_index("ix_started_mail_leaves_at", "started_mail", ["leaves_at"])
    op.create_table(
        "session_mails",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["circle_session.id"],
            name="fk_session_mails_session_id_circle_session",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_session_mails"),
    )
    op.create_index("ix_session_mails_look_at", "session_mails", ["look_at"])
    op.drop_column("circle_session", "reminded_at")


def downgrade() -> None:
    op.add_column("circle_session", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_table("session_mails")
    op.drop_table("started_mail")
    op.drop_column("outgoing_mail", "not_after")
    op.drop_column("person", "wanted_mails")
