"""The `coterie` command."""

from __future__ import annotations

import click
from circles.cli import match


@click.group()
def main() -> None:
    """Coterie runs peer-learning circles."""


main.add_command(match)
