"""Work on cohorts that takes longer than a page may: the search for circles, people files, and many mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.import_plan import Author
from app.accounts.models import Person
from app.db import reading
from app.errors import NotFound
from app.jobs.runner import Final, JobRun
from app.mail.desk import Desk, desk_for
from app.storage import Storage
from circles.draft import Figures
from circles.matching import Candidate, Lock, Proposal, Rules, among_themselves, find_problems, match
from circles.matching.proposal import Progress
from circles.matching.whatif import what_if
from circles.models import Cohort, CohortState, MatchSearch
from circles.queries import drafts as queries
from circles.queries.people import people_in_order
from circles.services import drafting, importing, mailing, searching
from circles.services.entries import cost_entry, problem_entry

#: Seconds between two looks at what the lead asks for, and between two seatings that are stored.
LOOK_EVERY, SEAT_EVERY = 1.0, 3.0
WAIT = 1e9
#: Contradictions kept for the page, and those that are none of a lead's business: whom somebody named and nobody knows.
MOST_PROBLEMS, QUIET = 100, frozenset({"unknown_name"})


class _Follower:
    """Stores how far a search is now and then, its best seating too, and hears when the lead asks it to end."""

    def __init__(self, run: JobRun, search: MatchSearch, ids: Mapping[str, str]) -> None:
        self.run, self.search_id, self.ids = run, search.id, ids
        self.asked, self.used, self.before = search.asked, search.used, search.share
        self.score = search.score if search.score is not None else -1.0
        self.looked = self.seated = -WAIT
        self.stopped = self.cancelled = False

    def __call__(self, progress: Progress) -> bool:
        """Tell of progress; False ends the search with the best found."""
        now = monotonic()
        better = progress.score > self.score
        first = self.score < 0
        if not self.stopped and (first or now - self.looked >= LOOK_EVERY):
            best = better and bool(progress.placed) and (first or now - self.seated >= SEAT_EVERY)
            self._keep(progress, best=best)
            self.looked = now
            if best:
                self.seated, self.score = now, progress.score
        return not self.stopped

    def _keep(self, progress: Progress, *, best: bool) -> None:
        stop, cancel = searching.keep_progress(
            self.run.session,
            self.search_id,
            progress,
            ids=self.ids,
            used=self.used + progress.seconds,
            best=best,
            at=self.run.at,
        )
        self.stopped, self.cancelled = stop or cancel, cancel
        self.run.progress(int(progress.share * 100), 100)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one search is about, read at its beginning: `ids` gives enrollments by the engine's keys."""

    search: UUID
    people: tuple[Candidate, ...]
    rules: Rules
    met: list[tuple[str, str]]
    locks: list[Lock]
    ids: dict[str, str]
    excluded: list[str]
    seed: int
    seconds: float
    share: float
    seating: searching.Seating | None
    began_from: int


def search(run: JobRun) -> None:
    """Match everyone enrolled around the circles the lead keeps, and store the result as a new revision.

    The best found is stored every few seconds; a worker that takes over goes on from there.
    """
    session = run.session
    with reading(session):
        asked = _asked(run)
    follower = _Follower(run, session.get_one(MatchSearch, asked.search), asked.ids)
    session.commit()
    cohort = session.get_one(Cohort, UUID(run.payload["cohort"]))
    for _gone in drafting.forget_rows(session, cohort, but=asked.search):
        session.commit()
    for _gone in drafting.forget_found(session, asked.search):
        session.commit()
    session.commit()
    proposal: Proposal = match(
        among_themselves(asked.people),
        asked.rules,
        asked.met,
        seed=asked.seed,
        seconds=asked.seconds,
        locked=asked.locks,
        progress=follower,
        resume=asked.seating,
        done=asked.share if asked.seating else 0.0,
    )
    if follower.cancelled:
        run.result["cancelled"] = True
        return
    _keep_found(run, asked, proposal, follower.used)


def _asked(run: JobRun) -> _Asked:
    session = run.session
    cohort = session.get(Cohort, UUID(run.payload["cohort"]))
    mine, seating = searching.resumed(session, UUID(run.payload["search"]))
    if cohort is None or mine is None or cohort.state is not CohortState.MATCHING:
        raise Final("the cohort is not being matched any more")
    current, began_from = drafting.latest(session, cohort), cohort.draft_revision
    rows = drafting.enrolled(session, cohort)
    waiting = {str(row.id) for row in rows}
    left_out = queries.left_out(session, current, excluded=True) if current else ()
    excluded = [key for key in (str(row.enrollment_id) for row in left_out) if key in waiting]
    taking_part = [row for row in rows if str(row.id) not in set(excluded)]
    keys = {str(row.id): row.person.email_key for row in taking_part}
    return _Asked(
        search=mine.id,
        people=tuple(drafting.candidate(row) for row in taking_part),
        rules=drafting.rules_of(cohort),
        met=drafting.pairs_met(session, drafting.waiting_people(cohort)),
        locks=drafting.locks_of(queries.kept_circles(session, current), keys) if current else [],
        ids={email: key for key, email in keys.items()},
        excluded=excluded,
        seed=mine.seed,
        seconds=mine.asked,
        share=mine.share,
        seating=seating,
        began_from=began_from,
    )


def _keep_found(run: JobRun, asked: _Asked, proposal: Proposal, used: float) -> None:
    """Store what was found, some circles a unit of work, and make it the draft at the end."""
    session = run.session
    mine = session.get_one(MatchSearch, asked.search)
    mine.share, mine.score, mine.used = 1.0, proposal.score, used + proposal.seconds
    mine.bound, mine.bound_kind = proposal.bound, proposal.bound_kind
    figures = Figures()
    for figures in drafting.store(session, mine, proposal, asked.ids, asked.excluded):  # noqa: B007 (the last are used)
        run.progress(100, 100)
    session.refresh(mine, ["cancel_asked"])
    if mine.cancel_asked:
        # Given up since the last tick; what is stored already goes with the next search.
        run.result["cancelled"] = True
        return
    cohort = session.get_one(Cohort, UUID(run.payload["cohort"]))
    session.refresh(cohort, with_for_update=True)
    if cohort.state is not CohortState.MATCHING or cohort.draft_revision != asked.began_from:
        raise Final("the draft was changed while the search ran, so its result is not kept")
    mine.circles, mine.placed, mine.people = figures.circles, figures.placed, figures.people
    actor = session.get(Person, run.owner_id) if run.owner_id else None
    drafting.adopt(session, cohort, mine, figures, actor=actor, at=run.at)


def what_if_costs(run: JobRun) -> None:
    """Work out what each lock, rule, weight and wish of a draft costs, and keep it as the job's result."""
    session = run.session
    with reading(session):
        cohort = session.get(Cohort, UUID(run.payload["cohort"]))
        draft = queries.draft_at(session, cohort, int(run.payload["revision"])) if cohort else None
        if cohort is None or draft is None:
            raise Final("the draft is gone")
        rows = drafting.enrolled(session, cohort)
        left_out = {str(row.enrollment_id) for row in queries.left_out(session, draft, excluded=True)}
        keys = {str(row.id): row.person.email_key for row in rows if str(row.id) not in left_out}
        people = among_themselves(tuple(drafting.candidate(row) for row in rows if str(row.id) in keys))
        brief = queries.circles_brief(session, draft)
        circles = [[keys[one] for one in members if one in keys] for _, members, _ in brief]
        locks = drafting.locks_of(queries.kept_circles(session, draft), keys)
        met, rules = drafting.pairs_met(session, drafting.waiting_people(cohort)), drafting.rules_of(cohort)
        score = draft.score

    def tell(done: int, total: int) -> bool:
        run.progress(done, total)
        return True

    costs = what_if(
        people,
        rules,
        met,
        seating=circles,
        locked=locks,
        seed=1,
        seconds=float(run.payload["seconds"]),
        progress=tell,
    )
    ids = {email: key for key, email in keys.items()}
    run.result.update(score=score, costs=[cost_entry(cost, ids) for cost in costs])


def find_contradictions(run: JobRun) -> None:
    """Look for answers that contradict themselves, and keep the first of them, and how many there are."""
    session = run.session
    with reading(session):
        cohort = session.get(Cohort, UUID(run.payload["cohort"]))
        if cohort is None:
            raise Final("the cohort is gone")
        rows = drafting.enrolled(session, cohort)
        ids = {row.person.email_key: str(row.id) for row in rows}
        people, rules = tuple(drafting.candidate(row) for row in rows), drafting.rules_of(cohort)
    found = [one for one in find_problems(people, rules) if one.code not in QUIET] if people else []
    found.sort(key=lambda one: not one.fatal)
    run.result.update(
        problems=[problem_entry(one, ids) for one in found[:MOST_PROBLEMS]],
        count=len(found),
        people=len({key for one in found if one.fatal for key in one.people}),
    )


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
    keep = tuple(run.payload.get("keep", ()))
    if keep:
        importing.keep_columns(session, cohort, keep)
        session.commit()
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
