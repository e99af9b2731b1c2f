"""The session that scripts get on the command line, and how their outcomes are shown."""

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.confirm import can_ask, confirm, server_fact
from dagster_ops_cli.cli.options import connection_words
from dagster_ops_cli.cli.picture import show_backfill_map
from dagster_ops_cli.cli.progress import show_backfill, show_runs
from dagster_ops_cli.cli.waiting import follow_backfill, follow_run
from dagster_ops_cli.formatters.asset_check import with_failed_checks
from dagster_ops_cli.formatters.backfill import (
    describe_backfill,
    describe_plan,
    format_backfill,
    format_next_steps,
    format_plan,
)
from dagster_ops_cli.formatters.pool import format_pool_changes
from dagster_ops_cli.formatters.run import format_run
from dagster_ops_cli.formatters.run.target import format_target
from dagster_ops_cli.schemas.ops_tags import TAG_COMMIT, TAG_PIPELINE_URL, TAG_TRIGGERED_BY

if TYPE_CHECKING:
    from dagster_ops_cli.api.backfill import BackfillApi, Following
    from dagster_ops_cli.api.pool import PoolApi
    from dagster_ops_cli.api.run import RunApi
    from dagster_ops_cli.cli.context import Ops
    from dagster_ops_cli.formatters.table import Part, Sheet
    from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan
    from dagster_ops_cli.schemas.run import Run
    from dagster_ops_cli.schemas.run.result import WatchedRun
    from dagster_ops_cli.scripts.script import Options, Outcome, Script

# The environment variables of CI/CD systems for each tag. Ours (OPS_...) come first.
_PIPELINES = (
    (TAG_COMMIT, ("OPS_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT")),
    (TAG_PIPELINE_URL, ("OPS_PIPELINE_URL", "CI_PIPELINE_URL", "BUILD_URL")),
    (TAG_TRIGGERED_BY, ("OPS_TRIGGERED_BY", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR")),
)


def launch_tags(environ: Mapping[str, str]) -> dict[str, str]:
    """Return tags that identify the CI/CD pipeline; none outside of a pipeline."""
    tags = {}
    for tag, names in _PIPELINES:
        value = next((environ[name] for name in names if environ.get(name)), None)
        if value:
            tags[tag] = value
    if "GITHUB_RUN_ID" in environ and TAG_PIPELINE_URL not in tags:
        server, repository = environ.get("GITHUB_SERVER_URL", ""), environ.get("GITHUB_REPOSITORY", "")
        tags[TAG_PIPELINE_URL] = f"{server}/{repository}/actions/runs/{environ['GITHUB_RUN_ID']}"
    return tags


@dataclass(frozen=True)
class CommandSession:
    """The session of a script on the command line."""

    ops: "Ops"
    ctx: click.Context
    options: "Options"
    launch_tags: Mapping[str, str] = field(default_factory=lambda: launch_tags(os.environ))

    @property
    def backfills(self) -> "BackfillApi":
        """The API for backfills."""
        return self.ops.backfills

    @property
    def pools(self) -> "PoolApi":
        """The API for concurrency pools."""
        return self.ops.pools

    @property
    def runs(self) -> "RunApi":
        """The API for runs."""
        return self.ops.runs

    @property
    def asks(self) -> bool:
        """Whether to ask the user before a change."""
        return can_ask() and not self.options.yes

    @property
    def confirm_above(self) -> int:
        """How many runs to launch without asking."""
        return self.ops.settings.confirm_above

    def confirm(
        self, question: str, about: "Backfill | BackfillPlan | None", items: "Sequence[str]", total: int | None = None
    ) -> None:
        """End the command unless the user agrees."""
        from dagster_ops_cli.schemas.backfill import Backfill

        facts = describe_backfill(about) if isinstance(about, Backfill) else describe_plan(about) if about else []
        confirm(self.ctx, question, self.options.yes, [server_fact(self.ops), *facts], items, total)

    def note(self, text: str) -> None:
        """Write a message to stderr."""
        self.ops.note(text)

    def command(self, line: str) -> str:
        """Return a command line with the connection options of this command."""
        return same_place(self.ctx, line)

    def progress(self, polls: "Iterable[Backfill]") -> "Iterable[Backfill]":
        """Show the progress of a backfill while passing on its states."""
        return show_backfill(self.ops, polls)

    def follow_backfill(self, start: "Callable[[Following], Iterator[Backfill]]") -> "Outcome":
        """Follow the backfill that ``start`` launches until it has ended, and return the outcome."""
        return follow_backfill(self, start)

    def follow_run(self, run: "Run") -> "Outcome":
        """Follow a run until it has ended, and return the outcome."""
        return follow_run(self, run)

    def progress_of_runs(self, polls: "Iterable[Sequence[WatchedRun]]") -> "Iterable[Sequence[WatchedRun]]":
        """Show the progress of runs while passing on their states."""
        return show_runs(self.ops, polls)


def run_script_file(script: "Script", path: str, session: CommandSession) -> "Outcome":
    """Run a script with its file, and keep the file for the command's reports."""
    from dagster_ops_cli.scripts.runner import run_file

    reporting = session.ops.reporting
    return run_file(script, path, session, partial(reporting.know_config, name=path) if reporting else None)


def same_place(ctx: click.Context, line: str) -> str:
    """Return a command line with the connection options of this command."""
    return shlex.join([*line.split(), *connection_words(ctx)])


def conclude(ctx: click.Context, ops: "Ops", outcome: "Outcome", as_json: bool, everything: bool = False) -> None:
    """Show an outcome and end the command with its exit code. A model of another package is shown as JSON.

    With ``everything``, list every failed partition on its own line.
    """
    # Imported here because help texts don't need the models.
    from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan, BackfillWithChecks
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.schemas.pool import PoolChange
    from dagster_ops_cli.schemas.run import Run
    from dagster_ops_cli.schemas.run.checked import RunWithChecks
    from dagster_ops_cli.schemas.run.target import RunTarget

    as_text = partial(format_backfill, everything=everything, command=partial(same_place, ctx))
    formatters: dict[type, Callable[[Any], Part | Sheet]] = {
        Backfill: as_text,
        BackfillWithChecks: lambda each: as_text(each, failed_checks=each.failed_checks),
        BackfillPlan: format_plan,
        Run: format_run,
        RunWithChecks: lambda run: with_failed_checks(format_run(run), run.failed_checks),
        RunTarget: format_target,
        Page[PoolChange]: format_pool_changes,
    }
    if isinstance(outcome.model, Backfill) and not as_json and not outcome.error:
        show_backfill_map(ops, outcome.model)
    ops.show(outcome.model, None if as_json else formatters.get(type(outcome.model)))
    if as_json and isinstance(outcome.model, Backfill):
        for step in format_next_steps(outcome.model, partial(same_place, ctx)):
            ops.note(step)
    if outcome.error:
        raise outcome.error
    ctx.exit(outcome.exit_code)
