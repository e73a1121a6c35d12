"""Jobs of the walk: publishing one circle at a time, the word to people without one, forgetting old texts."""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.db import reading
from app.jobs import ledger
from app.jobs.runner import Final, JobRun
from app.mail.compose import make_ready
from app.mail.desk import Desk, desk_for
from app.organization import organization
from circles.models import Circle, Cohort, CohortState
from guides.walk.services import forgetting, managers, publishing


def publish_circle(run: JobRun) -> None:
    """Make one circle of a draft real. Running again after a crash finds it made and does nothing."""
    session, name = run.session, str(run.payload["circle"])
    with reading(session):
        cohort = _cohort(run)
        made = session.scalar(select(Circle.id).where(Circle.cohort_id == cohort.id, Circle.name == name))
        planned = None if made else _planned(run, cohort, name)
    cohort = _cohort(run)
    if planned is not None:
        publishing.publish_circle(session, cohort, planned, desk=_desk(run), at=run.at)
    publishing.finish_publishing(session, cohort, int(run.payload["circles"]), at=run.at)


def _planned(run: JobRun, cohort: Cohort, name: str) -> publishing.PlannedCircle:
    """A circle worked out while other writers go on; the templates of its mails are at hand afterwards."""
    members = [UUID(text) for text in run.payload["members"]]
    planned = publishing.plan_circle(run.session, cohort, name, members, score=run.payload["score"])
    for template in publishing.MAILS:
        make_ready(template)
    return planned


def tell_unplaced(run: JobRun) -> None:
    """Write to everyone left over, all in one transaction, so that nobody is told twice."""
    session, cohort, desk = run.session, _cohort(run), _desk(run)
    people = publishing.unplaced_people(session, cohort, int(run.payload["revision"]))
    for enrollment in people:
        publishing.tell_unplaced(session, enrollment, cohort, desk=desk, at=run.at)


def tell_managers(run: JobRun) -> None:
    """Write one of the two mails to every named manager, all in one transaction."""
    managers.tell_managers(run.session, _cohort(run), str(run.payload["letter"]), desk=_desk(run), at=run.at)


def tell_managers_of_finished(run: JobRun) -> None:
    """See that managers of finished cohorts get the second mail, once."""
    finished = select(Cohort.id).where(Cohort.state == CohortState.FINISHED, Cohort.managers_take_part)
    for cohort_id in run.session.scalars(finished).all():
        key = f"{publishing.TELL_MANAGERS}:{managers.AFTER}:{cohort_id}"
        payload = {"cohort": str(cohort_id), "letter": managers.AFTER}
        ledger.enqueue(run.session, publishing.TELL_MANAGERS, payload, key=key, at=run.at)


def _cohort(run: JobRun) -> Cohort:
    cohort = run.session.get(Cohort, UUID(run.payload["cohort"]))
    if cohort is None:
        raise Final("the cohort is gone")
    return cohort


def _desk(run: JobRun) -> Desk:
    return desk_for(current_app.extensions["config"], run.session)


def forget_texts(run: JobRun) -> None:
    """Forget the texts of circles whose keeping time is over; one cohort a transaction."""
    months = organization(run.session).circle_text_months
    over = forgetting.cohorts_to_forget(run.session, months=months, at=run.at)
    for number, cohort_id in enumerate(over, start=1):
        forgetting.forget_texts(run.session, cohort_id, at=run.at)
        run.progress(number, len(over))
