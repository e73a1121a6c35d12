"""The `coterie` command."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click
from circles.cli import match
from flask import Flask
from sqlalchemy import func, select

from app import clock, serving, upkeep
from app.accounts.models import Person
from app.config import Config, ConfigError
from app.extensions import db
from app.factory import create_app

P = ParamSpec("P")
R = TypeVar("R")


def load_config(*, demonstration: bool = False) -> Config:
    """Settings from the environment, or an exit that names each wrong one."""
    environment = dict(os.environ)
    if demonstration:
        for short in ("HOST", "PORT"):
            if short in environment:
                environment.setdefault(f"COTERIE_{short}", environment[short])
        environment["COTERIE_SECRET_KEY"] = secrets.token_urlsafe(48)
    try:
        return Config.load(environment, demonstration=demonstration)
    except ConfigError as error:
        click.echo(f"Coterie cannot start with these settings:\n{error}", err=True)
        sys.exit(2)


def with_app(command: Callable[Concatenate[Flask, P], R]) -> Callable[P, R]:
    """Give a command the application on a database with today's schema, inside its context."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        flask_app = create_app(load_config())
        upkeep.prepare(flask_app)
        with flask_app.app_context():
            return command(flask_app, *args, **kwargs)

    return wrapped


@click.group()
@click.version_option(package_name="coterie")
def main() -> None:
    """Coterie runs peer-learning circles."""


main.add_command(match)


@main.command()
@click.option("--worker/--no-worker", default=True, help="Start a worker beside the web server.")
def run(worker: bool) -> None:
    """Serve the pages, and do the background work unless told otherwise."""
    config = load_config()
    serving.log_to_stderr(config.log_level)
    flask_app = create_app(config)
    upkeep.prepare(flask_app)
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
    upkeep.prepare(create_app(config))
    serving.run_worker(config)


#: Tells the child worker of `coterie demo` to work on the demonstration database.
DEMONSTRATION = "COTERIE_CHILD_DEMONSTRATION"


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
    flask_app = create_app(config)
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
    click.echo("Schema brought up to date." if upkeep.prepare(flask_app) else "The schema is up to date.")
    _report(flask_app, config)


@main.command()
def check() -> None:
    """Say what is well and what to mend: settings, database, mail, jobs, fonts."""
    config = load_config()
    _report(create_app(config), config)


def _report(flask_app: Flask, config: Config) -> None:
    well = True
    for good, words in upkeep.check(flask_app, config):
        click.echo(("ok    " if good else "MEND  ") + words)
        well = well and good
    sys.exit(0 if well else 1)
