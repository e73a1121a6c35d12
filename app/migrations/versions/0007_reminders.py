"""Reminders sent, and which mails people want."""

from __future__ import annotations

revision = "0007_reminders"
down_revision = "0006_matching"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
