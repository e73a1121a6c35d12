"""The form of four pages that a person answers to take part in a cohort, and where they stand afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app import clock, i18n
from app.auth import me
from app.errors import DomainError, InvalidInput
from app.extensions import db
from circles import queries
from circles.attributes import questions_of
from circles.availability import GridError, WeeklyGrid
from circles.enrollment_forms import AboutForm, HoursForm, InterestsForm, PeopleForm, language_name, one_line
from circles.forms import ConfirmForm
from circles.models import Cadence, CohortState, Enrollment, EnrollmentState, WishKind
from circles.queries.enrollments import SENT, last_hours, people_called
from circles.services import cohorts, enrolling
from circles.views import naming
from circles.views.blueprint import blame, bp

#: The form's pages in order; a page's place in this list plus one is its step.
PAGES = ("about", "interests", "hours", "people")
#: With so many different starts people are nearly always placed.
ENOUGH_STARTS = 20
FEWEST_LETTERS = 2


@bp.get("/enrollments/<uuid:enrollment_id>")
def enroll(enrollment_id: UUID) -> ResponseReturnValue:
    """Where I stand in a cohort; an unfinished form goes on where it was left."""
    enrollment = _mine(enrollment_id)
    unfinished = enrollment.state is EnrollmentState.INVITED and enrollment.step < SENT
    if unfinished and enrollment.cohort.state is CohortState.ENROLLING:
        return redirect(_page_url(enrollment, PAGES[max(enrollment.step, 1) - 1]))
    grid = _grid(enrollment.available, enrollment.preferred)
    return render_template(
        "circles/enroll/standing.html",
        enrollment=enrollment,
        cohort=enrollment.cohort,
        grid=grid,
        starts=grid.starts(enrollment.cohort.minutes),
        languages=[language_name(code) for code in enrollment.languages],
        answers=[
            (question.text, enrollment.answers.get(question.key, ""))
            for question in questions_of(enrollment.cohort.questions)
            if question.asked or enrollment.answers.get(question.key)
        ],
        named={kind: sum(wish.kind is kind for wish in enrollment.wishes) for kind in WishKind},
        weeks=cohorts.weeks(enrollment.cohort),
        may_answer=enrolling.may_answer(enrollment),
        door=enrolling.door(enrollment.cohort, at=clock.now()),
        Door=enrolling.Door,
        State=EnrollmentState,
        Kind=WishKind,
        CohortState=CohortState,
    )


@bp.route("/enrollments/<uuid:enrollment_id>/about", methods=("GET", "POST"))
def enroll_about(enrollment_id: UUID) -> ResponseReturnValue:
    """Page 1: what is on my mind."""
    enrollment = _answerable(enrollment_id)
    form = AboutForm.for_enrollment(enrollment)
    return _answer(enrollment, form, "about", lambda: enrolling.answer_about(db.session(), enrollment, form.about()))


@bp.route("/enrollments/<uuid:enrollment_id>/interests", methods=("GET", "POST"))
def enroll_interests(enrollment_id: UUID) -> ResponseReturnValue:
    """Page 2: topics and languages."""
    enrollment = _answerable(enrollment_id)
    form = InterestsForm.for_enrollment(enrollment, me().languages)
    return _answer(
        enrollment,
        form,
        "interests",
        lambda: enrolling.answer_interests(db.session(), enrollment, form.interests()),
        blank=not (form.own_topics.data or form.own_languages.data or form.topics.data),
    )


@bp.route("/enrollments/<uuid:enrollment_id>/hours", methods=("GET", "POST"))
def enroll_hours(enrollment_id: UUID) -> ResponseReturnValue:
    """Page 3: when I could meet, as a grid or as lists."""
    enrollment = _answerable(enrollment_id)
    form = HoursForm(timezone=enrollment.timezone, can=enrollment.available, prefer=enrollment.preferred)
    last = last_hours(db.session(), enrollment)
    use = request.form.get("use")
    if use == "last" and last is not None:
        form.can.data, form.prefer.data = last.available, last.preferred
    if use:
        form.validate()
    at = clock.now()
    zone = form.timezone.data if i18n.is_timezone(form.timezone.data or "") else enrollment.timezone
    weeks = cohorts.weeks(enrollment.cohort)
    grid = _grid(form.can.data or "", form.prefer.data or "")
    context: dict[str, Any] = {
        "last": last,
        "grid": grid,
        "starts": grid.starts(enrollment.cohort.minutes),
        "enough": ENOUGH_STARTS,
        "weekends": any(cell >= 5 * 48 for cell in grid.can),
        "zone": zone,
        "offset": _offset(zone, at),
        "changes": _clock_changes(zone, clock.today(zone), weeks[-1] + timedelta(days=6)),
        "zones": sorted(i18n.TIMEZONES),
        "weeks": weeks,
        "Cadence": Cadence,
    }
    if use:
        return _render(enrollment, form, "hours", **context), 422 if form.errors else 200
    return _answer(
        enrollment,
        form,
        "hours",
        lambda: enrolling.answer_hours(db.session(), enrollment, form.hours()),
        blank=not (form.can.data or form.prefer.data),
        **context,
    )


@bp.route("/enrollments/<uuid:enrollment_id>/people", methods=("GET", "POST"))
def enroll_people(enrollment_id: UUID) -> ResponseReturnValue:
    """Page 4: whom to meet and whom not, and hosting; then the answers are sent."""
    enrollment = _answerable(enrollment_id)
    form = PeopleForm(obj=enrollment)
    if not form.validate_on_submit() and not form.is_submitted():
        return _render(enrollment, form, "people", named=naming.standing(db.session(), enrollment))
    named = naming.read(db.session(), enrollment, form, request.form)
    if request.form.get("go") == "add":
        return _render(enrollment, form, "people", named=named), 422 if form.errors else 200
    return _answer(
        enrollment,
        form,
        "people",
        lambda: enrolling.answer_people(db.session(), enrollment, named.people(glad_to_host=form.glad_to_host.data)),
        valid=not form.errors,
        finish=_send,
        named=named,
    )


def _send(enrollment: Enrollment) -> str:
    """Send the answers, unless they were sent before; where to go then. What is missing is said on its page."""
    try:
        enrolling.send(db.session(), enrollment, at=clock.now())
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
        if not enrollment.available:
            return _page_url(enrollment, "hours")
        if not enrollment.languages:
            return _page_url(enrollment, "interests")
    db.session.commit()
    return url_for("circles.enroll", enrollment_id=enrollment.id)


@bp.get("/enrollments/<uuid:enrollment_id>/names")
def enroll_names(enrollment_id: UUID) -> ResponseReturnValue:
    """Names of the cohort that fit what is being typed, as options of a list; no addresses."""
    enrollment = _answerable(enrollment_id)
    words = next((request.args[kind] for kind in naming.KINDS if kind in request.args), "")[:100]
    words = one_line(words.rpartition(";")[2])
    found = (
        people_called(db.session(), enrollment.cohort_id, words, but=me().id)
        if len(words) >= FEWEST_LETTERS and "@" not in words
        else []
    )
    return render_template(
        "circles/enroll/_names.html", people=[(person.name, naming.note(person)) for person in found]
    )


@bp.post("/enrollments/<uuid:enrollment_id>/send")
def enroll_send(enrollment_id: UUID) -> ResponseReturnValue:
    """Send answers that stand from before, after coming back."""
    enrollment = _answerable(enrollment_id)
    enrolling.send(db.session(), enrollment, at=clock.now())
    db.session.commit()
    return redirect(url_for("circles.enroll", enrollment_id=enrollment_id))


@bp.post("/enrollments/<uuid:enrollment_id>/rejoin")
def enroll_rejoin(enrollment_id: UUID) -> ResponseReturnValue:
    """Take part after all."""
    enrollment = _mine(enrollment_id)
    enrolling.join(db.session(), enrollment.cohort, me(), at=clock.now())
    db.session.commit()
    return redirect(url_for("circles.enroll", enrollment_id=enrollment_id))


@bp.route("/enrollments/<uuid:enrollment_id>/withdraw", methods=("GET", "POST"))
def enroll_withdraw(enrollment_id: UUID) -> ResponseReturnValue:
    """Not take part after all; the page says what that does."""
    enrollment = _answerable(enrollment_id)
    if ConfirmForm().validate_on_submit():
        enrolling.withdraw(db.session(), enrollment, actor=me(), at=clock.now())
        db.session.commit()
        flash(_("You do not take part. Nobody gets a mail about it."))
        return redirect(url_for("circles.enroll", enrollment_id=enrollment_id))
    return render_template("circles/enroll/withdraw.html", enrollment=enrollment, cohort=enrollment.cohort)


def _mine(enrollment_id: UUID) -> Enrollment:
    return queries.enrollment_for(db.session(), me(), enrollment_id)


def _answerable(enrollment_id: UUID) -> Enrollment:
    """My enrollment if its answers may change; else off to the page that says where I stand."""
    enrollment = _mine(enrollment_id)
    if not enrolling.may_answer(enrollment):
        abort(redirect(url_for("circles.enroll", enrollment_id=enrollment_id)))
    return enrollment


def _answer(
    enrollment: Enrollment,
    form: FlaskForm,
    page: str,
    keep: Callable[[], object],
    *,
    blank: bool = False,
    valid: bool | None = None,
    finish: Callable[[Enrollment], str] | None = None,
    **context: object,
) -> ResponseReturnValue:
    """Show a page, or keep it and go on or back; a blank page that cannot be kept does not hold up who goes back.

    `valid` says that the form was validated already, and how; `finish` is what going on does and leads to.
    """
    enrollment_id, onward, back = enrollment.id, _onward(enrollment, page), _back(enrollment, page)
    goes_back = request.form.get("go") == "back"
    if form.validate_on_submit() if valid is None else valid:
        try:
            keep()
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            db.session.commit()
            if goes_back:
                return redirect(back)
            return redirect(finish(_mine(enrollment_id)) if finish else onward)
        enrollment = _mine(enrollment_id)
    if goes_back and blank:
        return redirect(back)
    return _render(enrollment, form, page, **context), 422 if form.errors else 200


def _render(enrollment: Enrollment, form: FlaskForm, page: str, **context: object) -> str:
    return render_template(
        f"circles/enroll/{page}.html",
        enrollment=enrollment,
        cohort=enrollment.cohort,
        form=form,
        step=PAGES.index(page) + 1,
        steps=len(PAGES),
        sent=_is_sent(enrollment),
        back_url=_back(enrollment, page),
        **context,
    )


def _is_sent(enrollment: Enrollment) -> bool:
    return enrollment.step >= SENT


def _page_url(enrollment: Enrollment, page: str) -> str:
    return url_for(f"circles.enroll_{page}", enrollment_id=enrollment.id)


def _onward(enrollment: Enrollment, page: str) -> str:
    place = PAGES.index(page) + 1
    if _is_sent(enrollment) or place == len(PAGES):
        return url_for("circles.enroll", enrollment_id=enrollment.id)
    return _page_url(enrollment, PAGES[place])


def _back(enrollment: Enrollment, page: str) -> str:
    place = PAGES.index(page)
    if _is_sent(enrollment):
        return url_for("circles.enroll", enrollment_id=enrollment.id)
    return _page_url(enrollment, PAGES[place - 1]) if place else url_for("pages.home")


def _grid(available: str, preferred: str) -> WeeklyGrid:
    """The hours for the totals; none while they cannot be read, which the form says itself."""
    try:
        return WeeklyGrid.parse(available.replace("\n", ";"), preferred.replace("\n", ";"))
    except GridError:
        return WeeklyGrid(frozenset())


def _offset(zone: str, at: datetime) -> str:
    """ "UTC+1", "UTC-3:30" for a zone now."""
    shift = i18n.local(at, zone).utcoffset() or timedelta()
    minutes = int(abs(shift).total_seconds()) // 60
    rest = f":{minutes % 60:02d}" if minutes % 60 else ""
    return f"UTC{'−' if shift < timedelta() else '+'}{minutes // 60}{rest}"


def _clock_changes(zone: str, first: date, last: date) -> list[date]:
    """Days from `first` to `last` on which a zone's clocks change, the first two."""
    found: list[date] = []
    before = None
    for days in range(min((last - first).days, 800) + 1):
        noon = datetime.combine(first + timedelta(days=days), time(12), tzinfo=UTC)
        shift = i18n.local(noon, zone).utcoffset()
        if before is not None and shift != before:
            found.append(noon.date())
        before = shift
    return found[:2]
