"""The options of a run that is launched: its partition, run config and tags."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.arguments.run_config import read_run_config
from dagster_ops_cli.cli.arguments.tags import refuse_reserved, tags_of
from dagster_ops_cli.cli.help import RUN, TARGET, option
from dagster_ops_cli.cli.options import exclusive
from dagster_ops_cli.cli.params import NonEmptyText, Tag, with_stdin

F = TypeVar("F", bound=Callable[..., Any])

_PARTITION = option(
    "--partition",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    multiple=True,
    callback=with_stdin,
    help="Partition key, or DIMENSION=KEY for each dimension; - reads stdin",
)
_NO_PARTITION = option(
    "--no-partition", "unpartitioned", heading=TARGET, is_flag=True, help="Launch without a partition"
)
_CONFIG_FILE = option(
    "--config-file",
    heading=RUN,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Run config, YAML or JSON; - reads stdin",
)
_CONFIG_JSON = option("--config-json", heading=RUN, metavar="JSON", help="Run config, a JSON object")


def partition_options(command: F) -> F:
    """Give a command ``partition``, which is empty or the key for each dimension, and ``unpartitioned``."""

    @wraps(command)
    def wrapper(*args: Any, partition: Sequence[str], unpartitioned: bool, **kwargs: Any) -> Any:
        exclusive(partition=partition, no_partition=unpartitioned)
        return command(*args, partition=partition, unpartitioned=unpartitioned, **kwargs)

    return _PARTITION(_NO_PARTITION(wrapper))  # type: ignore[return-value]


def run_config_options(command: F) -> F:
    """Give a command ``run_config``: what ``read_run_config`` returns for its options."""

    @wraps(command)
    def wrapper(*args: Any, config_file: Path | None, config_json: str | None, **kwargs: Any) -> Any:
        exclusive(config_file=config_file, config_json=config_json)
        return command(*args, run_config=read_run_config(config_file, config_json), **kwargs)

    return _CONFIG_FILE(_CONFIG_JSON(wrapper))  # type: ignore[return-value]


def run_tags_option(command: F) -> F:
    """Give a command ``tags``, the tags of the run by their keys."""

    @wraps(command)
    def wrapper(*args: Any, tags: Sequence[str], **kwargs: Any) -> Any:
        return command(*args, tags=refuse_reserved(tags_of(tags)), **kwargs)

    tag_option = option("--tag", "tags", heading=RUN, type=Tag(), multiple=True, help="Tag for the run; repeatable")
    return tag_option(wrapper)  # type: ignore[return-value]
