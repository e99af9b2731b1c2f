"""`ops api graphql`."""

from typing import TextIO

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError


@click.command(cls=OutcomeCommand)
@click.argument("query", required=False)
@click.option(
    "--file",
    "-f",
    type=click.File(encoding="utf-8", errors="replace"),
    help="Read the operation from here; - is stdin.",
)
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of it. Repeatable.")
@click.option("--allow-mutations", is_flag=True, help="Send what changes something, too.")
@click.option("--json", "as_json", is_flag=True, help="Errors are JSON as well; the answer is in any case.")
@connection_options
def graphql(
    ops: Ops, query: str | None, file: TextIO | None, variables: tuple[str, ...], allow_mutations: bool, as_json: bool
) -> None:
    """Send any operation, and print what Dagster answers.

    It is checked against the server's own schema before it is sent. A field that was answered with an error decides the
    exit code where the operation asks for its __typename.
    """
    if (query is None) == (file is None):
        raise InvalidRequestError("give either a QUERY or a --file")
    answer = ops.graphql.execute(file.read() if file else query or "", variables, allow_mutations)
    ops.show(answer, to_text=None)
    ops.graphql.check(answer)
