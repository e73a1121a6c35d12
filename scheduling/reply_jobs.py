"""Periodic work on incoming mail: reading the mailbox every minute, and forgetting old entries."""

from __future__ import annotations

from flask import current_app

from app.config import Config
from app.jobs.runner import JobRun
from app.mail import intake
from app.mail.inbox import Mailbox
from scheduling.inbound.polling import read_mailbox


def poll_inbox(run: JobRun) -> None:
    """Take what is new in the mailbox of the settings; nothing where there is none, or while another worker reads."""
    config: Config = current_app.extensions["config"]
    mailbox = Mailbox.of(config)
    if mailbox is None or config.demonstration:
        return
    taken = read_mailbox(run.session, config, mailbox, progress=run.progress)
    run.result.update({"taken": taken or 0})


def forget_incoming(run: JobRun) -> None:
    """Delete what was noted of mails that came in long ago."""
    run.result.update({"forgotten": intake.forget_old(run.session, at=run.at)})
