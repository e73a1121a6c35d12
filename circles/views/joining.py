"""The pages behind a cohort's sign-up link, for people who are signed in, known, or new."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user

from app import clock, i18n
from app.accounts import sign_ins
from app.accounts.models import Person
from app.accounts.services import signing_in
from app.auth import me
from app.errors import DomainError, InvalidInput, TooManyAttempts
from app.extensions import db
from circles.enrollment_forms import AddressForm, NewPersonForm
from circles.forms import ConfirmForm
from circles.models import Cohort, EnrollmentState
from circles.queries.enrollments import cohort_by_link, own_enrollment
from circles.services import cohorts, enrolling, signing_up
from circles.services.enrolling import Door
from circles.views.blueprint import blame, bp, desk


@bp.route("/join/<token>", methods=("GET", "POST"))
def join(token: str) -> ResponseReturnValue:
    """What a cohort is about, and the way in: a button for who is signed in, a mailed link for everyone else."""
    cohort = cohort_by_link(db.session(), token, at=clock.now())
    if current_user.is_authenticated:
        return _join_signed_in(cohort, token)
    form = AddressForm()
    status = 200
    if form.validate_on_submit():
        try:
            signing_up.mail_link(
                db.session(),
                desk(),
                cohort,
                form.email.data,
                back_path=url_for("circles.join", token=token),
                client=request.remote_addr or "unknown",
                at=clock.now(),
            )
        except (InvalidInput, TooManyAttempts) as error:
            db.session.rollback()
            form.email.errors = [*form.email.errors, error.render(_)]
            cohort, status = cohort_by_link(db.session(), token, at=clock.now()), error.status
        else:
            db.session.commit()
            return render_template("circles/enroll/look_in_mail.html", email=form.email.data.strip(), token=token)
    return _cohort_page(cohort, token, form=form), 422 if form.errors and status == 200 else status


def _join_signed_in(cohort: Cohort, token: str) -> ResponseReturnValue:
    enrollment = own_enrollment(db.session(), cohort.id, me().id)
    form = ConfirmForm()
    if form.validate_on_submit():
        enrollment = enrolling.join(db.session(), cohort, me(), at=clock.now())
        db.session.commit()
        return redirect(url_for("circles.enroll", enrollment_id=enrollment.id))
    return _cohort_page(cohort, token, form=form, enrollment=enrollment)


def _cohort_page(cohort: Cohort, token: str, **context: object) -> str:
    return render_template(
        "circles/enroll/join.html",
        cohort=cohort,
        token=token,
        door=enrolling.door(cohort, at=clock.now()),
        Door=Door,
        State=EnrollmentState,
        weeks=cohorts.weeks(cohort),
        **{"enrollment": None, **context},
    )


@bp.route("/join/confirm/<token>", methods=("GET", "POST"))
def sign_up(token: str) -> ResponseReturnValue:
    """A mailed link of someone who is new: opening it shows a form, and the form makes the account and joins."""
    cohort, email = signing_up.asked_to_join(db.session(), token, at=clock.now())
    form = NewPersonForm(timezone=cohort.timezone)
    if form.validate_on_submit():
        try:
            person, enrollment = signing_up.sign_up(
                db.session(), token, name=form.name.data, timezone=form.timezone.data, at=clock.now()
            )
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
            cohort, email = signing_up.asked_to_join(db.session(), token, at=clock.now())
        else:
            _welcome(person)
            db.session.commit()
            flash(_("You are signed in. Next time, a link to your mailbox is enough."))
            return redirect(url_for("circles.enroll", enrollment_id=enrollment.id))
    door = enrolling.door(cohort, at=clock.now())
    if door is not Door.OPEN:
        raise DomainError(_("Enrollment for this cohort is not open."))
    page = render_template(
        "circles/enroll/sign_up.html", cohort=cohort, email=email, form=form, zones=sorted(i18n.TIMEZONES)
    )
    return page, 422 if form.errors else 200


def _welcome(person: Person) -> None:
    """Give the browser a fresh cookie that holds a new sign-in."""
    secret = signing_in.begin(
        db.session(),
        person,
        at=clock.now(),
        days=current_app.extensions["config"].sign_in_days,
        method="link",
        browser=(request.user_agent.string or "")[:200],
    )
    cookie.clear()
    cookie[sign_ins.SESSION_KEY] = secret
    cookie.permanent = True
    login_user(person)
