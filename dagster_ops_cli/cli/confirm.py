"""Ask before something is changed or destroyed."""

import sys

import click

from dagster_ops_cli.errors import InvalidRequestError


def confirm(ctx: click.Context, question: str, yes: bool) -> None:
    """Go on only if the user agrees. Raises InvalidRequestError where nobody can be asked and ``yes`` is not given."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidRequestError(f"{question} Nobody can be asked here", hint="If that is meant, say so with --yes.")
    if not click.confirm(question, err=True):
        click.echo("Nothing changed.", err=True)
        ctx.exit(1)
