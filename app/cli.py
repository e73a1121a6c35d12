"""The `coterie` command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import func, select

from app import clock, serving, upkeep
from app.accounts.models import Person
from app.commands.configuration import DEMONSTRATION, application, bring_up, load_config
from app.commands.demo import demo
from app.commands.guides import guides
from app.commands.inbound import former_addresses, inbound
from app.commands.mails import mail
from app.commands.people import admin, import_people
from app.commands.sessions import sessions
from app.config import Config
from app.extensions import db
from circles.cli import match


@click.group()
@click.version_option(package_name="coterie")
def main() -> None:
    """Coterie runs peer-learning circles."""


for command in (match, demo, admin, import_people, mail, guides, sessions, inbound):
    main.add_command(command)


@main.command()
@click.option("--worker/--no-worker", default=True, help="Start a worker beside the web server.")
def run(worker: bool) -> None:
    """Serve the pages, and do the background work unless told otherwise."""
    config = load_config()
    serving.log_to_stderr(config.log_level)
    flask_app = application(config)
    bring_up(flask_app)
    with flask_app.app_context():
        people = db.session.scalar(select(func.count()).select_from(Person))
        db.session.remove()
    click.echo(f"Coterie: {config.public_url}")
    if not people:
        click.echo("Nobody can sign in yet. Make the first administrator in another terminal:")
        click.echo("  coterie admin create EMAIL")
    if worker:
        sys.exit(serving.serve_all(config, [sys.executable, "-m", "app", "worker"], os.environ))
    serving.serve_web(config)


@main.command()
def worker() -> None:
    """Do background work: send mails, publish circles, make PDFs."""
    demonstration = os.environ.get(DEMONSTRATION) == "1"
    config = load_config(demonstration=demonstration)
    serving.log_to_stderr(config.log_level)
    upkeep.prepare(application(config))
    serving.run_worker(config)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the database and stored files into one FILE."""
    try:
        upkeep.backup(load_config(), file)
    except upkeep.UpkeepError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Backup written to {file}.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put a backup FILE back in place of an empty database."""
    try:
        upkeep.restore(load_config(), file)
    except upkeep.UpkeepError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Restored from {file}.")


@main.command()
def upgrade() -> None:
    """Back up, bring the database to today's schema, and check the installation."""
    config = load_config()
    flask_app = application(config)
    with flask_app.app_context():
        behind = upkeep.current_revision() != upkeep.newest_revision(flask_app)
        empty = upkeep.current_revision() is None
        db.session.remove()
    if behind and not empty:
        target = config.data_dir / f"before-upgrade-{clock.now():%Y%m%d-%H%M%S}.tar.gz"
        try:
            upkeep.backup(config, target)
        except upkeep.UpkeepError as error:
            raise click.ClickException(f"{error}. Nothing was changed.") from error
        click.echo(f"Backup written to {target}.")
    click.echo("Schema brought up to date." if bring_up(flask_app) else "The schema is up to date.")
    _report(flask_app, config)


@main.command()
def check() -> None:
    """Say what is well and what to mend: settings, database, mail, jobs, fonts."""
    config = load_config()
    _report(application(config), config)


def _report(flask_app: Flask, config: Config) -> None:
    well = True
    for good, words in upkeep.check(flask_app, config):
        click.echo(("ok    " if good else "MEND  ") + words)
        well = well and good
    for words in former_addresses(flask_app):
        click.echo("ok    " + words)
    sys.exit(0 if well else 1)
