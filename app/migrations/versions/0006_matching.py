"""How a cohort is matched: objective, attributes, answers to its own questions, drafts by circle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_matching"
down_revision = "0005_practices"

#: Added in place: where a table is made anew instead, as batches do for a column with a check, SQLite deletes the rows
#: that point at it.
OBJECTIVE = (
    "ALTER TABLE cohort ADD COLUMN objective VARCHAR(24) DEFAULT 'total' NOT NULL "
    "CONSTRAINT ck_cohort_objective CHECK (objective IN ('total', 'weakest'))"
)


def upgrade() -> None:
    op.execute(OBJECTIVE)
    op.add_column("cohort", sa.Column("attributes", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("cohort", sa.Column("questions", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("cohort", sa.Column("catch_up", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("enrollment", sa.Column("answers", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("enrollment", "answers")
    for name in ("catch_up", "questions", "attributes", "objective"):
        op.drop_column("cohort", name)
