"""How a cohort is matched: objective, attributes, answers to its own questions, drafts by circle."""

from __future__ import annotations

revision = "0006_matching"
down_revision = "0005_practices"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
