"""Pages about programs: mine, a new one, one program, and who leads it."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import N_, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from circles import queries
from circles.forms import ConfirmForm, LeadForm, ProgramForm
from circles.services import programs as services
from circles.views.blueprint import blame, bp, page_number


@bp.get("/programs")
def programs() -> ResponseReturnValue:
    """The programs I lead."""
    found = queries.programs_of(db.session(), me(), page_number())
    may_create = bool(found.total) or services.may_create(db.session(), me())
    return render_template("circles/programs.html", programs=found, may_create=may_create)


@bp.route("/programs/new", methods=("GET", "POST"))
def new_program() -> ResponseReturnValue:
    """Make a program."""
    if not services.may_create(db.session(), me()):
        raise NotAllowed(N_("Ask an administrator to make a program for you."))
    form = ProgramForm()
    if form.validate_on_submit():
        try:
            made = services.create_program(
                db.session(), name=form.name.data, purpose=form.purpose.data, actor=me(), at=clock.now()
            )
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            db.session.commit()
            return redirect(url_for(".program", program_id=made.id))
    return render_template("circles/program_form.html", form=form, program=None)


@bp.get("/programs/<uuid:program_id>")
def program(program_id: UUID) -> ResponseReturnValue:
    """One program: its cohorts and its leads."""
    found = queries.program_for(db.session(), me(), program_id)
    cohorts = queries.cohorts_of(db.session(), me(), page_number(), program_id=found.id)
    return render_template("circles/program.html", program=found, cohorts=cohorts)


@bp.route("/programs/<uuid:program_id>/edit", methods=("GET", "POST"))
def edit_program(program_id: UUID) -> ResponseReturnValue:
    """Change a program's name and purpose."""
    found = queries.program_for(db.session(), me(), program_id)
    form = ProgramForm(obj=found)
    if form.validate_on_submit():
        try:
            services.change_program(
                db.session(), found, name=form.name.data, purpose=form.purpose.data, actor=me(), at=clock.now()
            )
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".program", program_id=program_id))
    return render_template("circles/program_form.html", form=form, program=found)


@bp.route("/programs/<uuid:program_id>/leads", methods=("GET", "POST"))
def program_leads(program_id: UUID) -> ResponseReturnValue:
    """Who leads a program; give it another lead."""
    found = queries.program_for(db.session(), me(), program_id)
    form = LeadForm()
    if form.validate_on_submit():
        try:
            person = services.add_lead(db.session(), found, email=form.email.data, actor=me(), at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            db.session.commit()
            flash(_("%(name)s leads this program now.", name=person.name))
            return redirect(url_for(".program_leads", program_id=program_id))
        found = queries.program_for(db.session(), me(), program_id)
    return render_template("circles/program_leads.html", program=found, form=form)


@bp.route("/programs/<uuid:program_id>/leads/<uuid:person_id>/remove", methods=("GET", "POST"))
def remove_lead(program_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Take a lead's role, or hand one's own over; the page says what that does."""
    found = queries.program_for(db.session(), me(), program_id)
    person = next((row.person for row in found.leads if row.person_id == person_id), None)
    if person is None:
        raise NotFound
    own = person.id == me().id
    form = ConfirmForm()
    if form.validate_on_submit():
        services.remove_lead(db.session(), found, person, actor=me(), at=clock.now())
        db.session.commit()
        flash(_("You no longer lead this program.") if own else _("%(name)s no longer leads it.", name=person.name))
        return redirect(url_for(".programs") if own else url_for(".program_leads", program_id=program_id))
    return render_template("circles/remove_lead.html", program=found, person=person, own=own)
