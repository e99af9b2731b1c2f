"""Reports whose answers are lost, refused or not true; and deleting histories likewise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dagster_ops_cli.api.asset import AssetApi
from dagster_ops_cli.api.report import ReportApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    OpsError,
    ServerFaultError,
    UnreachableError,
    UnsupportedError,
)
from dagster_ops_cli.schemas.asset.report import AssetReport, CheckReport
from dagster_ops_cli.schemas.asset.wipe import AssetHistory
from dagster_ops_cli_tests.replay import operation_name


def lost(arrives: bool) -> tuple[OpsError, bool]:
    error = NoAnswerError("no answer")
    error.in_doubt = True
    return error, arrives


@dataclass
class Dagster:
    """Stores the events that arrive. ``faults`` are by the number of the report: an error, and whether it arrived."""

    faults: Mapping[int, tuple[OpsError | None, bool]] = field(default_factory=dict)
    allowed: bool = True
    events: list[dict[str, Any]] = field(default_factory=list)
    executions: list[dict[str, Any]] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    wipe: Callable[["Dagster"], Mapping[str, Any]] = lambda dagster: {"__typename": "AssetWipeSuccess"}
    url: str = "http://here"

    def post(self, path: str, body: Mapping[str, Any]) -> None:
        self.posts.append(path)
        self.bodies.append(body)
        error, arrives = self.faults.get(len(self.posts), (None, True))
        if arrives:
            self._store(path, body)
        if error:
            raise error

    def _store(self, path: str, body: Mapping[str, Any]) -> None:
        entries = [
            {"__typename": "IntMetadataEntry", "label": name, "intRepr": str(value)}
            for name, value in body["metadata"].items()
        ]
        if path.startswith("/report_asset_check/"):
            status = "SUCCEEDED" if body["passed"] else "FAILED"
            evaluation = {"timestamp": 1.7e9, "severity": body["severity"], "metadataEntries": entries}
            found = {"id": str(len(self.posts)), "runId": "", "status": status, "timestamp": 1.7e9}
            self.executions.insert(0, {**found, "evaluation": evaluation})
            return
        kind = "MaterializationEvent" if "materialization" in path else "ObservationEvent"
        self.events.insert(0, event(kind, len(self.posts), body.get("partition"), body.get("description"), entries))

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        given = dict(variables or {})
        wanted = given.get("partitions")
        events = [each for each in self.events if not wanted or each["partition"] in wanted]
        kinds = ("MaterializationEvent", "ObservationEvent")
        stored = [[each for each in events if each["__typename"] == kind] for kind in kinds]
        histories = dict(zip(("assetMaterializations", "assetObservations"), stored, strict=True))
        permission = {"permission": "report_runless_asset_events", "value": self.allowed, "disabledReason": "by Ann"}
        if operation_name(query) == "OpsWipeAssets":
            return {"wipeAssets": self.wipe(self)}
        answers: dict[str, dict[str, Any]] = {
            "OpsListPermissions": {"permissions": [permission]},
            "OpsListLatestAssetEvents": {"assetOrError": {"__typename": "Asset", **histories}},
            "OpsGetAssetHistory": {"assetOrError": {"__typename": "Asset", "definition": {"id": "1"}, **histories}},
            "OpsListCheckExecutions": {"assetCheckExecutions": self.executions},
        }
        return answers[operation_name(query)]


def event(
    kind: str, number: int, partition: str | None, description: str | None, entries: Sequence[Any]
) -> dict[str, Any]:
    return {
        "__typename": kind,
        "timestamp": str(1_700_000_000_000 + number),
        "runId": "",
        "stepKey": None,
        "partition": partition,
        "description": description,
        "tags": [],
        "metadataEntries": entries,
    }


def planned(count: int = 1, **metadata: int) -> list[AssetReport]:
    keys = [None] if count == 1 else [f"p{number}" for number in range(count)]
    return [
        AssetReport(asset_key="a/b", type="materialization", partition=key, description=None, metadata=metadata)
        for key in keys
    ]


def report(dagster: Dagster, plan: Sequence[AssetReport]) -> list[tuple[str, str | None]]:
    batches = ReportApi(dagster, Poll(sleep=lambda seconds: None)).report(plan)
    return [(each.result, each.code) for batch in batches for each in batch]


REPORTED = ("reported", None)


def test_a_slash_inside_a_part_of_a_key_stays_in_it() -> None:
    dagster = Dagster()
    (plan,) = planned()
    assert report(dagster, [plan.model_copy(update={"asset_key": r"s3:\/\/files/in"})]) == [REPORTED]
    assert dagster.posts == ["/report_asset_materialization/"]
    assert dagster.bodies == [{"metadata": {}, "asset_key": ["s3://files", "in"]}]


def test_every_partition_is_sent_once_and_read_back() -> None:
    dagster = Dagster()
    assert report(dagster, planned(120, rows=3)) == [REPORTED] * 120
    assert dagster.posts == ["/report_asset_materialization/a/b"] * 120


def test_without_permission_nothing_is_sent() -> None:
    dagster = Dagster(allowed=False)
    with pytest.raises(ForbiddenError, match="by Ann"):
        report(dagster, planned())
    with pytest.raises(ForbiddenError, match="by Ann"):
        ReportApi(dagster).report_check(CHECK)
    assert dagster.posts == []


def test_an_acceptance_that_is_not_true_is_a_failure() -> None:
    dagster = Dagster({2: (None, False)})
    assert report(dagster, planned(3)) == [REPORTED, ("failed", "INTERNAL_ERROR"), REPORTED]


def test_a_lost_answer_is_looked_for_and_the_rest_follows() -> None:
    assert report(Dagster({2: lost(arrives=True)}), planned(3)) == [REPORTED] * 3


def test_after_one_that_did_not_arrive_no_other_is_sent() -> None:
    dagster = Dagster({2: lost(arrives=False)})
    assert report(dagster, planned(60)) == [REPORTED, *[("failed", "TIMEOUT")] * 59]
    assert len(dagster.posts) == 2


def test_if_the_first_did_not_arrive_its_error_says_how_to_look() -> None:
    with pytest.raises(NoAnswerError) as raised:
        report(Dagster({1: lost(arrives=False)}), planned(3))
    assert raised.value.hint == "To look for it: ops asset events a/b"


def test_a_refusal_of_the_first_is_its_error() -> None:
    dagster = Dagster({1: (InvalidRequestError("bad metadata"), False)})
    with pytest.raises(InvalidRequestError, match="bad metadata"):
        report(dagster, planned(3))
    assert len(dagster.posts) == 1


def test_a_connection_that_breaks_between_two_reports_ends_them() -> None:
    dagster = Dagster({3: (UnreachableError("connection refused"), False)})
    assert report(dagster, planned(4)) == [REPORTED, REPORTED, ("failed", "UNREACHABLE"), ("failed", "UNREACHABLE")]


def test_an_older_event_with_the_same_content_is_not_taken_for_the_report() -> None:
    dagster = Dagster({1: (None, False)}, events=[event("MaterializationEvent", 0, None, None, [])])
    assert report(dagster, planned()) == [("failed", "INTERNAL_ERROR")]


def test_what_somebody_else_reports_meanwhile_is_not_taken_for_it() -> None:
    dagster = Dagster({1: (None, False)})
    plan = [each.model_copy(update={"metadata": {"rows": 2}}) for each in planned()]
    dagster.events = []
    store = dagster.post

    def other(path: str, body: Mapping[str, Any]) -> None:
        store(path, body)
        dagster.events.insert(0, event("MaterializationEvent", 9, None, None, []))

    dagster.post = other  # type: ignore[method-assign]
    assert report(dagster, plan) == [("failed", "INTERNAL_ERROR")]


CHECK = CheckReport(asset_key="a/b", name="c", partition=None, passed=False, severity="WARN", metadata={"rows": 1})


def check(dagster: Dagster) -> CheckReport:
    return ReportApi(dagster, Poll(sleep=lambda seconds: None)).report_check(CHECK)


def test_a_result_is_read_back() -> None:
    assert check(Dagster()).id == "1"
    assert check(Dagster({1: lost(arrives=True)})).id == "1"


def test_a_result_that_did_not_arrive() -> None:
    with pytest.raises(NoAnswerError) as raised:
        check(Dagster({1: lost(arrives=False)}))
    assert raised.value.message == "no answer. The result was not found"
    assert raised.value.hint == "To look for it: ops asset-check get a/b c"
    with pytest.raises(ServerFaultError, match="can't be read back") as untrue:
        check(Dagster({1: (None, False)}))
    assert untrue.value.code == "INTERNAL_ERROR"


def test_an_older_result_is_not_taken_for_the_new_one() -> None:
    dagster = Dagster()
    check(dagster)
    dagster.faults = {2: (None, False)}
    with pytest.raises(ServerFaultError):
        check(dagster)


def wipe(dagster: Dagster) -> list[tuple[str, int, str | None]]:
    api = AssetApi(dagster, Poll(sleep=lambda seconds: None))
    return [(each.result, each.materializations, each.code) for each in api.wipe(api.plan_wipe(["a/b"]))]


EVENTS = [event("MaterializationEvent", number, None, None, []) for number in (3, 2, 1)]


def emptied(answer: Mapping[str, Any] | OpsError, left: Sequence[Any] = ()) -> Callable[[Dagster], Mapping[str, Any]]:
    def act(dagster: Dagster) -> Mapping[str, Any]:
        dagster.events = list(left)
        if isinstance(answer, OpsError):
            raise answer
        return answer

    return act


SUCCESS = {"__typename": "AssetWipeSuccess"}


def test_a_history_is_gone_or_it_is_a_failure() -> None:
    assert wipe(Dagster(events=EVENTS, wipe=emptied(SUCCESS))) == [("wiped", 3, None)]
    assert wipe(Dagster(events=EVENTS, wipe=emptied(SUCCESS, EVENTS[1:]))) == [("failed", 3, "INTERNAL_ERROR")]


def test_what_is_materialized_meanwhile_stays() -> None:
    newer = event("MaterializationEvent", 4, None, None, [])
    assert wipe(Dagster(events=EVENTS, wipe=emptied(SUCCESS, [newer]))) == [("wiped", 3, None)]


def test_a_wipe_whose_answer_is_lost_is_looked_for() -> None:
    assert wipe(Dagster(events=EVENTS, wipe=emptied(lost(arrives=True)[0]))) == [("wiped", 3, None)]
    with pytest.raises(NoAnswerError) as raised:
        wipe(Dagster(events=EVENTS, wipe=emptied(lost(arrives=False)[0], EVENTS)))
    assert raised.value.message == "no answer. Some of the history is still there"


def test_a_refused_partition_is_told_plainly() -> None:
    refusal = {"__typename": "UnsupportedOperationError", "message": "Partitioned asset wipe is not supported yet."}
    dagster = Dagster(events=EVENTS, wipe=emptied(refusal, EVENTS))
    plan = [AssetHistory(asset_key="a/b", partitions=["x"], materializations=[], observations=[])]
    with pytest.raises(UnsupportedError, match="can't wipe single partitions; only Dagster"):
        AssetApi(dagster).wipe(plan)


def test_a_conflict_is_no_success() -> None:
    with pytest.raises(ConflictError):
        wipe(Dagster(events=EVENTS, wipe=emptied(ConflictError("no"), EVENTS)))
