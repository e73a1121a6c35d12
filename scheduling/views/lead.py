"""What a lead does about running circles: place people, remind who has not answered, write to hosts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app import clock
from app.accounts.models import Person
from app.auth import me
from app.errors import DomainError, InvalidInput, NotFound
from app.extensions import db
from circles.models import Circle, CohortState, EnrollmentState
from circles.queries import cohort_for
from circles.queries.running import people_waiting
from circles.services.messages import send_message
from scheduling import queries
from scheduling.forms import MessageForm, PlaceForm
from scheduling.queries.running import silent_circles, unanswered
from scheduling.services.placing import fits_for, place_waiting, waiting_enrollment
from scheduling.views.blueprint import bp, desk


@bp.get("/cohorts/<uuid:cohort_id>/placing")
def placing(cohort_id: UUID) -> ResponseReturnValue:
    """People of a running cohort who have no circle; one of them with the circles that would suit."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    if cohort.state is not CohortState.RUNNING:
        raise NotFound
    waiting = people_waiting(db.session(), cohort.id, request.args.get("page", 1, type=int))
    chosen = None
    if request.args.get("person"):
        try:
            chosen = waiting_enrollment(db.session(), cohort, UUID(request.args["person"]))
        except ValueError:
            raise NotFound from None
    if chosen is None and waiting.items:
        chosen = waiting_enrollment(db.session(), cohort, waiting.items[0].id)
    fits = fits_for(db.session(), cohort, chosen, at=clock.now()) if chosen else []
    return render_template("scheduling/placing.html", cohort=cohort, waiting=waiting, chosen=chosen, fits=fits[:12])


@bp.post("/cohorts/<uuid:cohort_id>/placing")
def place(cohort_id: UUID) -> ResponseReturnValue:
    """Place one person into a running circle; they get invites, the circle sees them."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    form = PlaceForm()
    if not form.validate_on_submit():
        abort(400)
    enrollment = waiting_enrollment(db.session(), cohort, form.enrollment.data)
    circle = db.session.scalar(select(Circle).where(Circle.id == form.circle.data, Circle.cohort_id == cohort.id))
    if enrollment is None or circle is None or enrollment.state is not EnrollmentState.ENROLLED:
        raise NotFound
    name, circle_name = enrollment.person.name, circle.name
    try:
        place_waiting(db.session(), cohort, circle, enrollment, actor=me(), desk=desk(), at=clock.now())
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
    else:
        db.session.commit()
        flash(_("%(name)s is in %(circle)s and has the next invites.", name=name, circle=circle_name))
    return redirect(url_for("scheduling.placing", cohort_id=cohort_id))


@bp.route("/cohorts/<uuid:cohort_id>/remind", methods=("GET", "POST"))
def remind(cohort_id: UUID) -> ResponseReturnValue:
    """Remind people who have not answered this week's invite; nobody else."""
    people = _people(unanswered(db.session(), cohort_id, at=clock.now()))
    subject = _("Will you be there this week?")
    text = _(
        "Your circle meets this week and does not know yet whether you come. One click on your home page is enough."
    )
    return _message_page(cohort_id, people, subject, text, _("Remind people who have not answered"))


@bp.route("/cohorts/<uuid:cohort_id>/write-to-hosts", methods=("GET", "POST"))
def write_to_hosts(cohort_id: UUID) -> ResponseReturnValue:
    """Write to the next hosts of circles that have not met for two weeks."""
    hosts: list[UUID] = []
    cohort_for(db.session(), me(), cohort_id)
    for circle in silent_circles(db.session(), cohort_id, at=clock.now()):
        host = queries.next_host(db.session(), circle.id, at=clock.now())
        if host is not None:
            hosts.append(host)
    text = _("Your circle has not met for two weeks. You host next. Is there something I can do?")
    return _message_page(cohort_id, _people(hosts), _("How is your circle?"), text, _("Write to the next hosts"))


def _people(ids: Sequence[UUID]) -> list[Person]:
    wanted = list(dict.fromkeys(ids))
    found: list[Person] = []
    for start in range(0, len(wanted), 500):
        part = select(Person).where(Person.id.in_(wanted[start : start + 500]), Person.active)
        found.extend(db.session.scalars(part))
    return sorted(found, key=lambda person: (person.name, person.id))


def _message_page(
    cohort_id: UUID, people: Sequence[Person], subject: str, text: str, title: str
) -> ResponseReturnValue:
    cohort = cohort_for(db.session(), me(), cohort_id)
    form = MessageForm(subject=subject, text=text)
    if form.validate_on_submit():
        try:
            batch = send_message(
                db.session(),
                cohort,
                people,
                subject=form.subject.data or "",
                text=form.text.data or "",
                actor=me(),
                desk=desk(),
                at=clock.now(),
            )
        except InvalidInput as error:
            db.session.rollback()
            form.text.errors = [error.render(_)]
        except DomainError as error:
            flash(error.render(_), "attention")
            return redirect(url_for("pages.cohort_home", cohort_id=cohort_id))
        else:
            db.session.commit()
            flash(
                ngettext(
                    "A mail goes to %(num)d person in five minutes. You can undo it until then.",
                    "A mail goes to %(num)d people in five minutes. You can undo it until then.",
                    batch.count,
                )
            )
            return redirect(url_for("pages.cohort_home", cohort_id=cohort_id))
        cohort = cohort_for(db.session(), me(), cohort_id)
    return render_template("scheduling/message.html", cohort=cohort, people=people, form=form, title=title)
