"""`coterie guides check`: whether a guide's folder can be used."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.commands.configuration import BAD_INPUT
from guides.content import parsing


@click.group()
def guides() -> None:
    """Write and check guides."""


@guides.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def check(folder: Path) -> None:
    """Say what is wrong with the guide in FOLDER, with file and line; exits with 2 when something is."""
    problems = parsing.check(folder)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(BAD_INPUT)
    guide = parsing.load(folder)
    click.echo(f"{guide.title}: {len(guide.weeks)} weeks, nothing to mend.")
