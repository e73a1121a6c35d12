"""The approved page as HTML, worded in its own language; the same for preview, member and manager."""

from __future__ import annotations

from babel import Locale
from babel.dates import format_date, get_timezone_location
from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from app.i18n import text_direction
from practices import statuses
from practices.documents import in_words, qr_code
from practices.models import Share
from practices.services.shares import Links
from practices.summaries import ManagerPage, course_points


def page_html(page: ManagerPage, share: Share | None, *, links: Links | None = None) -> Markup:
    """The white sheet; without a share it is not approved yet, and says so where the receipt will stand."""
    with force_locale(page.language):
        place = get_timezone_location(share.person.timezone, locale=page.language, return_city=True) if share else ""
        sheet = render_template(
            "practices/_page.html",
            page=page,
            share=share,
            links=links,
            since=format_date(page.since, "LLLL", locale=page.language),
            place=place,
            qr=qr_code(links.read_url, _("Code that opens the page where you can answer")) if links else "",
            frequency_word=lambda level: _(statuses.frequency_word(level)),
            said=lambda status: _(statuses.said(status)),
            course_points=course_points,
            in_words=in_words,
            page_language=page.language,
            page_direction=text_direction(page.language),
            locale=Locale.parse(page.language, sep="-" if "-" in page.language else "_"),
        )
    return Markup(sheet)  # noqa: S704 - the template escapes what people wrote
