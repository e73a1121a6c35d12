"""What workers do for accounts: check and apply people files, and tidy what is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, or_

from app.accounts import data, throttle
from app.accounts.models import ImportState, PeopleImport, SignIn
from app.accounts.packages import leaver, teller
from app.accounts.people_csv import PeopleFile, read_people
from app.accounts.services import importing
from app.errors import NotFound
from app.jobs import ledger
from app.jobs.models import WorkerBeat
from app.jobs.runner import Final, JobRun
from app.mail.desk import desk_for
from app.storage import Storage
from app.tokens import Token

#: How long used and ended tokens, ended sign-ins, finished jobs and reports of imports are kept.
KEEP_TOKENS = timedelta(days=7)
KEEP_SIGN_INS = timedelta(days=30)
KEEP_JOBS = timedelta(days=14)
KEEP_IMPORTS = timedelta(days=90)


def check_people(run: JobRun) -> None:
    """Read an uploaded people file and write its report."""
    found = _record(run)
    if found.state is not ImportState.CHECKING:
        return
    record_id, file = found.id, _read(run, found)
    record = run.session.get_one(PeopleImport, record_id)
    for done in importing.check(run.session, record, file):
        run.progress(done, len(file.rows))
    run.result["url"] = f"/people/imports/{record_id}"


def apply_people(run: JobRun) -> None:
    """Apply the good rows of a checked people file, a few at a time."""
    found = _record(run)
    if found.state is not ImportState.APPLYING:
        return
    record_id, file = found.id, _read(run, found)
    record = run.session.get_one(PeopleImport, record_id)
    desk = desk_for(current_app.extensions["config"], run.session)
    moved = teller(run.session, current_app.extensions["packages"], desk=desk, at=run.at)
    left = leaver(run.session, current_app.extensions["packages"], desk=desk, at=run.at)
    for done in importing.apply(run.session, record, file, at=run.at, moved=moved, left=left):
        run.progress(done, len(file.rows))
    record = run.session.get_one(PeopleImport, record_id)
    importing.finish(run.session, _storage(), record, ImportState.APPLIED, at=run.at)
    run.result["url"] = f"/people/imports/{record_id}"


def _record(run: JobRun) -> PeopleImport:
    record = run.session.get(PeopleImport, UUID(run.payload["import"]))
    if record is None:
        raise Final("the import is gone")
    return record


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage


def _read(run: JobRun, record: PeopleImport) -> PeopleFile:
    if record.file_id is None:
        raise Final("the file of the import is gone")
    try:
        content = _storage().read(run.session, record.file_id)[1]
    except NotFound:
        raise Final("the file of the import is gone") from None
    # Reading thousands of rows takes seconds; the database is free meanwhile.
    run.session.commit()
    return read_people(content)


def tidy(run: JobRun) -> None:
    """Forget what is over: attempts, tokens, sign-ins, finished jobs, files and old reports of imports."""
    session, at = run.session, run.at
    throttle.forget_old(session, at=at)
    data.forget_last_mails(session)
    session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < at - KEEP_JOBS))
    run.progress(1, 6)
    before = at - KEEP_TOKENS
    session.execute(
        delete(Token).where(or_(Token.expires_at < before, Token.used_at < before, Token.revoked_at < before))
    )
    run.progress(2, 6)
    before = at - KEEP_SIGN_INS
    session.execute(delete(SignIn).where(or_(SignIn.ended_at < before, SignIn.expires_at < before)))
    run.progress(3, 6)
    ledger.forget_finished(session, before=at - KEEP_JOBS)
    run.progress(4, 6)
    _storage().discard_expired(session, at=at)
    run.progress(5, 6)
    session.execute(delete(PeopleImport).where(PeopleImport.created_at < at - KEEP_IMPORTS))
