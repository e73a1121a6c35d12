"""What administrators read: health, mails without their words, the audit trail, jobs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any, Generic, TypeVar
from uuid import UUID

from alembic.migration import MigrationContext
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, load_only

from app.accounts.models import Person
from app.admin.wording import ACTIONS
from app.audit import AuditEntry
from app.errors import NotFound
from app.jobs import ledger
from app.jobs.models import Job, JobState, WorkerBeat
from app.mail.models import MailState, OutgoingMail
from app.mail.services import SEND

PAGE = 50
#: A worker says every few seconds that it lives; after so long it is taken for gone.
ALIVE = timedelta(seconds=60)
FORGOTTEN = timedelta(days=1)
SHOWN_VERSIONS = ("coterie", "Flask", "SQLAlchemy", "huey", "icalendar", "weasyprint", "numpy")
#: All of a mail but what was written in it.
OUTSIDE = (
    OutgoingMail.kind, OutgoingMail.recipient, OutgoingMail.recipient_name, OutgoingMail.state,
    OutgoingMail.error, OutgoingMail.created_at, OutgoingMail.send_at, OutgoingMail.sent_at,
)  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def _page(session: Session, chosen: Select[Any], page: int) -> Page[Any]:
    total = session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PAGE)))
    return Page(session.scalars(chosen.limit(PAGE).offset((page - 1) * PAGE)).all(), total, page)


@dataclass(frozen=True, slots=True)
class Health:
    """How the installation is doing."""

    jobs: Mapping[JobState, int]
    due: int
    oldest_due: datetime | None
    dead: Page[Job]
    mails: Mapping[MailState, int]
    last_mail_error: OutgoingMail | None
    last_send_error: Job | None
    last_sent_at: datetime | None
    workers: Sequence[tuple[WorkerBeat, bool]]
    database: str
    database_bytes: int
    revision: str
    disk_free: int
    disk_total: int
    versions: Sequence[tuple[str, str]]

    @property
    def failed_mails(self) -> int:
        """How many mails could not be delivered."""
        return self.mails[MailState.FAILED]

    @property
    def any_worker(self) -> bool:
        """Whether some worker lives."""
        return any(alive for _, alive in self.workers)


def health(session: Session, data_dir: Path, *, at: datetime, page: int = 1) -> Health:
    """The state of jobs, mail, workers, database and disk; dead jobs are paged."""
    waiting = select(func.count(), func.min(Job.run_at)).where(Job.state == JobState.WAITING, Job.run_at <= at)
    due, oldest = session.execute(waiting).one()
    beats = session.scalars(select(WorkerBeat).where(WorkerBeat.seen_at > at - FORGOTTEN).order_by(WorkerBeat.name))
    failed = (
        select(OutgoingMail)
        .where(OutgoingMail.error.is_not(None))
        .options(load_only(*OUTSIDE))
        .order_by(OutgoingMail.id.desc())
        .limit(1)
    )
    trying = select(Job).where(Job.kind == SEND, Job.last_error.is_not(None)).order_by(Job.id.desc()).limit(1)
    disk = shutil.disk_usage(data_dir)
    return Health(
        jobs=ledger.counts(session),
        due=due,
        oldest_due=oldest,
        dead=_page(session, select(Job).where(Job.state == JobState.DEAD).order_by(Job.id.desc()), page),
        mails=mail_counts(session),
        last_mail_error=session.scalar(failed),
        last_send_error=session.scalar(trying),
        last_sent_at=session.scalar(select(func.max(OutgoingMail.sent_at))),
        workers=[(beat, beat.seen_at > at - ALIVE) for beat in beats],
        database=_database(session),
        database_bytes=_database_bytes(session),
        revision=MigrationContext.configure(session.connection()).get_current_revision() or "",
        disk_free=disk.free,
        disk_total=disk.total,
        versions=_versions(),
    )


def _database(session: Session) -> str:
    dialect = session.get_bind().dialect
    number = ".".join(str(part) for part in getattr(dialect, "server_version_info", None) or ())
    return f"{ {'sqlite': 'SQLite', 'postgresql': 'PostgreSQL'}.get(dialect.name, dialect.name) } {number}".strip()


def _database_bytes(session: Session) -> int:
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages = int(session.scalar(text("PRAGMA page_count")) or 0)
    return pages * int(session.scalar(text("PRAGMA page_size")) or 0)


def _versions() -> list[tuple[str, str]]:
    found = [("Python", python_version())]
    for name in SHOWN_VERSIONS:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def mail_counts(session: Session) -> dict[MailState, int]:
    """How many mails are in each state."""
    rows = session.execute(select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state)).all()
    return dict.fromkeys(MailState, 0) | {row[0]: row[1] for row in rows}


def mails_page(session: Session, *, state: MailState | None, page: int) -> Page[OutgoingMail]:
    """Mails from the latest, without subject, words and invite."""
    chosen = select(OutgoingMail).options(load_only(*OUTSIDE, raiseload=True)).order_by(OutgoingMail.id.desc())
    if state is not None:
        chosen = chosen.where(OutgoingMail.state == state)
    total = select(func.count()).select_from(OutgoingMail)
    count = session.scalar(total.where(OutgoingMail.state == state) if state is not None else total) or 0
    page = min(max(1, page), max(1, -(-count // PAGE)))
    return Page(session.scalars(chosen.limit(PAGE).offset((page - 1) * PAGE)).all(), count, page)


def mail_by_id(session: Session, mail_id: int) -> OutgoingMail:
    """One mail. Raises NotFound. For demonstrations and for sending again; pages of administrators show no words."""
    mail = session.get(OutgoingMail, mail_id)
    if mail is None:
        raise NotFound
    return mail


def outbox_page(session: Session, *, page: int) -> Page[OutgoingMail]:
    """Mails of a demonstration from the latest, with everything in them."""
    return _page(session, select(OutgoingMail).order_by(OutgoingMail.id.desc()), page)


@dataclass(frozen=True, slots=True)
class Trail:
    """One entry of the trail with the name of whoever acted."""

    entry: AuditEntry
    actor: str

    @property
    def words(self) -> str:
        """What was done, as a message id; the bare action where nothing better is known."""
        return ACTIONS.get(self.entry.action, self.entry.action)


#: Who showed a page to a manager is between those two; the trail keeps it, unseen.
NOT_SHOWN = ("page-approved", "page-withdrawn")


def trail_page(session: Session, *, page: int) -> Page[Trail]:
    """The audit trail from the latest, with names."""
    found: Page[AuditEntry] = _page(
        session, select(AuditEntry).where(AuditEntry.action.not_in(NOT_SHOWN)).order_by(AuditEntry.id.desc()), page
    )
    ids = {entry.actor_id for entry in found.items if entry.actor_id}
    names: dict[UUID, str] = {
        row[0]: row[1] for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all()
    }
    trails = [Trail(entry, names.get(entry.actor_id, "") if entry.actor_id else "") for entry in found.items]
    return Page(trails, found.total, found.page)


def job_for(session: Session, reader: Person, job_id: int) -> Job:
    """A job for the person who caused it, or an administrator. Raises NotFound for anyone else."""
    job = session.get(Job, job_id)
    if job is None or not (reader.is_administrator or job.owner_id == reader.id):
        raise NotFound
    return job
