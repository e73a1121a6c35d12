"""`coterie mail export`: every mail that was made, as files, in demonstration and tests."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
from sqlalchemy import select

from app import upkeep
from app.commands.configuration import DEMONSTRATION, application, load_config
from app.config import PREFIX, Config
from app.extensions import db
from app.mail.models import OutgoingMail
from app.mail.sending import build
from app.mail.transport import sender_address
from app.organization import organization

AT_ONCE = 200


@click.group()
def mail() -> None:
    """Look at the mails of a demonstration or test."""


@mail.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Write every mail made to FOLDER as NNNN-kind.eml, in the order made.

    Works on the demonstration; where settings name a secret key, on that installation, and only if its mails go to
    the outbox (COTERIE_MAIL_TRANSPORT=outbox), as in tests.
    """
    config = _config()
    if config.mail_transport != "outbox":
        raise click.ClickException(
            "This installation sends mails to people, and what they say is theirs. Mails are exported in the "
            "demonstration and in tests only."
        )
    flask_app = application(config)
    upkeep.prepare(flask_app)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be made: {error.strerror}") from error
    with flask_app.app_context():
        written, broken = _write(config, folder)
    click.echo(f"{written} mails written to {folder}.")
    sys.exit(1 if broken else 0)


def _config() -> Config:
    """The demonstration's settings, or those of an installation when there are any."""
    named = os.environ.get(f"{PREFIX}SECRET_KEY") or os.environ.get(f"{PREFIX}CONFIG")
    return load_config(demonstration=not named or os.environ.get(DEMONSTRATION) == "1")


def _write(config: Config, folder: Path) -> tuple[int, int]:
    """How many mails were written, and how many could not be."""
    session = db.session()
    sender, name = sender_address(config, session), organization(session).name or "Coterie"
    written = broken = 0
    mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id).execution_options(yield_per=AT_ONCE))
    for number, one in enumerate(mails, start=1):
        file = folder / f"{number:04d}-{re.sub(r'[^A-Za-z0-9._-]', '-', one.kind)}.eml"
        try:
            file.write_bytes(build(one, sender=sender, sender_name=name))
            written += 1
        except ValueError as error:
            broken += 1
            click.echo(f"{file.name}: cannot be written: {error}", err=True)
    return written, broken
