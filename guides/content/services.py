"""Storing guides: a version whose text is new becomes a row, and rows never change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from guides.content.identity import content_hash, to_document
from guides.content.models import GuideVersion
from guides.content.parsing import load
from guides.content.values import Guide

LIBRARY = Path(__file__).resolve().parent.parent / "library"


def store_guide(session: Session, guide: Guide, *, at: datetime) -> GuideVersion:
    """The version with exactly this text, made if there is none."""
    digest = content_hash(guide)
    version: GuideVersion | None = session.scalar(
        select(GuideVersion).where(GuideVersion.slug == guide.slug, GuideVersion.hash == digest)
    )
    if version is None:
        version = GuideVersion(
            slug=guide.slug,
            title=guide.title,
            language=guide.language,
            version=guide.version,
            hash=digest,
            weeks=len(guide.weeks),
            document=to_document(guide),
            created_at=at,
        )
        session.add(version)
        session.flush()
    return version


def store_library(session: Session, *, at: datetime) -> list[GuideVersion]:
    """Store every guide of the library. Raises InvalidGuide when one has problems."""
    folders = sorted(path for path in LIBRARY.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    return [store_guide(session, load(folder), at=at) for folder in folders]
