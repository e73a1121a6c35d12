"""`coterie inbound …`: the ways in which calendars' answers reach Coterie."""

from __future__ import annotations

import sys
import time
from typing import BinaryIO

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import clock, serving
from app.commands.configuration import with_app
from app.config import Config
from app.extensions import db
from app.mail.inbox import ERRORS, Mailbox
from app.mail.incoming import Inbox
from app.mail.transport import sender_address
from scheduling.inbound.lmtp import controller_for
from scheduling.inbound.polling import read_mailbox
from scheduling.inbound.taking import take, verdicts_for
from scheduling.queries.telling import former_organizers

#: What a mail server takes as "keep it and try again" (EX_TEMPFAIL of sysexits.h).
TRY_LATER = 75


def former_addresses(flask_app: Flask) -> list[str]:
    """For `coterie check`: addresses of before that calendars still answer to, in words; none of an older schema."""
    with flask_app.app_context():
        try:
            session = db.session()
            sender = sender_address(flask_app.extensions["config"], session)
            former = former_organizers(session, sender, at=clock.now())
        except SQLAlchemyError:
            return []
    return [
        f"Mail: calendars know {address} as organizer of sessions until {until:%Y-%m-%d}; "
        "till then it must go on sending and receiving"
        for address, until in former.items()
    ]


@click.group()
def inbound() -> None:
    """Take answers that calendars send by mail, and mail that came back."""


@inbound.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of COTERIE_LMTP_PORT.")
@with_app
def lmtp(flask_app: Flask, host: str, port: int | None) -> None:
    """Listen for the mail server on this machine (LMTP) until stopped."""
    config: Config = flask_app.extensions["config"]
    serving.log_to_stderr(config.log_level)
    try:
        controller = controller_for(flask_app, host=host, port=port or config.lmtp_port)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--host") from error
    controller.start()
    click.echo(f"Taking mail by LMTP on {host}, port {controller.port}.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        controller.stop()


@inbound.command()
@with_app
def poll(flask_app: Flask) -> None:
    """Read the mailbox of the settings once, now."""
    config: Config = flask_app.extensions["config"]
    mailbox = Mailbox.of(config)
    if mailbox is None:
        raise click.ClickException("No mailbox is set; see COTERIE_IMAP_HOST.")
    taken = read_mailbox(db.session(), config, mailbox)
    row = db.session.get(Inbox, mailbox.name)
    if taken is not None and row is not None and row.error:
        raise click.ClickException(f"{mailbox.name}: {row.error}. New mails taken: {taken}.")
    click.echo("A worker is reading it at this moment." if taken is None else f"New mails taken: {taken}.")


@inbound.command()
@with_app
def check(flask_app: Flask) -> None:
    """Try to reach the mailbox of the settings, without taking anything."""
    mailbox = Mailbox.of(flask_app.extensions["config"])
    if mailbox is None:
        raise click.ClickException("No mailbox is set; see COTERIE_IMAP_HOST.")
    try:
        with mailbox.open() as opened:
            click.echo(f"{mailbox.name} can be read. The next mail there gets the number {opened.upcoming}.")
    except ERRORS as error:
        raise click.ClickException(f"{mailbox.name} cannot be read: {error}") from error


@inbound.command()
@click.argument("file", type=click.File("rb"), default="-")
@with_app
def mail(flask_app: Flask, file: BinaryIO) -> None:
    """Take one mail from FILE or standard input, as a mail server pipes it, and say what was made of it.

    When it cannot be taken now the command ends with 75, on which mail servers keep the mail and try again.
    """
    config: Config = flask_app.extensions["config"]
    raw = file.read()
    verdicts = verdicts_for(raw, config)
    try:
        code = take(db.session(), config, raw, source="command", verdicts=verdicts, at=clock.now())
        db.session.commit()
    except DBAPIError as error:
        click.echo(f"It cannot be taken now: {type(error).__name__}", err=True)
        sys.exit(TRY_LATER)
    click.echo(code)
