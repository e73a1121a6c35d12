"""Pages that people chose to show their manager, for the manager: by account or by the mailed link."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import InvalidInput
from circles.queries import bounds
from circles.queries.paging import PAGE_SIZE
from practices.blueprint import bp, desk, session, storage
from practices.forms import EmptyForm, SupportForm
from practices.models import Share
from practices.queries.shares import (
    count_for_manager,
    page_for_manager,
    pages_for_manager,
    receipt_behind,
    share_behind,
)
from practices.services import shares as services
from practices.summaries import ManagerPage
from practices.views.files import pdf_response
from practices.views.page import page_html


@bp.get("/pages")
def pages() -> ResponseReturnValue:
    """Every page people chose to show me; nobody else is listed."""
    total = count_for_manager(session(), me())
    number, last, offset = bounds(request.args.get("page", 1, type=int), total)
    return render_template(
        "practices/pages.html",
        shares=pages_for_manager(session(), me(), limit=PAGE_SIZE, offset=offset),
        page=number,
        pages=last,
    )


@bp.route("/pages/<uuid:share_id>", methods=("GET", "POST"))
def page(share_id: UUID) -> ResponseReturnValue:
    """A page that someone shows me. The first opening is a click of its own, because its member is told of it."""
    here = url_for("practices.page", share_id=share_id)

    def load() -> Share:
        return page_for_manager(session(), me(), share_id)

    if request.method == "GET":
        found = load()
        return _opened(found, here) if found.readings else _cover(found, here)
    answered = _act(load, here)
    return redirect(here) if answered is None else answered


@bp.route("/s/<token>", methods=("GET", "POST"))
def shared_page(token: str) -> ResponseReturnValue:
    """The mailed link: GET shows a cover only, since mail scanners follow links; POST opens the page."""
    here = url_for("practices.shared_page", token=token)

    def load() -> Share:
        return share_behind(session(), token, at=clock.now())

    if request.method == "GET":
        return _cover(load(), here)
    answered = _act(load, here)
    return _opened(load(), here) if answered is None else answered


def _act(load: Callable[[], Share], here: str) -> ResponseReturnValue | None:
    """Open, download or answer; None when it is done and the page is to be shown."""
    found, wanted = load(), request.form.get("do", "open")
    if wanted == "answer":
        return _answer(found, load, here)
    if not EmptyForm().validate_on_submit():
        return _cover(found, here)
    if wanted == "pdf":
        return _download(found, here)
    services.record_reading(session(), found, form="page", at=clock.now())
    session().commit()
    return None


def _answer(found: Share, load: Callable[[], Share], here: str) -> ResponseReturnValue | None:
    form, name = SupportForm(), found.person.first_name
    if not form.validate_on_submit():
        return _opened(found, here, form=form)
    try:
        services.answer(session(), found, form.text.data or "", desk=desk(), at=clock.now())
    except InvalidInput as error:
        session().rollback()
        return _opened(load(), here, form=form, problem=error.render(_))
    session().commit()
    flash(_("Sent. Only %(name)s reads it.", name=name))
    return None


def _download(found: Share, here: str) -> ResponseReturnValue:
    if found.file_id is None:
        return _opened(found, here, waiting=True)
    file_id = found.file_id
    services.record_reading(session(), found, form="pdf", at=clock.now())
    session().commit()
    return pdf_response(session(), storage(), file_id)


def _cover(found: Share, here: str) -> str:
    return render_template("practices/cover.html", share=found, action=here)


def _opened(
    found: Share, here: str, *, form: SupportForm | None = None, problem: str = "", waiting: bool = False
) -> ResponseReturnValue:
    content = ManagerPage.from_json(found.snapshot)
    rendered = render_template(
        "practices/page.html",
        share=found,
        sheet=page_html(content, found, links=services.links(found, desk())),
        form=form or SupportForm(formdata=None),
        action=here,
        problem=problem,
        waiting=waiting,
    )
    return rendered, 422 if problem else 200


@bp.get("/r/<token>")
def receipt(token: str) -> ResponseReturnValue:
    """Whether a page stands, and nothing else about it."""
    return render_template("practices/receipt.html", stands=receipt_behind(session(), token, at=clock.now()))
