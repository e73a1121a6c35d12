"""`coterie demo`: an invented organization to look around in, on this machine only."""

from __future__ import annotations

import os
import socket
import sys

import click
from flask import Flask

from app import clock, serving
from app.accounts.queries import demonstration_people
from app.commands.configuration import DEMONSTRATION, load_config
from app.config import Config
from app.demo import database
from app.extensions import db


@click.command()
@click.option("--fresh", is_flag=True, help="Throw the demonstration away and make it anew.")
@click.option("--build-only", is_flag=True, help="Make the demonstration and stop.")
def demo(fresh: bool, build_only: bool) -> None:
    """Serve the demonstration; HOST and PORT choose where. Nothing is ever mailed."""
    # The terminal is for the address and who can sign in; the worker beside it keeps quiet as well.
    os.environ.setdefault("COTERIE_LOG_LEVEL", "warning")
    config = load_config(demonstration=True)
    serving.log_to_stderr(config.log_level)
    if not build_only:
        _claim_port(config)
    flask_app = database.ready(config, fresh=fresh, say=click.echo)
    made = database.age(flask_app, clock.now())
    if made > database.FRESH_FOR:
        click.echo(f"This demonstration was made {made.days} days ago, so its circles are past their fifth week.")
        click.echo("To begin anew: coterie demo --fresh")
    if build_only:
        click.echo(f"The demonstration is in {config.data_dir}.")
        return
    _introduce(flask_app, config)
    arguments = [sys.executable, "-m", "app", "worker"]
    sys.exit(serving.serve_all(config, arguments, {**os.environ, DEMONSTRATION: "1"}))


def _claim_port(config: Config) -> None:
    """Say early when the port is taken. Raises ClickException."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((config.host, config.port))
        except OSError as error:
            raise click.ClickException(
                f"{config.host}:{config.port} cannot be used: {error.strerror}. Choose another port: "
                f"PORT={config.port % 65535 + 1} make run"
            ) from error


def _introduce(flask_app: Flask, config: Config) -> None:
    """Print where it is and who can sign in."""
    with flask_app.app_context():
        people = [(person.name, part) for person, part in demonstration_people(db.session())]
        db.session.remove()
    click.echo(f"Coterie's demonstration: {config.public_url}")
    click.echo("Sign in with one click as:")
    for name, part in people:
        click.echo(f"  {name}, {part}")
    click.echo(f"Nothing is mailed. Every mail and invite: {config.public_url}/outbox")
    click.echo("Ctrl-C ends it.")
