"""The API for reports from outside of a run: events of assets, and results of checks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_ops_cli.adapters.asset.events import list_latest_asset_events
from dagster_ops_cli.adapters.asset_check import list_check_executions, list_partition_check_executions
from dagster_ops_cli.adapters.doctor import list_permissions
from dagster_ops_cli.adapters.report import report_asset_check, report_asset_event
from dagster_ops_cli.adapters.union import READ_ONLY
from dagster_ops_cli.api.asset.find import find_asset
from dagster_ops_cli.api.asset_check import find_check
from dagster_ops_cli.api.partition.words import choose_keys
from dagster_ops_cli.api.waiting.lost_answer import look_for_change, make_change, may_be_made
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, InvalidRequestError, OpsError, ServerFaultError
from dagster_ops_cli.http.client import RestClient
from dagster_ops_cli.schemas.asset.report import FAILED, REPORTED, AssetReport, CheckReport, PartitionChoice

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset.detail import AssetEvent
    from dagster_ops_cli.schemas.asset_check import CheckExecution

# How many events are reported before they are read back.
_AT_ONCE = 50
# How many of the newest events or executions are looked through for one that was reported: others may report as well.
_LOOKED_THROUGH = 4 * _AT_ONCE
_PERMISSION = "report_runless_asset_events"


@dataclass(frozen=True)
class ReportApi:
    """Reports events of assets and results of checks from outside of a run to one Dagster."""

    client: RestClient
    poll: Poll = field(default_factory=Poll)

    def plan(
        self,
        asset_key: str,
        type_: str,
        partitions: PartitionChoice,
        metadata: Mapping[str, Any],
        description: str | None = None,
        repository_name: str | None = None,
        location_name: str | None = None,
    ) -> Sequence[AssetReport]:
        """Return what ``report`` takes: an event for each partition, in Dagster's order. Changes nothing.

        ``type_`` is ``materialization`` or ``observation``. Raises NotFoundError for an asset or partition that does
        not exist, InvalidRequestError for a choice that is not possible, and for a partitioned asset without one.
        """
        asset = find_asset(self.client, asset_key, repository_name, location_name)
        keys: Sequence[str | None] = [None]
        if not partitions.is_empty:
            keys = choose_keys(partitions, asset.partitioning, f"asset {asset.key!r}")
        elif asset.is_partitioned and not partitions.nothing:
            raise InvalidRequestError(
                f"asset {asset.key!r} is partitioned; choose partitions with --partition or --all-partitions",
                hint="To report it without a partition, pass --no-partition.",
            )
        if not keys:
            raise InvalidRequestError(f"asset {asset.key!r} has no partitions yet")
        return [
            AssetReport(
                asset_key=asset.key, type=type_, partition=key, description=description, metadata=dict(metadata)
            )
            for key in keys
        ]

    def report(self, planned: Sequence[AssetReport]) -> Iterator[Sequence[AssetReport]]:
        """Report events of one asset, and yield their results, batch by batch.

        Every event that is ``reported`` was read back. After the first one that fails, no other is sent. Raises
        ForbiddenError before anything is sent, and the error of the first event if nothing was reported.
        """
        self._require_permission()
        failure: OpsError | None = None
        for number, batch in enumerate(in_batches(planned, _AT_ONCE)):
            results, failure = self._report(batch, failure)
            if failure and not number and not any(each.done for each in results):
                raise failure
            yield results

    def _report(
        self, batch: Sequence[AssetReport], failure: OpsError | None
    ) -> tuple[Sequence[AssetReport], OpsError | None]:
        """Report some events, unless there was a ``failure`` before; return their results, and the failure."""
        if failure:
            return [_failed(each, f"not sent: {failure.message}", failure.code) for each in batch], failure
        known = {_identity(event) for event in self._events(batch)}

        def found() -> "dict[str | None, AssetEvent]":
            new = [event for event in self._events(batch) if _identity(event) not in known]
            return {event.partition: event for event in new if _is_report(event, batch[0])}

        sent = 0
        for each in batch:
            try:
                report_asset_event(
                    self.client, each.type, each.asset_key, each.partition, each.metadata, each.description
                )
            except OpsError as error:
                if not self._is_made(error, each, found):
                    failure = error
                    break
            sent += 1
        events = self.poll.ask(found) if sent else {}
        results = []
        for number, each in enumerate(batch):
            if event := events.get(each.partition):
                update = {"result": REPORTED, "time": event.time, "metadata": event.metadata}
                results.append(each.model_copy(update=update))
            elif number < sent or failure is None:
                results.append(_failed(each, "Dagster accepted it, but it can't be read back", "INTERNAL_ERROR"))
            else:
                message = failure.message if number == sent else f"not sent: {failure.message}"
                results.append(_failed(each, message, failure.code))
        return results, failure

    def _is_made(
        self, error: OpsError, report: AssetReport, found: "Callable[[], Mapping[str | None, AssetEvent]]"
    ) -> bool:
        """Whether an event was stored although Dagster's answer was lost; the error tells how to look for it."""
        if not may_be_made(error):
            return False
        error.hint = None
        error.commands = {"To look for it": ["ops", "asset", "events", report.asset_key]}
        try:
            return look_for_change(self.poll, error, lambda: report.partition in found())
        except OpsError:
            return False

    def _events(self, batch: Sequence[AssetReport]) -> "Sequence[AssetEvent]":
        keys = [each.partition for each in batch if each.partition is not None]
        found = list_latest_asset_events(self.client, batch[0].asset_key, _LOOKED_THROUGH, keys)
        return [event for event in found if event.type == batch[0].type]

    def plan_check(
        self,
        asset_key: str,
        check_name: str,
        passed: bool,
        severity: str = "ERROR",
        metadata: Mapping[str, Any] | None = None,
        partition: Sequence[str] = (),
    ) -> CheckReport:
        """Return what ``report_check`` takes. Changes nothing.

        ``severity`` is ERROR or WARN; ``partition`` is a key, or ``dimension=key`` for each dimension. Raises
        NotFoundError for an asset, check or partition that does not exist.
        """
        check = find_check(self.client, asset_key, check_name)
        keys: Sequence[str] = []
        if partition:
            asset = find_asset(self.client, asset_key, check.repository_name, check.location_name)
            keys = choose_keys(PartitionChoice(keys=list(partition)), asset.partitioning, f"asset {asset.key!r}")
            if len(keys) > 1:
                raise InvalidRequestError("the result of a check is of one partition")
        return CheckReport(
            asset_key=check.asset_key,
            name=check.name,
            partition=keys[0] if keys else None,
            passed=passed,
            severity=severity,
            metadata=dict(metadata or {}),
        )

    def report_check(self, planned: CheckReport) -> CheckReport:
        """Report the result of a check, and return it as Dagster has stored it.

        Raises ForbiddenError, UnsupportedError for a partition before Dagster 1.12, and ServerFaultError if the result
        can't be read back.
        """
        self._require_permission()
        known = {each.id for each in self._executions(planned)}

        def look() -> "CheckExecution | None":
            new = (each for each in self._executions(planned) if each.id not in known)
            return next((each for each in new if _is_result(each, planned)), None)

        make_change(
            self.poll,
            lambda: report_asset_check(
                self.client,
                planned.asset_key,
                planned.name,
                planned.passed,
                planned.severity,
                planned.partition,
                planned.metadata,
            ),
            look,
            "The result was not found",
            {"To look for it": ["ops", "asset-check", "get", planned.asset_key, planned.name]},
        )
        stored = self.poll.ask(look)
        if stored is None:
            raise ServerFaultError("Dagster accepted the result, but it can't be read back", code="INTERNAL_ERROR")
        return planned.model_copy(update={"id": stored.id, "time": stored.time, "metadata": stored.metadata})

    def _executions(self, planned: CheckReport) -> "Sequence[CheckExecution]":
        check = (self.client, planned.asset_key, planned.name)
        if planned.partition is None:
            return list_check_executions(*check, _LOOKED_THROUGH)
        return list_partition_check_executions(*check, planned.partition, _LOOKED_THROUGH)

    def _require_permission(self) -> None:
        """Raise ForbiddenError without the permission: REST endpoints of older read-only servers do not ask for it."""
        for each in list_permissions(self.client):
            if each.name == _PERMISSION and not each.allowed:
                reason = f" ({each.reason})" if each.reason else ""
                raise ForbiddenError(f"Not allowed to report events{reason}: {READ_ONLY}")


def _identity(event: "AssetEvent") -> tuple[object, ...]:
    return event.time, event.run_id, event.partition


def _is_report(event: "AssetEvent", report: AssetReport) -> bool:
    return (event.run_id, event.description, event.metadata) == (None, report.description, report.metadata)


def _is_result(execution: "CheckExecution", report: CheckReport) -> bool:
    return (execution.run_id, execution.status, execution.severity, execution.metadata) == (
        None,
        "SUCCEEDED" if report.passed else "FAILED",
        report.severity,
        report.metadata,
    )


def _failed(report: AssetReport, error: str, code: str) -> AssetReport:
    return report.model_copy(update={"result": FAILED, "error": error, "code": code})
