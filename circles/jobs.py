"""Work on cohorts that takes longer than a page may: the search for circles, people files, and many mails."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.import_plan import Author
from app.accounts.models import Person
from app.errors import NotFound
from app.jobs.runner import Final, JobRun
from app.mail.desk import Desk, desk_for
from app.storage import Storage
from circles.matching import Proposal, among_themselves, match
from circles.matching.proposal import Progress
from circles.models import Cohort, CohortState
from circles.queries.people import people_in_order
from circles.services import drafting, importing, mailing


def search(run: JobRun) -> None:
    """Match everyone enrolled around the circles the lead keeps, and store the result as a new revision."""
    session = run.session
    cohort = session.get(Cohort, UUID(run.payload["cohort"]))
    if cohort is None or cohort.state is not CohortState.MATCHING:
        raise Final("the cohort is not being matched any more")
    rows = drafting.enrolled(session, cohort)
    current = drafting.latest(session, cohort)
    began_from = cohort.draft_revision
    document = current.document if current else {"circles": [], "unplaced": []}
    waiting = {str(row.id) for row in rows}
    excluded = [
        entry["enrollment"]
        for entry in document["unplaced"]
        if entry.get("excluded") and entry["enrollment"] in waiting
    ]
    taking_part = [row for row in rows if str(row.id) not in set(excluded)]
    keys = {str(row.id): row.person.email_key for row in taking_part}
    ids = {email: key for key, email in keys.items()}
    people = among_themselves(tuple(drafting.candidate(row) for row in taking_part))
    met = drafting.pairs_met(session, drafting.waiting_people(cohort))
    rules, locks = drafting.rules_of(cohort), drafting.locks_of(document, keys)
    actor = session.get(Person, run.owner_id) if run.owner_id else None
    session.commit()

    def tell(progress: Progress) -> bool:
        run.progress(int(progress.share * 100), 100, f"{progress.placed}/{progress.people} {progress.score:.1f}")
        return True

    proposal: Proposal = match(
        people,
        rules,
        met,
        seed=int(run.payload["seed"]),
        seconds=float(run.payload["seconds"]),
        locked=locks,
        progress=tell,
    )
    session.refresh(cohort, with_for_update=True)
    if cohort.state is not CohortState.MATCHING or cohort.draft_revision != began_from:
        raise Final("the draft was changed while the search ran, so its result is not kept")
    drafting.keep_found(session, cohort, proposal, ids, excluded=excluded, actor=actor, at=run.at)


def check_people(run: JobRun) -> None:
    """Read a people file for a cohort and keep the report; nothing else changes."""
    cohort, content = _file_of(run)
    run.progress(0, 1)
    checked = importing.check(run.session, cohort, content, author=_author(run))
    run.result.update(checked.report())


def import_people(run: JobRun) -> None:
    """Apply the good rows of a people file, some rows a unit of work; doing them again after a crash is harmless."""
    session = run.session
    cohort, content = _file_of(run)
    if cohort.state is CohortState.FINISHED:
        raise Final("the cohort is finished")
    author = _author(run)
    checked = importing.check(session, cohort, content, author=author)
    total, done = 2 * len(checked.rows), importing.Done()
    run.progress(0, total)
    for rows in importing.keep_accounts(session, checked, name=run.payload["name"], author=author, at=run.at):
        run.progress(rows, total)
    cohort = session.get_one(Cohort, cohort.id, options=[joinedload(Cohort.program)])
    for start in range(0, len(checked.rows), importing.ROWS_AT_ONCE):
        part = checked.rows[start : start + importing.ROWS_AT_ONCE]
        importing.enroll_rows(session, cohort, part, done, at=run.at)
        run.progress(len(checked.rows) + start + len(part), total)
    actor = session.get(Person, run.owner_id) if run.owner_id else None
    if run.payload["invite"] and actor is not None and done.to_answer:
        guests = [UUID(text) for text in done.to_answer]
        mailing.write_batch_to(session, cohort, guests, "invited", actor=actor, desk=_desk(run), at=run.at)
    importing.note_done(session, cohort, done, author=author, at=run.at)
    _storage().discard(session, UUID(run.payload["file"]))
    run.result.update(
        new=checked.new, joined=done.joined, updated=done.updated, left=done.left, to_answer=len(done.to_answer)
    )


def write_mails(run: JobRun) -> None:
    """Write the rest of a batch of mails, until it is taken back."""
    session = run.session
    cohort = session.scalar(
        select(Cohort).where(Cohort.id == UUID(run.payload["cohort"])).options(joinedload(Cohort.program))
    )
    if cohort is None:
        raise Final("the cohort is gone")
    ids = [UUID(text) for text in run.payload["people"]]
    leaves_at = datetime.fromisoformat(run.payload["leaves_at"])
    for start in range(0, len(ids), mailing.AT_ONCE):
        if mailing.was_taken_back(session, run.payload["batch"]):
            return
        part = people_in_order(session, ids[start : start + mailing.AT_ONCE])
        mailing.write_part(
            session,
            cohort,
            part,
            run.payload["letter"],
            run.payload["batch"],
            run.payload["values"],
            desk=_desk(run),
            at=run.at,
            leaves_at=leaves_at,
        )
        run.progress(min(start + mailing.AT_ONCE, len(ids)), len(ids))


def _file_of(run: JobRun) -> tuple[Cohort, bytes]:
    cohort = run.session.scalar(
        select(Cohort).where(Cohort.id == UUID(run.payload["cohort"])).options(joinedload(Cohort.program))
    )
    if cohort is None:
        raise Final("the cohort is gone")
    try:
        _, content = _storage().read(run.session, UUID(run.payload["file"]))
    except NotFound:
        raise Final("the file is gone") from None
    return cohort, content


def _author(run: JobRun) -> Author:
    owner = run.session.get(Person, run.owner_id) if run.owner_id else None
    if owner is None:
        raise Final("the person who brought the file is gone")
    return Author(owner.id, owner.is_administrator)


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage


def _desk(run: JobRun) -> Desk:
    return desk_for(current_app.extensions["config"], run.session)
