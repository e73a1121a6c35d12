"""Guide versions as stored: text without people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Identified


class GuideVersion(Identified, Base):
    """One version of a guide, never changed once stored; walks pin the one they follow."""

    __tablename__ = "guide_version"
    __table_args__ = (UniqueConstraint("slug", "hash"),)

    slug: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(64))
    weeks: Mapped[int]
    #: The whole guide as data, the JSON form of guides.content.parsing.Guide.
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
