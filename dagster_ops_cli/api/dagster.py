"""All APIs of one Dagster, for the command line and for other programs."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from typing_extensions import Self

    from dagster_ops_cli.api.asset import AssetApi
    from dagster_ops_cli.api.asset_check import AssetCheckApi
    from dagster_ops_cli.api.automation import AutomationApi
    from dagster_ops_cli.api.backfill import BackfillApi
    from dagster_ops_cli.api.code_location import CodeLocationApi
    from dagster_ops_cli.api.command_report import CommandReportApi
    from dagster_ops_cli.api.daemon import DaemonApi
    from dagster_ops_cli.api.doctor import DoctorApi
    from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi
    from dagster_ops_cli.api.graphql import GraphQLApi
    from dagster_ops_cli.api.job import JobApi
    from dagster_ops_cli.api.logs import CapturedLogApi
    from dagster_ops_cli.api.metrics import MetricsApi
    from dagster_ops_cli.api.partition import DimensionApi, PartitionApi
    from dagster_ops_cli.api.pool import PoolApi
    from dagster_ops_cli.api.queue import QueueApi
    from dagster_ops_cli.api.report import ReportApi
    from dagster_ops_cli.api.run import RunApi
    from dagster_ops_cli.api.run.bulk import RunBulkApi
    from dagster_ops_cli.api.run.why import RunExplanationApi
    from dagster_ops_cli.api.run_events import RunEventApi
    from dagster_ops_cli.api.top import TopApi
    from dagster_ops_cli.api.waiting.poll import Poll
    from dagster_ops_cli.http.client import GraphQLClient, HttpClient, RestClient
    from dagster_ops_cli.settings import Settings


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are set; the others keep the defaults of the API."""
    return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Apis:
    """The APIs of one Dagster. Each is built, and its modules are imported, when it is first used."""

    # Returns the value that identifies a launch; None: a new one each time.
    launch_value: Callable[[], str] | None = None
    # Returns the value that identifies a request for one run; None: a new one each time.
    request_value: Callable[[], str] | None = None
    # Returns numbers from 0 to 1 that spread commands which start at the same moment; None: random ones.
    spread: Callable[[], float] | None = None

    if TYPE_CHECKING:
        # Subclasses have these.
        @property
        def settings(self) -> Settings:
            """The address of Dagster, and the credentials for it."""

        @property
        def client(self) -> GraphQLClient:
            """The GraphQL client."""

        @property
        def poll(self) -> Poll:
            """The way to wait."""

    @cached_property
    def runs(self) -> "RunApi":
        """The API for runs."""
        from dagster_ops_cli.api.run import RunApi

        return RunApi(self.client, self.poll, **_given(request_value=self.request_value))

    @cached_property
    def run_bulk(self) -> "RunBulkApi":
        """The API for changing several runs at once."""
        from dagster_ops_cli.api.run.bulk import RunBulkApi

        return RunBulkApi(self.client, self.poll, **_given(request_value=self.request_value))

    @cached_property
    def run_events(self) -> "RunEventApi":
        """The API for event logs of runs."""
        from dagster_ops_cli.api.run_events import RunEventApi

        return RunEventApi(self.client, self.poll)

    @cached_property
    def run_explanations(self) -> "RunExplanationApi":
        """The API that explains why a run failed or does not start."""
        from dagster_ops_cli.api.run.why import RunExplanationApi

        return RunExplanationApi(self.client)

    @cached_property
    def captured_logs(self) -> "CapturedLogApi":
        """The API for what the steps of a run wrote to stdout and stderr."""
        from dagster_ops_cli.api.logs import CapturedLogApi

        return CapturedLogApi(self.client, self.poll)

    @cached_property
    def backfills(self) -> "BackfillApi":
        """The API for backfills."""
        from dagster_ops_cli.api.backfill import BackfillApi

        return BackfillApi(
            self.client,
            self.poll,
            answer_timeout=self.settings.timeout,
            **_given(launch_value=self.launch_value, spread=self.spread),
        )

    @cached_property
    def automation(self) -> "AutomationApi":
        """The API for schedules and sensors."""
        from dagster_ops_cli.api.automation import AutomationApi

        return AutomationApi(self.client, self.poll)

    @cached_property
    def jobs(self) -> "JobApi":
        """The API for jobs."""
        from dagster_ops_cli.api.job import JobApi

        return JobApi(self.client)

    @cached_property
    def partitions(self) -> "PartitionApi":
        """The API for partitions of jobs and assets."""
        from dagster_ops_cli.api.partition import PartitionApi

        return PartitionApi(self.client)

    @cached_property
    def dimensions(self) -> "DimensionApi":
        """The API for the keys of one partition dimension."""
        from dagster_ops_cli.api.partition import DimensionApi

        return DimensionApi(self.client)

    @cached_property
    def code_locations(self) -> "CodeLocationApi":
        """The API for code locations."""
        from dagster_ops_cli.api.code_location import CodeLocationApi

        return CodeLocationApi(self.client, self.poll)

    @cached_property
    def assets(self) -> "AssetApi":
        """The API for assets."""
        from dagster_ops_cli.api.asset import AssetApi

        return AssetApi(self.client, self.poll)

    @cached_property
    def asset_checks(self) -> "AssetCheckApi":
        """The API for asset checks."""
        from dagster_ops_cli.api.asset_check import AssetCheckApi

        return AssetCheckApi(self.client, self.poll)

    @cached_property
    def daemons(self) -> "DaemonApi":
        """The API for daemons."""
        from dagster_ops_cli.api.daemon import DaemonApi

        return DaemonApi(self.client)

    @cached_property
    def dynamic_partitions(self) -> "DynamicPartitionApi":
        """The API for dynamic partitions."""
        from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi

        return DynamicPartitionApi(self.client, self.poll)

    @cached_property
    def pools(self) -> "PoolApi":
        """The API for concurrency pools."""
        from dagster_ops_cli.api.pool import PoolApi

        return PoolApi(self.client, self.poll)

    @cached_property
    def queue(self) -> "QueueApi":
        """The API for the run queue."""
        from dagster_ops_cli.api.queue import QueueApi

        return QueueApi(self.client)

    @cached_property
    def command_reports(self) -> "CommandReportApi":
        """The API for the reports that a command writes."""
        from dagster_ops_cli.api.command_report import CommandReportApi

        return CommandReportApi(self.client)

    @cached_property
    def reports(self) -> "ReportApi":
        """The API for reports of what happened outside of a run."""
        from dagster_ops_cli.api.report import ReportApi

        return ReportApi(cast("RestClient", self.client), self.poll)

    @cached_property
    def doctor(self) -> "DoctorApi":
        """The API that checks the connection, the server and permissions."""
        from dagster_ops_cli.api.doctor import DoctorApi

        return DoctorApi(cast("HttpClient", self.client), self.settings)

    @cached_property
    def metrics(self) -> "MetricsApi":
        """The API for what monitoring wants to know."""
        from dagster_ops_cli.api.metrics import MetricsApi

        return MetricsApi(self.client, self.settings.mask)

    @cached_property
    def top(self) -> "TopApi":
        """The API for what goes on."""
        from dagster_ops_cli.api.top import TopApi

        return TopApi(self.client, self.poll)

    @cached_property
    def graphql(self) -> "GraphQLApi":
        """The API for arbitrary GraphQL operations."""
        from dagster_ops_cli.api.graphql import GraphQLApi

        return GraphQLApi(self.client)


@dataclass(frozen=True, eq=False, repr=False)
class Dagster(Apis):
    """One Dagster and its APIs; ``connect`` returns it. As a context manager, it closes its HTTP session at the end.

    It sends one request at a time.
    """

    settings: "Settings"
    client: "HttpClient"
    poll: "Poll"

    @property
    def url(self) -> str:
        """The address of Dagster's UI, without a trailing slash."""
        return self.client.url

    def close(self) -> None:
        """Close the HTTP session. The next call would open a new one."""
        self.client.close()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def connect(
    url: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
    organization: str | None = None,
    deployment: str | None = None,
    profile: str | None = None,
    timeout: float | None = None,
) -> Dagster:
    """Return the APIs of the Dagster at ``url``. Nothing is asked yet.

    Without an address, the settings of the command line count: environment variables and the selected profile, else
    ``http://localhost:3000``. ``token`` is for Dagster+, ``headers`` are sent with every request, ``profile`` is the
    name of a profile of the command line, ``timeout`` limits each operation, retries included, in seconds.
    Raises InvalidRequestError for settings that can't be right, UnauthorizedError for a Dagster+ without a token.
    Warnings about the settings are Python warnings.
    """
    import warnings

    from dagster_ops_cli.api.waiting.poll import Poll
    from dagster_ops_cli.errors import InvalidRequestError
    from dagster_ops_cli.http.client import HttpClient
    from dagster_ops_cli.settings import load_settings
    from dagster_ops_cli.settings.load import config_path

    if timeout is not None and not 0 < timeout < float("inf"):
        raise InvalidRequestError(f"timeout must be more than 0 seconds, and finite: {timeout}")
    settings = load_settings(
        os.environ,
        url,
        [f"{name}: {value}" for name, value in (headers or {}).items()],
        timeout,
        config_path(os.environ),
        api_token=token,
        organization=organization,
        deployment=deployment,
        profile=profile,
    )
    for warning in settings.warnings:
        warnings.warn(warning, stacklevel=2)
    return Dagster(settings, HttpClient(settings), Poll())
