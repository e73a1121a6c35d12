"""Serving finished PDFs: privately, under their own name, shown in the browser."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Response, send_file
from sqlalchemy.orm import Session

from app.storage import Storage


def pdf_response(session: Session, storage: Storage, file_id: UUID) -> Response:
    """The file for someone who may read it; nothing on the way keeps a copy. Raises NotFound."""
    file, content = storage.read(session, file_id)
    response = send_file(
        BytesIO(content), mimetype=file.content_type, as_attachment=False, download_name=file.name, max_age=0
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
