"""What deleting runs means for their backfills and files, as text."""

from collections import defaultdict
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import escape
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.ops_tags import TAG_ATTEMPT, TAG_CONFIG, TAG_LAUNCH, TAG_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_ops_cli.schemas.run import RunRow

# More backfills or files than these are only counted.
_MOST_NAMED = 5


def format_deletions(runs: "Sequence[RunRow]") -> list[str]:
    """Return a line for each backfill or file that the runs belong to: a deleted run counts as never launched."""
    launches: dict[tuple[str, str], list[RunRow]] = defaultdict(list)
    for run in runs:
        if launch := _launch(run):
            launches[launch].append(run)
    lines = [_format(kind, name, own) for (kind, name), own in [*launches.items()][:_MOST_NAMED]]
    rest = len(launches) - len(lines)
    if rest:
        lines.append(f"The same goes for {rest:,} more backfill{'' if rest == 1 else 's'} or files.")
    return lines


def _launch(run: "RunRow") -> tuple[str, str] | None:
    if dagster_tags.BACKFILL in run.tags:
        return dagster_tags.BACKFILL, run.tags[dagster_tags.BACKFILL]
    if TAG_LAUNCH in run.tags:
        return TAG_LAUNCH, run.tags[TAG_LAUNCH]
    return (TAG_CONFIG, run.tags[TAG_CONFIG]) if TAG_CONFIG in run.tags else None


def _format(kind: str, name: str, runs: "Sequence[RunRow]") -> str:
    if kind == TAG_CONFIG:
        counted = "A file's run counts" if len(runs) == 1 else f"{len(runs):,} runs of a file count"
        ids = ", ".join(run.id for run in runs[:_MOST_NAMED])
        return (
            f"{counted} as never launched once deleted: `ops script launch` of that file launches it again, unless "
            f"another run of the file is left ({ids})."
        )
    title = runs[0].tags.get(TAG_NAME)
    backfill = escape(f"backfill {name} ({title})" if title else f"backfill {name}")
    if not any(run.parent_run_id is None for run in runs):
        number = "1 re-execution" if len(runs) == 1 else f"{len(runs):,} re-executions"
        return f"{number} of {backfill}: once deleted, the earlier runs of these partitions count."
    number = "1 run" if len(runs) == 1 else f"{len(runs):,} runs"
    if kind == dagster_tags.BACKFILL and dagster_tags.PARTITION_SET not in runs[0].tags:
        # For backfills of assets, Dagster itself stores which partitions are done.
        return f"{number} of {backfill}. Running its file again does not launch them again."
    counted = f"{number} of {backfill}: once deleted, these partitions count as never run."
    if kind == TAG_LAUNCH:
        counted += " Running its file again launches those that no later attempt has run."
        if runs[0].tags.get(TAG_ATTEMPT, "1") != "1":
            counted += " If no run of this attempt is left, the runs of earlier attempts count."
        return counted
    if title:
        retry = f"`ops backfill retry {escape(name)}` does, unless it was retried before."
        return f"{counted} Running its file again does not launch them; {retry}"
    return counted
