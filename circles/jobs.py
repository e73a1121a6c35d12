"""The job that searches for a cohort's circles."""

from __future__ import annotations

from uuid import UUID

from app.accounts.models import Person
from app.jobs.runner import Final, JobRun
from circles.matching import Proposal, among_themselves, match
from circles.matching.proposal import Progress
from circles.models import Cohort, CohortState
from circles.services import drafting


def search(run: JobRun) -> None:
    """Match everyone enrolled around the circles the lead keeps, and store the result as a new revision."""
    session = run.session
    cohort = session.get(Cohort, UUID(run.payload["cohort"]))
    if cohort is None or cohort.state is not CohortState.MATCHING:
        raise Final("the cohort is not being matched any more")
    rows = drafting.enrolled(session, cohort)
    current = drafting.latest(session, cohort)
    document = current.document if current else {"circles": [], "unplaced": []}
    waiting = {str(row.id) for row in rows}
    excluded = [
        entry["enrollment"]
        for entry in document["unplaced"]
        if entry.get("excluded") and entry["enrollment"] in waiting
    ]
    taking_part = [row for row in rows if str(row.id) not in set(excluded)]
    keys = {str(row.id): row.person.email_key for row in taking_part}
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
    session.refresh(cohort)
    if cohort.state is not CohortState.MATCHING:
        raise Final("the cohort is not being matched any more")
    drafting.keep_proposal(session, cohort, proposal, taking_part, excluded=excluded, actor=actor, at=run.at)
    run.result["url"] = f"/cohorts/{cohort.id}/match"
