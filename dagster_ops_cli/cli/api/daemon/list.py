"""`ops api daemon list`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, exclusive, json_option, jsonl_option
from dagster_ops_cli.formatters.daemon import format_daemons


@click.command("list")
@click.option("--unhealthy", is_flag=True, help="Only required daemons that are not healthy.")
@json_option
@jsonl_option
@connection_options
def list_daemons(ops: Ops, unhealthy: bool, as_json: bool, as_jsonl: bool) -> None:
    r"""List the daemons: whether each is healthy, its last heartbeat and its errors.

    A healthy daemon may have errors: it repeats those of schedules and sensors. The exit code is 0 whatever their
    state; ops doctor ends with 1 where a required daemon is not healthy.

    \b
    Examples:
      ops daemon list
      ops daemon list --unhealthy --json
    """
    exclusive(as_json=as_json, as_jsonl=as_jsonl)
    page = ops.daemons.list(unhealthy)
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else format_daemons)
