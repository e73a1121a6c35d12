"""Mails as administrators see them, and the outbox of a demonstration."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.admin import queries, services
from app.admin.forms import RetryForm
from app.admin.invites import read_invite
from app.admin.views.blueprint import administrator, bp, demonstration_only, page_number, session
from app.errors import DomainError
from app.mail.models import MailState

#: A mail's own page may bring its styles and nothing else, and no script of it runs.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups; frame-ancestors 'none'"
)


@bp.get("/admin/mails")
def mails() -> ResponseReturnValue:
    """Kind, recipient, state, error and time of every mail; never what is written in it."""
    administrator()
    chosen = request.args.get("state", "")
    state = MailState(chosen) if chosen in {one.value for one in MailState} else None
    return render_template(
        "admin/mails.html",
        found=queries.mails_page(session(), state=state, page=page_number()),
        counts=queries.mail_counts(session()),
        state=state,
        states=list(MailState),
        page_url=lambda page: url_for("admin.mails", state=state.value if state else None, page=page),
    )


@bp.post("/admin/mails/<int:mail_id>/retry")
def retry_mail(mail_id: int) -> ResponseReturnValue:
    """Send a failed mail once more."""
    actor = administrator()
    if not RetryForm().validate_on_submit():
        abort(400)
    try:
        services.retry_mail(session(), mail_id, actor=actor, at=clock.now())
    except DomainError as error:
        if error.status == 404:
            raise
        session().rollback()
        flash(error.render(_), "attention")
    else:
        session().commit()
        flash(_("The mail is sent again."))
    return redirect(url_for("admin.mails", state="failed"))


@bp.get("/outbox")
def outbox() -> ResponseReturnValue:
    """Every mail of the demonstration; there is no such page elsewhere."""
    demonstration_only()
    found = queries.outbox_page(session(), page=page_number())
    return render_template("admin/outbox.html", found=found, page_url=lambda page: url_for("admin.outbox", page=page))


@bp.get("/outbox/<int:mail_id>")
def outbox_mail(mail_id: int) -> ResponseReturnValue:
    """One mail of the demonstration: its words, and its invite in plain lines."""
    demonstration_only()
    mail = queries.mail_by_id(session(), mail_id)
    invite = read_invite(mail.invite) if mail.invite else None
    return render_template("admin/outbox_mail.html", mail=mail, invite=invite)


@bp.get("/outbox/<int:mail_id>/page")
def outbox_mail_page(mail_id: int) -> ResponseReturnValue:
    """One mail of the demonstration as a mail program sets it."""
    demonstration_only()
    mail = queries.mail_by_id(session(), mail_id)
    return Response(
        mail.html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": MAIL_POLICY}
    )
