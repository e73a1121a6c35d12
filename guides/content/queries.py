"""Reading guide versions; guide text is without people, so any signed-in person may read it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.errors import NotFound
from guides.content.identity import from_document
from guides.content.models import GuideVersion
from guides.content.values import Guide


def newest_versions(session: Session) -> Sequence[GuideVersion]:
    """The newest version of each guide, without its text, by title."""
    rows = session.scalars(
        select(GuideVersion).options(defer(GuideVersion.document)).order_by(GuideVersion.created_at.desc())
    )
    newest: dict[str, GuideVersion] = {}
    for row in rows:
        newest.setdefault(row.slug, row)
    return sorted(newest.values(), key=lambda version: version.title)


def version_by_id(session: Session, version_id: UUID) -> GuideVersion:
    """One version of a guide. Raises NotFound."""
    version = session.get(GuideVersion, version_id)
    if version is None:
        raise NotFound
    return version


def newest_version(session: Session, slug: str) -> GuideVersion:
    """The newest version of one guide. Raises NotFound."""
    version = session.scalar(
        select(GuideVersion).where(GuideVersion.slug == slug).order_by(GuideVersion.created_at.desc()).limit(1)
    )
    if version is None:
        raise NotFound
    return version


def guide_of(version: GuideVersion) -> Guide:
    """The guide of a version as values; versions never change, so it is read from its data once."""
    cached = _guides.get(version.hash)
    if cached is None:
        cached = _guides[version.hash] = from_document(version.document)
        if len(_guides) > MOST_CACHED:
            _guides.pop(next(iter(_guides)))
    return cached


MOST_CACHED = 64
_guides: dict[str, Guide] = {}
