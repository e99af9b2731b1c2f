"""`ops metrics`."""

import os
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagster_ops_cli import times
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, OUTPUT, Command, option
from dagster_ops_cli.cli.options import connection_options, json_option
from dagster_ops_cli.cli.params import Time
from dagster_ops_cli.cli.reporting import is_special
from dagster_ops_cli.errors import OpsError, OutputError
from dagster_ops_cli.files import replace_file
from dagster_ops_cli.formatters.metrics import GAUGES, format_metrics

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_ops_cli.schemas.metrics import Metrics

_LABEL_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_USED = {label for gauge in GAUGES.values() for label in gauge.labels}


def _labels(ctx: click.Context, param: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    """Return the labels by their names (a callback)."""
    labels = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not _LABEL_NAME.fullmatch(name):
            raise click.BadParameter(f"{each!r} must have the form name=value, with letters, digits and _ in the name")
        if name in _USED or name in labels:
            raise click.BadParameter(f"the label {name!r} is already used")
        labels[name] = value
    return labels


def _writable(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file that can't be written before Dagster is asked (a callback)."""
    if path is not None:
        if str(path) == "-":
            raise click.BadParameter("- is not a file; to print the metrics, leave out --output")
        if path.is_dir():
            raise click.BadParameter(f"{path} is a folder")
        if is_special(path):
            if not os.access(path, os.W_OK):
                raise click.BadParameter(f"{path} is not writable")
            return path
        # If it is a symbolic link, replace the file that it points to. Path.resolve raises RuntimeError for a loop.
        path = Path(os.path.realpath(path))
        if not path.parent.is_dir():
            raise click.BadParameter(f"the folder {path.parent} does not exist")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise click.BadParameter(f"the folder {path.parent} is not writable")
    return path


@click.command(
    cls=Command,
    examples=(
        "ops metrics",
        "ops metrics --quiet --output dagster.prom",
        "ops metrics --since 15m --label env=prod --json",
    ),
)
@option(
    "--since",
    heading=FILTERS,
    type=Time(),
    default="1h",
    show_default=True,
    help="Count runs and failed ticks since TIME, or an age",
)
@option(
    "--output",
    "path",
    heading=OUTPUT,
    type=click.Path(path_type=Path),
    callback=_writable,
    metavar="FILE",
    help="Replace this file instead of printing",
)
@option(
    "--label",
    "labels",
    heading=OUTPUT,
    multiple=True,
    callback=_labels,
    metavar="NAME=VALUE",
    help="Add a label to every series; repeatable",
)
@json_option("metrics.Metrics")
@connection_options
def metrics(ops: Ops, since: "datetime", path: Path | None, labels: dict[str, str], as_json: bool) -> None:
    """Print metrics for Prometheus.

    One scrape: runs by status and job, the queue, backfills, failed ticks, daemons, pools and code locations. With
    --output, a file is replaced in one step, for the textfile collector of the node exporter.

    If Dagster does not answer, ops_up is 0, nearly everything else is missing, and the exit code is 5 (4 without
    permission).
    """
    to_text = partial(ops.to_json, indent=2) if as_json else partial(format_metrics, labels=labels)

    def show(found: "Metrics") -> None:
        if path is None:
            ops.write([to_text(found)])
        else:
            _replace(path, to_text(found) + "\n")

    api = ops.metrics
    asked_at = times.now()
    try:
        found = api.get(since)
    except OpsError as error:
        show(api.get_unanswered(since, asked_at, error))
        raise
    for fault in found.faults:
        ops.warn(f"{fault.part} could not be read: {fault.message}")
    show(found)


def _replace(path: Path, text: str) -> None:
    """Replace a file in one step; everybody may read it. A pipe or a device is written to. Raises OutputError."""
    try:
        if is_special(path):
            path.write_text(text, encoding="utf-8")
            return
        replace_file(path, text.encode(), 0o644)
    except OSError as error:
        raise OutputError(f"can't write {path}: {error.strerror}") from None
