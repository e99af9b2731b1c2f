"""What `report-materialization` and `report-observation` share."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dagster_ops_cli.cli.arguments.metadata import metadata_option
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import REPORT, TARGET, option
from dagster_ops_cli.cli.item_results import conclude_items
from dagster_ops_cli.cli.options import connection_options, dry_run_option, exclusive, json_option, named_place_options
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.cli.waiting import Explanation, show_at_end
from dagster_ops_cli.formatters.asset import format_reports

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset.report import AssetReport, PartitionChoice

F = TypeVar("F", bound=Callable[..., Any])

# Progress is shown each time that this many events were reported.
_SHOWN = 500


def _choice(name: str, metavar: str, text: str, **attrs: Any) -> Callable[[F], F]:
    return option(name, heading=TARGET, type=NonEmptyText(), metavar=metavar, multiple=True, help=text, **attrs)


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.argument("asset_key", type=NonEmptyText(), metavar="KEY", shell_complete=completes("asset")),
    _choice("--partition", "KEY", "Partition key, or DIMENSION=KEY; repeatable, - reads stdin", callback=with_stdin),
    _choice("--start-date", "DATE", "First day of a range, or 'first'; with several dimensions: DIMENSION=DATE"),
    _choice("--end-date", "DATE", "Last day of the range, or 'latest'"),
    _choice("--start", "KEY", "First key of a range; with several dimensions: DIMENSION=KEY"),
    _choice("--end", "KEY", "Last key of the range"),
    option("--all-partitions", "everything", heading=TARGET, is_flag=True, help="Every partition"),
    option("--no-partition", "nothing", heading=TARGET, is_flag=True, help="Report a partitioned asset as a whole"),
    named_place_options,
    metadata_option,
    option("--description", heading=REPORT, metavar="TEXT", help="Description of the event"),
    dry_run_option,
    json_option("Page[asset.report.AssetReport]"),
    connection_options,
    click.pass_context,
)


def report_options(command: F) -> F:
    """Give a command the options of a report, with the partitions as one argument ``partitions``."""

    @wraps(command)
    def wrapper(
        *args: Any,
        partition: Sequence[str],
        start_date: Sequence[str],
        end_date: Sequence[str],
        start: Sequence[str],
        end: Sequence[str],
        everything: bool,
        nothing: bool,
        **kwargs: Any,
    ) -> Any:
        from dagster_ops_cli.schemas.asset.report import PartitionChoice

        chosen = [*partition, *start_date, *end_date, *start, *end]
        exclusive(all_partitions=everything, no_partition=nothing)
        exclusive(**{"all_partitions" if everything else "no_partition": everything or nothing, "partition": chosen})
        choice = PartitionChoice(
            keys=list(partition),
            start_date=list(start_date),
            end_date=list(end_date),
            start=list(start),
            end=list(end),
            everything=everything,
            nothing=nothing,
        )
        return command(*args, partitions=choice, **kwargs)

    for each in reversed(_OPTIONS):
        wrapper = each(wrapper)
    return wrapper  # type: ignore[return-value]


def report_events(
    ctx: click.Context,
    ops: Ops,
    event_type: str,
    asset_key: str,
    partitions: "PartitionChoice",
    location_name: str | None,
    repository_name: str | None,
    metadata: Mapping[str, Any],
    description: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Report events of this type, and end the command with the result of each."""
    place = (repository_name, location_name)
    planned = ops.reports.plan(asset_key, event_type, partitions, metadata, description, *place)
    results: list[AssetReport] = [*planned] if dry_run else []

    def show() -> None:
        ops.show_items(results, None if as_json else format_reports)

    def explain() -> Explanation:
        look = ["ops", "asset", "events", planned[0].asset_key]
        return f"at least {len(results):,} of {len(planned):,} events were reported", {"To look": look}

    with show_at_end(show, explain):
        for batch in () if dry_run else ops.reports.report(planned):
            before = len(results)
            results.extend(batch)
            if before // _SHOWN < len(results) // _SHOWN < len(planned) / _SHOWN:
                ops.note(f"{len(results):,} of {len(planned):,} events")
    conclude_items(ctx, [(each.partition or each.asset_key, each) for each in results])
