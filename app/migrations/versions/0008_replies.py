"""Answers that came by mail, other addresses of people, and mails that came back."""

from __future__ import annotations

revision = "0008_replies"
down_revision = "0007_reminders"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
