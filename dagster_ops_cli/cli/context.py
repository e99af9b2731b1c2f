"""`Ops`: from settings to a client to the APIs, and how an answer is shown."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.formatters.text import escape_lines, escape_output, to_json
from dagster_ops_cli.settings import Settings, load_settings

if TYPE_CHECKING:
    from dagster_ops_cli.api.asset import AssetApi
    from dagster_ops_cli.api.asset_check import AssetCheckApi
    from dagster_ops_cli.api.backfill import BackfillApi
    from dagster_ops_cli.api.doctor import DoctorApi
    from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi
    from dagster_ops_cli.api.graphql import GraphQLApi
    from dagster_ops_cli.api.job import JobApi
    from dagster_ops_cli.api.logs import CapturedLogApi
    from dagster_ops_cli.api.partition import DimensionApi, PartitionApi
    from dagster_ops_cli.api.run import RunApi
    from dagster_ops_cli.api.run.bulk import RunBulkApi
    from dagster_ops_cli.api.run.why import RunExplanationApi
    from dagster_ops_cli.api.run_events import RunEventApi
    from dagster_ops_cli.api.waiting.poll import Poll
    from dagster_ops_cli.http.client import Exchange, GraphQLClient, HttpClient, Observer
    from dagster_ops_cli.http.retry import Retry
    from dagster_ops_cli.schemas.model import Model

    M = TypeVar("M", bound=Model)


def config_path() -> Path:
    """Return where our own configuration file is, or would be."""
    return Path(os.environ.get("OPS_CONFIG") or Path(click.get_app_dir("ops"), "config.yaml"))


def connect(settings: Settings, observe: "Observer | None") -> "GraphQLClient":
    """Return a client for a real Dagster."""
    from dagster_ops_cli.http.client import HttpClient

    return HttpClient(settings, observe)


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not left to the defaults of whoever takes them."""
    return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Ops:
    """What one command works with. Everything that costs an import is built when it is first asked for."""

    url: str | None = None
    header: tuple[str, ...] = ()
    timeout: float | None = None
    # The connection options that fewer commands are given, by name.
    reach: Mapping[str, Any] = field(default_factory=dict, repr=False)
    view_graphql: bool = False
    quiet: bool = False
    # Where the value comes from that is unique to a launch; none is a new one each time.
    launch_value: Callable[[], str] | None = None
    # And that which is unique to a request for one run.
    request_value: Callable[[], str] | None = None
    # How commands that start at the same moment are spread: numbers from 0 to 1; none is at random.
    spread: Callable[[], float] | None = None
    # How waiting passes its time, in seconds.
    sleep: Callable[[float], None] = field(default=time.sleep)
    # Where a client comes from; what takes another one has to be a GraphQLClient all the same.
    connect: "Callable[[Settings, Observer | None], GraphQLClient]" = field(default=connect)

    def with_options(self, **options: object) -> "Ops":
        """Return the same with the connection options of a command."""
        return replace(self, **options)  # type: ignore[arg-type]

    @cached_property
    def settings(self) -> Settings:
        """Where Dagster is and who asks. Raises InvalidRequestError."""
        return load_settings(os.environ, self.url, self.header, self.timeout, config_path(), **self.reach)

    @cached_property
    def client(self) -> "GraphQLClient":
        """What asks Dagster."""
        self.warn_of_settings()
        return self.connect(self.settings, self._show)

    @cached_property
    def poll(self) -> "Poll":
        """How to wait; failed polls are told on stderr."""
        from dagster_ops_cli.api.waiting.poll import Poll

        return Poll(tell=self.note, sleep=self.sleep)

    @cached_property
    def runs(self) -> "RunApi":
        """Runs."""
        from dagster_ops_cli.api.run import RunApi

        return RunApi(self.client, self.poll, **_given(request_value=self.request_value))

    @cached_property
    def run_bulk(self) -> "RunBulkApi":
        """Many of them at once."""
        from dagster_ops_cli.api.run.bulk import RunBulkApi

        return RunBulkApi(self.client, self.poll, **_given(request_value=self.request_value))

    @cached_property
    def run_events(self) -> "RunEventApi":
        """Their logs."""
        from dagster_ops_cli.api.run_events import RunEventApi

        return RunEventApi(self.client, self.poll)

    @cached_property
    def run_explanations(self) -> "RunExplanationApi":
        """Why they are as they are."""
        from dagster_ops_cli.api.run.why import RunExplanationApi

        return RunExplanationApi(self.client)

    @cached_property
    def captured_logs(self) -> "CapturedLogApi":
        """What their steps wrote to standard output and standard error."""
        from dagster_ops_cli.api.logs import CapturedLogApi

        return CapturedLogApi(self.client, self.poll)

    @cached_property
    def backfills(self) -> "BackfillApi":
        """Many runs, one for each partition."""
        from dagster_ops_cli.api.backfill import BackfillApi

        return BackfillApi(
            self.client,
            self.poll,
            answer_timeout=self.settings.timeout,
            **_given(launch_value=self.launch_value, spread=self.spread),
        )

    @cached_property
    def jobs(self) -> "JobApi":
        """Jobs."""
        from dagster_ops_cli.api.job import JobApi

        return JobApi(self.client)

    @cached_property
    def partitions(self) -> "PartitionApi":
        """Partitions of jobs and assets."""
        from dagster_ops_cli.api.partition import PartitionApi

        return PartitionApi(self.client)

    @cached_property
    def dimensions(self) -> "DimensionApi":
        """Keys of one dimension of partitions."""
        from dagster_ops_cli.api.partition import DimensionApi

        return DimensionApi(self.client)

    @cached_property
    def assets(self) -> "AssetApi":
        """Assets."""
        from dagster_ops_cli.api.asset import AssetApi

        return AssetApi(self.client, self.poll)

    @cached_property
    def asset_checks(self) -> "AssetCheckApi":
        """Asset checks."""
        from dagster_ops_cli.api.asset_check import AssetCheckApi

        return AssetCheckApi(self.client, self.poll)

    @cached_property
    def dynamic_partitions(self) -> "DynamicPartitionApi":
        """Keys of dynamic partitions definitions."""
        from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi

        return DynamicPartitionApi(self.client, self.poll)

    @cached_property
    def doctor(self) -> "DoctorApi":
        """Whether all is well."""
        from dagster_ops_cli.api.doctor import DoctorApi

        return DoctorApi(cast("HttpClient", self.client), self.settings)

    @cached_property
    def graphql(self) -> "GraphQLApi":
        """Any operation."""
        from dagster_ops_cli.api.graphql import GraphQLApi

        return GraphQLApi(self.client)

    def show(self, model: "M", to_text: "Callable[[M], str] | None") -> None:
        """Write one answer to stdout: what ``to_text`` makes of it, or the model itself as JSON where that is None."""
        self.write([to_text(model) if to_text else to_json(model, indent=2)])

    def show_jsonl(self, models: "Iterable[Model]") -> None:
        """Write one JSON object a line."""
        self.write([to_json(model) for model in models])

    def write(self, lines: Iterable[str]) -> None:
        """Write lines to stdout, and let them go on their way."""
        # click.echo flushes after each line, which costs more than the line.
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()

    def write_bytes(self, data: bytes) -> None:
        """Write bytes to stdout as they are; on a terminal as text that can't control it."""
        if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
            sys.stdout.write(escape_output(data.decode(errors="backslashreplace")))
        else:
            sys.stdout.buffer.write(data)
        sys.stdout.flush()

    def warn_of_settings(self) -> None:
        """Write to stderr what is unsafe in the settings."""
        for warning in self.settings.warnings:
            self.warn(warning)

    def note(self, text: str) -> None:
        """Write a hint or a word on progress to stderr, unless it is to be quiet."""
        if not self.quiet:
            self.say(text)

    def warn(self, text: str) -> None:
        """Write to stderr what nobody should miss, not even who wants it quiet."""
        self.say(f"Warning: {text}")

    def say(self, text: str) -> None:
        """Write to stderr what has to be known whatever happens next."""
        # click.echo looks for the terminal behind sys.stderr, and would write into a progress bar that stands there.
        sys.stderr.write(f"{escape_lines(text)}\n")
        sys.stderr.flush()

    def mask(self, text: str) -> str:
        """Return a text without the secrets that the settings hold."""
        try:
            return self.settings.mask(text)
        except OpsError:
            # The settings are at fault; no error of theirs shows a value.
            return text

    def _show(self, event: "Exchange | Retry") -> None:
        from dagster_ops_cli.formatters.graphql import format_exchange, format_retry
        from dagster_ops_cli.http.retry import Retry

        if isinstance(event, Retry):
            self.note(self.mask(format_retry(event)))
        elif self.view_graphql:
            self.say(format_exchange(event, self.settings.mask, self.settings.mask_values))
