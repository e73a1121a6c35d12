"""Feeds of circles."""

from __future__ import annotations

revision = "0011_pages"
down_revision = "0010_zones"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
