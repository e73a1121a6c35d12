"""The one row about the organization that runs this installation: name, logo, zone, mail, retention."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base
from app.storage import StoredFile


class Organization(Base):
    """Exactly one row, made by the first migration; `set_up_at` is empty until the first-run page was answered."""

    __tablename__ = "organization"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, default=1)
    name: Mapped[str] = mapped_column(String(120), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(16), default="en")
    logo_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id, ondelete="SET NULL"))
    mail_from: Mapped[str] = mapped_column(String(254), default="")
    smtp_host: Mapped[str] = mapped_column(String(200), default="")
    smtp_port: Mapped[int] = mapped_column(default=587)
    smtp_security: Mapped[str] = mapped_column(String(10), default="starttls")
    smtp_username: Mapped[str] = mapped_column(String(200), default="")
    smtp_password: Mapped[str] = mapped_column(String(200), default="")
    circle_text_months: Mapped[int] = mapped_column(default=12)
    mail_body_days: Mapped[int] = mapped_column(default=14)
    set_up_at: Mapped[datetime | None]

    @property
    def logo_url(self) -> str | None:
        """The path of the logo, changing with it, or None."""
        return f"/logo?v={self.logo_id.hex[:8]}" if self.logo_id else None


def organization(session: Session) -> Organization:
    """The organization's row."""
    found = session.get_one(Organization, 1)
    # Sessions hold rows weakly; without this, every template of every mail would read it from the database again.
    session.info["organization"] = found
    return found
