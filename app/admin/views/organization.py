"""The first-run page and the organization's settings."""

from __future__ import annotations

from typing import cast

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock, i18n
from app.admin import services
from app.admin.forms import OrganizationForm
from app.admin.views.blueprint import administrator, bp, config, session
from app.errors import DomainError, InvalidInput, TooLarge
from app.organization import organization
from app.storage import Storage


@bp.route("/admin/first-run", methods=("GET", "POST"))
def first_run() -> ResponseReturnValue:
    """What an administrator says before anyone else comes: name, logo, zone, mail."""
    administrator()
    if request.method == "GET" and organization(session()).set_up_at is not None:
        return redirect(url_for("admin.settings"))
    return _settings(first=True)


@bp.route("/admin/organization", methods=("GET", "POST"))
def settings() -> ResponseReturnValue:
    """The organization's settings."""
    administrator()
    return _settings(first=False)


def _settings(*, first: bool) -> ResponseReturnValue:
    form = OrganizationForm.of(organization(session()))
    status = 200
    if form.validate_on_submit():
        try:
            _save(form)
        except (InvalidInput, TooLarge) as error:
            session().rollback()
            form.logo.errors = [error.render(_)]
            status = error.status
        else:
            session().commit()
            if request.form.get("test"):
                _test_mail()
                return redirect(url_for("admin.settings"))
            flash(_("The settings are saved."))
            return redirect(url_for("pages.home") if first else url_for("admin.settings"))
    return (
        render_template(
            "admin/organization.html",
            form=form,
            first=first,
            zones=sorted(i18n.TIMEZONES),
            mail_by_settings=config().smtp_host or config().mail_transport == "outbox" or config().demonstration,
            address_by_settings=config().mail_from,
        ),
        status,
    )


def _save(form: OrganizationForm) -> None:
    at = clock.now()
    storage = cast(Storage, current_app.extensions["storage"])
    content = form.logo_content()
    if content:
        services.change_logo(session(), storage, content, at=at)
    elif form.remove_logo.data:
        services.change_logo(session(), storage, None, at=at)
    services.save_organization(session(), form.settings(), actor=administrator(), at=at)


def _test_mail() -> None:
    """Send a test mail and say what came of it; nothing of the database is held meanwhile."""
    try:
        prepared = services.compose_test_mail(session(), config(), administrator(), at=clock.now())
        address = administrator().email
        session().commit()
        services.deliver_test_mail(*prepared)
    except (DomainError, ValueError) as error:
        session().rollback()
        words = error.render(_) if isinstance(error, DomainError) else str(error)
        flash(_("The settings are saved. %(result)s", result=words), "attention")
        return
    flash(
        _(
            "The settings are saved, and the mail server took a test mail to %(email)s. See whether it came.",
            email=address,
        )
    )
