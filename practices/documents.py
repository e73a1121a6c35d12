"""Words the three summaries as HTML documents for `app.pdf`; needs an application context, and no request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from babel import Locale
from babel.dates import format_date, get_timezone_location
from flask import render_template
from flask_babel import force_locale, gettext
from markupsafe import Markup

from app.i18n import text_direction
from practices import statuses
from practices.cohort_report import CohortReport, ReportRow
from practices.statuses import Counted
from practices.summaries import ManagerPage, MemberSummary, course_points
from practices.suppression import Reason

INK = "#1F2A2E"
#: How the parts of the bar of statuses are drawn; see templates/_macros/charts.html.
PARTS: dict[Counted, str] = {
    Counted.IN_USE: "full",
    Counted.IN_PART: "part",
    Counted.NOT_YET: "line",
    Counted.LET_GO: "stone",
    Counted.NO_ANSWER: "open",
}


@dataclass(frozen=True, slots=True)
class Approval:
    """When and where a page was approved, its receipt, the page that says whether it stands, and where to answer."""

    at: datetime
    timezone: str
    receipt: str
    stands_url: str
    answer_url: str


@dataclass(frozen=True, slots=True)
class Document:
    """What `app.pdf.render` takes."""

    html: str
    title: str
    language: str


def manager_page(page: ManagerPage, approval: Approval) -> Document:
    """The page a member approved for a manager, with the line to answer on and its receipt."""
    with force_locale(page.language):
        title = gettext("What %(name)s chose to show you", name=page.member_name)
        return _document(
            "practices/pdf/manager_page.html",
            title,
            page.language,
            page=page,
            approval=approval,
            since=format_date(page.since, "LLLL", locale=page.language),
            place=get_timezone_location(approval.timezone, locale=page.language, return_city=True),
            qr=qr_code(approval.answer_url, gettext("Code that opens the page where you can answer")),
        )


def member_summary(summary: MemberSummary) -> Document:
    """A member's own changes and their course, in the member's words."""
    with force_locale(summary.language):
        title = gettext("My changes: %(name)s", name=summary.member_name)
        return _document("practices/pdf/member_summary.html", title, summary.language, summary=summary)


def cohort_report(report: CohortReport) -> Document:
    """The lead's report of a cohort."""
    with force_locale(report.language):
        title = gettext("What changed in how we work: %(cohort)s", cohort=report.cohort_name)
        return _document(
            "practices/pdf/cohort_report.html",
            title,
            report.language,
            report=report,
            parts=status_parts(report.total),
            hidden_words=hidden_words,
        )


def status_parts(row: ReportRow) -> list[tuple[str, int, str]]:
    """The parts of the bar of statuses: label, number of changes, kind."""
    return [
        (gettext(statuses.COUNTED_WORDS[state]), row.figures.get(state.value, 0), kind) for state, kind in PARTS.items()
    ]


def hidden_words(row: ReportRow) -> str:
    """Why a row is hidden, as the table says it."""
    if row.hidden == Reason.COMPLEMENT and len(row.protects) == 1:
        words = gettext("hidden, so that %(row)s cannot be worked out", row=row.protects[0])
    elif row.hidden == Reason.COMPLEMENT:
        words = gettext("hidden, so that the other hidden rows cannot be worked out")
    elif row.hidden == Reason.WAITING:
        words = gettext("new, shown once five people's answers have changed")
    else:
        words = gettext("hidden, fewer than five people")
    return str(words)


def qr_code(address: str, title: str) -> Markup:
    """A QR code as SVG without a size of its own; `title` becomes its alternative text."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=0, dark=INK, title=title, omitsize=True))  # noqa: S704 - segno escapes the title


def _document(template: str, title: str, language: str, **context: Any) -> Document:
    html = render_template(
        template,
        title=title,
        language=language,
        direction=text_direction(language),
        frequency_word=lambda level: gettext(statuses.frequency_word(level)),
        said=lambda status: gettext(statuses.said(status)),
        course_points=course_points,
        in_words=in_words,
        locale=Locale.parse(language, sep="-" if "-" in language else "_"),
        **context,
    )
    return Document(html, title, language)


def in_words(number: int) -> str:
    """Small numbers as words, for running text."""
    words = (
        gettext("no"),
        gettext("one"),
        gettext("two"),
        gettext("three"),
        gettext("four"),
        gettext("five"),
        gettext("six"),
        gettext("seven"),
        gettext("eight"),
        gettext("nine"),
        gettext("ten"),
        gettext("eleven"),
        gettext("twelve"),
    )
    return words[number] if 0 <= number < len(words) else str(number)
