"""`coterie admin create` and `coterie import`: people, from the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask

from app import clock
from app.accounts.models import ImportState, PeopleImport
from app.accounts.packages import leaver, teller
from app.accounts.people_csv import read_people
from app.accounts.services import importing
from app.accounts.services.people import create_administrator
from app.commands.configuration import BAD_INPUT, with_app
from app.config import Config
from app.errors import DomainError
from app.extensions import db
from app.mail.desk import desk_for


def plain(message: str) -> str:
    """Messages are printed as they are written, in English."""
    return message


@click.group()
def admin() -> None:
    """Make people administrators."""


@admin.command("create")
@click.argument("email")
@click.option("--name", default="", help="Their name, for a new account.")
@with_app
def create(flask_app: Flask, email: str, name: str) -> None:
    """Make EMAIL an administrator and print a link that signs in once."""
    session, config = db.session(), flask_app.extensions["config"]
    try:
        secret = create_administrator(session, email, name, clock.now())
    except DomainError as error:
        raise click.ClickException(f"{email}: {error.render(plain)}") from error
    session.commit()
    click.echo(f"{email} is an administrator. This link signs in once, within 30 minutes:")
    click.echo(f"  {_address(config)}/sign-in/{secret}")


def _address(config: Config) -> str:
    return config.public_url.rstrip("/")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--apply-good", is_flag=True, help="Apply the good rows even when others have problems.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_app
def import_people(flask_app: Flask, file: Path, apply_good: bool, dry_run: bool) -> None:
    """Make and update accounts from a people FILE.

    Says row by row what is wrong. Without --apply-good, one bad row means that nothing is changed. Exits with 2 when
    the file has a bad row, whether the others were applied or not.
    """
    if apply_good and dry_run:
        raise click.UsageError("Choose --apply-good or --dry-run, not both.")
    session = db.session()
    try:
        content = read_people(file.read_bytes())
    except OSError as error:
        raise click.UsageError(f"{file}: cannot be read: {error.strerror}.") from error
    record = importing.begin(session, name=file.name, created_by=None, at=clock.now())
    for _ in importing.check(session, record, content):
        session.flush()
    bad = _report(file, record)
    applies = bool(content.rows) and not dry_run and (apply_good or not bad)
    if not applies:
        session.rollback()
        if not dry_run:
            click.echo("Nothing was changed." + (" --apply-good applies the good rows." if content.rows else ""))
        sys.exit(BAD_INPUT if bad else 0)
    record.state = ImportState.APPLYING
    session.commit()
    desk = desk_for(flask_app.extensions["config"], session)
    moved = teller(session, flask_app.extensions["packages"], desk=desk, at=clock.now())
    left = leaver(session, flask_app.extensions["packages"], desk=desk, at=clock.now())
    for _ in importing.apply(session, record, content, at=clock.now(), moved=moved, left=left):
        session.commit()
    importing.finish(session, flask_app.extensions["storage"], record, ImportState.APPLIED, at=clock.now())
    session.commit()
    applied = len(content.rows) - _refused(record)
    click.echo(f"{applied:,} {'row' if applied == 1 else 'rows'} applied.")
    sys.exit(BAD_INPUT if bad else 0)


def _report(file: Path, record: PeopleImport) -> bool:
    """Print the problems and the counts; True when a row, or the whole file, cannot be used."""
    for row, column, text, values, warning in record.problems:
        place = ":".join([str(file), *([str(row)] if row else [])])
        where = f" {column}:" if column else ""
        click.echo(f"{place}:{where} {text % values if values else text}{' (warning)' if warning else ''}")
    counts = record.counts
    unlisted = counts["problems"] - len(record.problems)
    if unlisted > 0:
        click.echo(f"{file}: {unlisted:,} more problems.")
    said = ", ".join(f"{counts.get(kind, 0):,} {kind}" for kind in KINDS)
    click.echo(f"{file}: {counts['rows']:,} rows: {said}; {counts['errors']:,} problems.")
    return bool(counts["errors"])


KINDS = ("new", "updated", "unchanged", "deactivated", "reactivated")


def _refused(record: PeopleImport) -> int:
    return int(record.counts.get("applied", {}).get("refused", 0))
