"""Polls about a circle's weekly time, alternating slots and guests of a session."""

from __future__ import annotations

revision = "0009_slots"
down_revision = "0008_replies"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
