"""What the sessions of a season were derived from."""

from __future__ import annotations

revision = "0010_zones"
down_revision = "0009_slots"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
