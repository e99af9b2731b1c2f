"""The command line for people who operate Dagster from a terminal, from scripts and from CI/CD.

Other Python programs use the same APIs, models and errors::

    import dagster_ops_cli as ops

    with ops.connect("http://localhost:3000") as dagster:
        run = dagster.runs.get(run_id)
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from dagster_ops_cli.api.asset import AssetApi as AssetApi
    from dagster_ops_cli.api.asset_check import AssetCheckApi as AssetCheckApi
    from dagster_ops_cli.api.automation import AutomationApi as AutomationApi
    from dagster_ops_cli.api.backfill import BackfillApi as BackfillApi
    from dagster_ops_cli.api.backfill import Following as Following
    from dagster_ops_cli.api.backfill.attempts import Attempt as Attempt
    from dagster_ops_cli.api.backfill.retry import Retry as Retry
    from dagster_ops_cli.api.code_location import CodeLocationApi as CodeLocationApi
    from dagster_ops_cli.api.command_report import CommandReportApi as CommandReportApi
    from dagster_ops_cli.api.daemon import DaemonApi as DaemonApi
    from dagster_ops_cli.api.dagster import Dagster as Dagster
    from dagster_ops_cli.api.dagster import connect as connect
    from dagster_ops_cli.api.doctor import DoctorApi as DoctorApi
    from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi as DynamicPartitionApi
    from dagster_ops_cli.api.graphql import GraphQLApi as GraphQLApi
    from dagster_ops_cli.api.job import JobApi as JobApi
    from dagster_ops_cli.api.logs import CapturedLogApi as CapturedLogApi
    from dagster_ops_cli.api.metrics import MetricsApi as MetricsApi
    from dagster_ops_cli.api.partition import DimensionApi as DimensionApi
    from dagster_ops_cli.api.partition import PartitionApi as PartitionApi
    from dagster_ops_cli.api.pool import PoolApi as PoolApi
    from dagster_ops_cli.api.queue import QueueApi as QueueApi
    from dagster_ops_cli.api.report import ReportApi as ReportApi
    from dagster_ops_cli.api.run import RunApi as RunApi
    from dagster_ops_cli.api.run.bulk import RunBulkApi as RunBulkApi
    from dagster_ops_cli.api.run.why import RunExplanationApi as RunExplanationApi
    from dagster_ops_cli.api.run_events import RunEventApi as RunEventApi
    from dagster_ops_cli.api.top import TopApi as TopApi
    from dagster_ops_cli.errors import BadResponseError as BadResponseError
    from dagster_ops_cli.errors import ConflictError as ConflictError
    from dagster_ops_cli.errors import DagsterError as DagsterError
    from dagster_ops_cli.errors import ForbiddenError as ForbiddenError
    from dagster_ops_cli.errors import InterruptedByUserError as InterruptedByUserError
    from dagster_ops_cli.errors import InvalidContentError as InvalidContentError
    from dagster_ops_cli.errors import InvalidRequestError as InvalidRequestError
    from dagster_ops_cli.errors import NoAnswerError as NoAnswerError
    from dagster_ops_cli.errors import NotFoundError as NotFoundError
    from dagster_ops_cli.errors import OpsError as OpsError
    from dagster_ops_cli.errors import OutputError as OutputError
    from dagster_ops_cli.errors import ServerFaultError as ServerFaultError
    from dagster_ops_cli.errors import UnauthorizedError as UnauthorizedError
    from dagster_ops_cli.errors import UnreachableError as UnreachableError
    from dagster_ops_cli.errors import UnsupportedError as UnsupportedError
    from dagster_ops_cli.errors import WaitTimeoutError as WaitTimeoutError
    from dagster_ops_cli.schemas.asset.definition import AssetFilter as AssetFilter
    from dagster_ops_cli.schemas.asset.definition import AssetPage as AssetPage
    from dagster_ops_cli.schemas.asset.definition import AssetRow as AssetRow
    from dagster_ops_cli.schemas.asset.detail import AssetDetail as AssetDetail
    from dagster_ops_cli.schemas.asset.detail import AssetEvent as AssetEvent
    from dagster_ops_cli.schemas.asset.health import AssetHealth as AssetHealth
    from dagster_ops_cli.schemas.asset.materialization import MaterializationPlan as MaterializationPlan
    from dagster_ops_cli.schemas.asset.report import AssetReport as AssetReport
    from dagster_ops_cli.schemas.asset.report import CheckReport as CheckReport
    from dagster_ops_cli.schemas.asset.report import PartitionChoice as PartitionChoice
    from dagster_ops_cli.schemas.asset.wipe import AssetHistory as AssetHistory
    from dagster_ops_cli.schemas.asset.wipe import WipeResult as WipeResult
    from dagster_ops_cli.schemas.asset_check import AssetCheck as AssetCheck
    from dagster_ops_cli.schemas.asset_check import AssetCheckPage as AssetCheckPage
    from dagster_ops_cli.schemas.asset_check import CheckHistory as CheckHistory
    from dagster_ops_cli.schemas.asset_check import FailedCheck as FailedCheck
    from dagster_ops_cli.schemas.asset_check import RunCheck as RunCheck
    from dagster_ops_cli.schemas.automation import Automation as Automation
    from dagster_ops_cli.schemas.automation import AutomationDetail as AutomationDetail
    from dagster_ops_cli.schemas.automation import AutomationFilter as AutomationFilter
    from dagster_ops_cli.schemas.automation import AutomationId as AutomationId
    from dagster_ops_cli.schemas.automation import AutomationPage as AutomationPage
    from dagster_ops_cli.schemas.automation import AutomationResult as AutomationResult
    from dagster_ops_cli.schemas.automation import CursorChange as CursorChange
    from dagster_ops_cli.schemas.automation import Preview as Preview
    from dagster_ops_cli.schemas.automation import Tick as Tick
    from dagster_ops_cli.schemas.backfill import Backfill as Backfill
    from dagster_ops_cli.schemas.backfill import BackfillFilter as BackfillFilter
    from dagster_ops_cli.schemas.backfill import BackfillPlan as BackfillPlan
    from dagster_ops_cli.schemas.backfill.config import BackfillConfig as BackfillConfig
    from dagster_ops_cli.schemas.code_location import CodeLocationDetail as CodeLocationDetail
    from dagster_ops_cli.schemas.code_location import CodeLocationRow as CodeLocationRow
    from dagster_ops_cli.schemas.code_location import ReloadResult as ReloadResult
    from dagster_ops_cli.schemas.command_report import Report as Report
    from dagster_ops_cli.schemas.daemon import Daemon as Daemon
    from dagster_ops_cli.schemas.doctor import Diagnosis as Diagnosis
    from dagster_ops_cli.schemas.dynamic_partition import DynamicDefinition as DynamicDefinition
    from dagster_ops_cli.schemas.dynamic_partition import DynamicPartition as DynamicPartition
    from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult as DynamicPartitionResult
    from dagster_ops_cli.schemas.graphql import GraphQLAnswer as GraphQLAnswer
    from dagster_ops_cli.schemas.job import CodeLocation as CodeLocation
    from dagster_ops_cli.schemas.job import JobDetail as JobDetail
    from dagster_ops_cli.schemas.job import JobPage as JobPage
    from dagster_ops_cli.schemas.job import JobRow as JobRow
    from dagster_ops_cli.schemas.logs.output import CapturedLogs as CapturedLogs
    from dagster_ops_cli.schemas.logs.output import LogOutput as LogOutput
    from dagster_ops_cli.schemas.metrics import Metrics as Metrics
    from dagster_ops_cli.schemas.model import Model as Model
    from dagster_ops_cli.schemas.page import Page as Page
    from dagster_ops_cli.schemas.partition import DimensionKey as DimensionKey
    from dagster_ops_cli.schemas.partition import PartitionState as PartitionState
    from dagster_ops_cli.schemas.partition import PartitionTarget as PartitionTarget
    from dagster_ops_cli.schemas.pool import PoolChange as PoolChange
    from dagster_ops_cli.schemas.pool import PoolDetail as PoolDetail
    from dagster_ops_cli.schemas.pool import PoolState as PoolState
    from dagster_ops_cli.schemas.pool import Slot as Slot
    from dagster_ops_cli.schemas.pool import SlotResult as SlotResult
    from dagster_ops_cli.schemas.run import Run as Run
    from dagster_ops_cli.schemas.run import RunRow as RunRow
    from dagster_ops_cli.schemas.run.file_run import FileRun as FileRun
    from dagster_ops_cli.schemas.run.filter import RunFilter as RunFilter
    from dagster_ops_cli.schemas.run.queue import Queue as Queue
    from dagster_ops_cli.schemas.run.result import RunResult as RunResult
    from dagster_ops_cli.schemas.run.result import RunSelection as RunSelection
    from dagster_ops_cli.schemas.run.result import WatchedRun as WatchedRun
    from dagster_ops_cli.schemas.run.stats import RunStatistics as RunStatistics
    from dagster_ops_cli.schemas.run.target import RunTarget as RunTarget
    from dagster_ops_cli.schemas.run.timeline import JobsTimeline as JobsTimeline
    from dagster_ops_cli.schemas.run.timeline import RunTimeline as RunTimeline
    from dagster_ops_cli.schemas.run.why import RunExplanation as RunExplanation
    from dagster_ops_cli.schemas.run_events import RunEvent as RunEvent
    from dagster_ops_cli.schemas.run_events import RunEventFilter as RunEventFilter
    from dagster_ops_cli.schemas.run_events import RunEventPage as RunEventPage
    from dagster_ops_cli.schemas.top import Top as Top

# The modules below this package and the names that they export; a module is imported when a name of it is first used.
_EXPORTS = {
    "api.asset": "AssetApi",
    "api.asset_check": "AssetCheckApi",
    "api.automation": "AutomationApi",
    "api.backfill": "BackfillApi Following",
    "api.backfill.attempts": "Attempt",
    "api.backfill.retry": "Retry",
    "api.code_location": "CodeLocationApi",
    "api.command_report": "CommandReportApi",
    "api.daemon": "DaemonApi",
    "api.dagster": "Dagster connect",
    "api.doctor": "DoctorApi",
    "api.dynamic_partition": "DynamicPartitionApi",
    "api.graphql": "GraphQLApi",
    "api.job": "JobApi",
    "api.logs": "CapturedLogApi",
    "api.metrics": "MetricsApi",
    "api.partition": "DimensionApi PartitionApi",
    "api.pool": "PoolApi",
    "api.queue": "QueueApi",
    "api.report": "ReportApi",
    "api.run": "RunApi",
    "api.run.bulk": "RunBulkApi",
    "api.run.why": "RunExplanationApi",
    "api.run_events": "RunEventApi",
    "api.top": "TopApi",
    "errors": (
        "BadResponseError ConflictError DagsterError ForbiddenError InterruptedByUserError InvalidContentError "
        "InvalidRequestError NoAnswerError NotFoundError OpsError OutputError ServerFaultError UnauthorizedError "
        "UnreachableError UnsupportedError WaitTimeoutError"
    ),
    "schemas.asset.definition": "AssetFilter AssetPage AssetRow",
    "schemas.asset.detail": "AssetDetail AssetEvent",
    "schemas.asset.health": "AssetHealth",
    "schemas.asset.materialization": "MaterializationPlan",
    "schemas.asset.report": "AssetReport CheckReport PartitionChoice",
    "schemas.asset.wipe": "AssetHistory WipeResult",
    "schemas.asset_check": "AssetCheck AssetCheckPage CheckHistory FailedCheck RunCheck",
    "schemas.automation": (
        "Automation AutomationDetail AutomationFilter AutomationId AutomationPage AutomationResult CursorChange "
        "Preview Tick"
    ),
    "schemas.backfill": "Backfill BackfillFilter BackfillPlan",
    "schemas.backfill.config": "BackfillConfig",
    "schemas.code_location": "CodeLocationDetail CodeLocationRow ReloadResult",
    "schemas.command_report": "Report",
    "schemas.daemon": "Daemon",
    "schemas.doctor": "Diagnosis",
    "schemas.dynamic_partition": "DynamicDefinition DynamicPartition DynamicPartitionResult",
    "schemas.graphql": "GraphQLAnswer",
    "schemas.job": "CodeLocation JobDetail JobPage JobRow",
    "schemas.logs.output": "CapturedLogs LogOutput",
    "schemas.metrics": "Metrics",
    "schemas.model": "Model",
    "schemas.page": "Page",
    "schemas.partition": "DimensionKey PartitionState PartitionTarget",
    "schemas.pool": "PoolChange PoolDetail PoolState Slot SlotResult",
    "schemas.run": "Run RunRow",
    "schemas.run.file_run": "FileRun",
    "schemas.run.filter": "RunFilter",
    "schemas.run.queue": "Queue",
    "schemas.run.result": "RunResult RunSelection WatchedRun",
    "schemas.run.stats": "RunStatistics",
    "schemas.run.target": "RunTarget",
    "schemas.run.timeline": "JobsTimeline RunTimeline",
    "schemas.run.why": "RunExplanation",
    "schemas.run_events": "RunEvent RunEventFilter RunEventPage",
    "schemas.top": "Top",
}
__all__ = ["__version__", *(name for names in _EXPORTS.values() for name in names.split())]  # noqa: PLE0604 - all are texts


if not TYPE_CHECKING:
    # Type checkers would take every name for an export.

    def __getattr__(name: str) -> object:
        """Import an exported name when it is first used."""
        from importlib import import_module

        for module, names in _EXPORTS.items():
            if name in names.split():
                found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
