"""People as leads and administrators look after them, and the profile that others may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock, i18n
from app.accounts import queries
from app.accounts.forms.people import NewPersonForm
from app.accounts.forms.refusals import refuse
from app.accounts.forms.sign_in import EmptyForm
from app.accounts.models import Person
from app.accounts.services import people as services
from app.accounts.views.blueprint import bp, desk, me, packages, page_number, session, storage
from app.errors import DomainError, InvalidInput, NotFound
from app.organization import organization

PICTURE_POLICY = "default-src 'none'; sandbox"
STATES = ("active", "inactive", "all")


@bp.get("/people")
def people() -> ResponseReturnValue:
    """Everyone, searched and paged."""
    queries.require_people(session(), me(), packages())
    words = request.args.get("q", "").strip()[:200]
    state = request.args.get("state", "active")
    if state not in STATES:
        state = "active"
    found = queries.people_page(session(), words=words, state=state, page=page_number())
    return render_template(
        "accounts/people.html", found=found, words=words, state=state, page_url=_page_url(words, state)
    )


def _page_url(words: str, state: str) -> Callable[[int], str]:
    return lambda page: url_for("accounts.people", q=words or None, state=state, page=page)


@bp.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> ResponseReturnValue:
    """One person, for those who may see the profile."""
    seen = queries.profile_for(session(), me(), person_id, packages())
    reports = queries.reports_of(session(), seen.person) if me().is_administrator else []
    looks_after = queries.looks_after_people(session(), me(), packages())
    return render_template(
        "accounts/person.html", person=seen.person, shows_email=seen.email, reports=reports, looks_after=looks_after
    )


@bp.get("/people/<uuid:person_id>/picture")
def picture(person_id: UUID) -> ResponseReturnValue:
    """A person's picture, for those who may see the profile."""
    file, content = storage().read(session(), queries.picture_for(session(), me(), person_id, packages()))
    return Response(
        content,
        content_type=file.content_type,
        headers={
            "Content-Security-Policy": PICTURE_POLICY,
            "Content-Disposition": "inline; filename=picture.jpg",
            "Cache-Control": "private, max-age=86400",
        },
    )


@bp.route("/people/new", methods=("GET", "POST"))
def new_person() -> ResponseReturnValue:
    """Add one person by hand."""
    queries.require_people(session(), me(), packages())
    form = NewPersonForm(timezone=organization(session()).timezone)
    status = 200
    if form.validate_on_submit():
        try:
            made = services.create_person(
                session(),
                name=form.name.data,
                email=form.email.data,
                timezone=form.timezone.data,
                manager=form.manager.data,
                actor=me(),
                at=clock.now(),
            )
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
            status = error.status
        else:
            session().commit()
            flash(_("%(name)s can sign in now with a link by mail. No mail was sent.", name=made.name))
            return redirect(url_for("accounts.person", person_id=made.id))
    return render_template("accounts/new_person.html", form=form, zones=sorted(i18n.TIMEZONES)), status


ACTIONS = ("deactivate", "reactivate", "make-administrator", "end-administrator")


@bp.post("/people/<uuid:person_id>/<action>")
def change_person(person_id: UUID, action: str) -> ResponseReturnValue:
    """What an administrator does with an account."""
    queries.require_administrator(me())
    if action not in ACTIONS:
        raise NotFound
    if not EmptyForm().validate_on_submit():
        abort(400)
    found = session().get(Person, person_id)
    if found is None:
        raise NotFound
    back = redirect(url_for("accounts.person", person_id=person_id))
    try:
        words = _change(found, action)
    except DomainError as error:
        session().rollback()
        flash(error.render(_), "attention")
        return back
    session().commit()
    flash(words)
    return back


def _change(found: Person, action: str) -> Any:
    at = clock.now()
    if action == "deactivate":
        services.set_active(session(), desk(), found, False, packages(), actor=me(), at=at)
        return _("%(name)s is signed out everywhere, cannot sign in, and has left their circles.", name=found.name)
    if action == "reactivate":
        services.set_active(session(), desk(), found, True, packages(), actor=me(), at=at)
        return _("%(name)s can sign in again.", name=found.name)
    makes = action == "make-administrator"
    services.set_administrator(session(), found, makes, actor=me(), at=at)
    if makes:
        return _("%(name)s is an administrator now.", name=found.name)
    return _("%(name)s is no longer an administrator.", name=found.name)
