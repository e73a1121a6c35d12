"""When each session is looked at next for mails that are due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from scheduling.models.seasons import CircleSession


class SessionMails(Base):
    """One session's place in the queue of looks; `look_at` is empty once nothing more can come due."""

    __tablename__ = "session_mails"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"), primary_key=True)
    #: The start that `look_at` was worked out from; a session that was moved since is looked at anew.
    starts_at: Mapped[datetime]
    look_at: Mapped[datetime | None] = mapped_column(index=True)
