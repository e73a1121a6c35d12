"""Uploads and finished PDFs, kept in the database or in a folder, so that several machines see them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Identified
from app.errors import NotFound


class StoredFile(Identified, Base):
    """One file: what it is and, unless a folder holds it, its bytes."""

    __tablename__ = "stored_file"

    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Storage:
    """Keeps and gives back file contents; `folder` is None when the database holds them."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def keep(
        self,
        session: Session,
        content: bytes,
        *,
        kind: str,
        name: str,
        content_type: str,
        at: datetime,
        expires_at: datetime | None = None,
    ) -> StoredFile:
        """Store bytes under a new id; the row is flushed with the caller's transaction."""
        file = StoredFile(
            id=uuid4(),
            kind=kind,
            name=name[:200],
            content_type=content_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            data=None if self.folder else content,
            created_at=at,
            expires_at=expires_at,
        )
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path(file.id).write_bytes(content)
        session.add(file)
        session.flush()
        return file

    def read(self, session: Session, file_id: UUID) -> tuple[StoredFile, bytes]:
        """A file's row and bytes. Raises NotFound when either is gone."""
        file = session.get(StoredFile, file_id)
        if file is None:
            raise NotFound
        if file.data is not None:
            return file, file.data
        if self.folder is None or not self._path(file_id).exists():
            raise NotFound
        return file, self._path(file_id).read_bytes()

    def discard(self, session: Session, file_id: UUID) -> None:
        """Remove a file; removing one that is gone is harmless."""
        session.execute(delete(StoredFile).where(StoredFile.id == file_id))
        if self.folder:
            self._path(file_id).unlink(missing_ok=True)

    def discard_expired(self, session: Session, *, at: datetime) -> int:
        """Remove every file whose time is over and say how many."""
        ended = list(session.scalars(select(StoredFile.id).where(StoredFile.expires_at <= at)))
        for file_id in ended:
            self.discard(session, file_id)
        return len(ended)

    def _path(self, file_id: UUID) -> Path:
        if self.folder is None:
            raise RuntimeError("files are kept in the database, not in a folder")
        return self.folder / file_id.hex
