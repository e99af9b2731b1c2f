"""`ops api graphql`."""

from typing import TextIO

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import CONFIRMATION, TARGET, option
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops graphql '{ version }'",
        "ops graphql --file query.graphql --var runId=RUN_ID",
    ),
)
@click.argument("query", required=False)
@option(
    "--file",
    "-f",
    heading=TARGET,
    type=click.File(encoding="utf-8", errors="replace"),
    metavar="FILE",
    help="Read the operation from FILE; - reads stdin",
)
@option("--var", "variables", heading=TARGET, multiple=True, metavar="NAME=VALUE", help="Variable; repeatable")
@option("--allow-mutations", heading=CONFIRMATION, is_flag=True, help="Allow mutations")
@json_option("graphql.GraphQLAnswer", text="Print errors as JSON, too; the answer always is")
@connection_options
def graphql(
    ops: Ops, query: str | None, file: TextIO | None, variables: tuple[str, ...], allow_mutations: bool, as_json: bool
) -> None:
    """Send any GraphQL operation.

    ops checks the operation against the server's schema, sends it and prints the answer. If a field is answered with an
    error type, and the operation asks for its __typename, the error decides the exit code.
    """
    if (query is None) == (file is None):
        raise InvalidRequestError("Choose QUERY or --file")
    answer = ops.graphql.execute(file.read() if file else query or "", variables, allow_mutations)
    ops.show(answer, to_text=None)
    ops.graphql.check(answer)
