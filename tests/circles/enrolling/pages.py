"""What the tests of the form's pages share: addresses and the text of a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from werkzeug.test import TestResponse

from circles.models import Enrollment

AT = datetime(2026, 8, 20, 10, 0, tzinfo=UTC)
KEY = "only for tests, only for tests, only for tests"
PAGES = ("about", "interests", "hours", "people")


def words(response: TestResponse) -> str:
    """The page's text on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def url(enrollment: Enrollment, page: str = "") -> str:
    """The address of a page of the form, or of where someone stands."""
    return f"/enrollments/{enrollment.id}" + (f"/{page}" if page else "")
