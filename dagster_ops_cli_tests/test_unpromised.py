"""Answers that violate Dagster's schema or contradict each other are reported as such, with exit code 5."""

import json
from collections.abc import Callable
from itertools import product
from typing import Any, cast

import graphql
import pytest

from dagster_ops_cli.adapters.asset import get_asset
from dagster_ops_cli.adapters.backfill import list_launch_values, poll_backfill
from dagster_ops_cli.adapters.backfill.partitions import list_backfill_partitions
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.adapters.partition import list_asset_partition_states
from dagster_ops_cli.adapters.run.config import list_partition_launches
from dagster_ops_cli.adapters.run.config_schema import list_required_config
from dagster_ops_cli.adapters.run.plan import get_run_plan
from dagster_ops_cli.adapters.run_events import list_event_types
from dagster_ops_cli.adapters.schema import get_schema
from dagster_ops_cli.adapters.union import reading_answer
from dagster_ops_cli.api.doctor import _locations
from dagster_ops_cli.api.partition import DimensionApi
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import BadResponseError, DagsterError, NotFoundError, ServerFaultError
from dagster_ops_cli.formatters.partition import format_partitions
from dagster_ops_cli.formatters.table import facts
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.job import CodeLocation
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.partition import PartitionState, PartitionTarget
from dagster_ops_cli.schemas.selectors import JobSelector
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import invoke

JOB = JobSelector("left", "here", "nightly")
STEP = {"key": "a", "inputs": [{"dependsOn": [{"key": "a"}]}]}
ONE, OTHER = ({"name": name, "type": "STATIC", "partitionKeys": ["a"]} for name in ("one", "other"))
ASSET = {
    "assetKey": {"path": ["a"]},
    "repository": {"name": "here", "location": {"name": "left"}},
    "isExecutable": True,
    "isPartitioned": True,
    "jobNames": [],
    "backfillPolicy": None,
    "partitionKeys": ["a|a"],
    "partitionKeysByDimension": [ONE, OTHER],
}
MULTI = {"__typename": "MultiPartitionStatuses", "primaryDimensionName": "one", "ranges": []}
RED = "\x1b[31m"
REQUIRED = {"name": "a", "isRequired": True, "configTypeKey": "a"}


def answering(**answers: Any) -> FakeDagster:
    def always(data: Any) -> Callable[[Any], Any]:
        return lambda given: data

    return FakeDagster(answers={operation: always(data) for operation, data in answers.items()})


def partition_set(**fields: Any) -> dict[str, Any]:
    return {"partitionSetOrError": {"__typename": "PartitionSet", **fields}}


@pytest.mark.parametrize(
    ("ask", "answers"),
    [
        # A plan and a run config type that contain themselves.
        (
            lambda client: get_run_plan(client, "1"),
            {"OpsGetRunPlan": {"runOrError": {"__typename": "Run", "executionPlan": {"steps": [STEP]}}}},
        ),
        (
            lambda client: list_required_config(client, JOB),
            {
                "OpsGetRunConfigSchema": {
                    "runConfigSchemaOrError": {
                        "__typename": "RunConfigSchema",
                        "rootConfigType": {"key": "a"},
                        "allConfigTypes": [{"key": "a", "isSelector": False, "fields": [REQUIRED]}],
                    }
                }
            },
        ),
        # A partition that does not exist, and keys with other dimensions than the answer's.
        (
            lambda client: list_partition_launches(client, JOB, ["a"]),
            {"OpsListPartitionLaunches": partition_set(partition0=None)},
        ),
        (
            lambda client: list_asset_partition_states(client, "a"),
            {
                "OpsListAssetPartitionStates": {
                    "assetNodeOrError": {
                        "__typename": "AssetNode",
                        "partitionKeys": ["a"],
                        "partitionKeysByDimension": [ONE],
                        "assetPartitionStatuses": MULTI,
                    }
                }
            },
        ),
        (lambda client: get_asset(client, "a"), {"OpsGetAsset": {"assetNodes": [{**ASSET, "partitionKeys": ["a"]}]}}),
        # A value of another type, at the top, inside, and in place of a text.
        (lambda client: get_asset(client, "a"), {"OpsGetAsset": {"assetNodes": [None]}}),
        (
            list_jobs,
            {
                "OpsListJobs": {
                    "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": [{"name": "here"}]},
                    "workspaceOrError": {"__typename": "Workspace", "locationEntries": []},
                }
            },
        ),
        (
            lambda client: poll_backfill(client, "a"),
            {"OpsPollBackfill": {"partitionBackfillOrError": {"__typename": "PartitionBackfill"}, "instance": 1}},
        ),
        (
            lambda client: list_launch_values(client, "ops-"),
            {"OpsListLaunchValues": {"runTagsOrError": {"__typename": "RunTags", "tags": [{"values": [None]}]}}},
        ),
        (
            lambda client: list_backfill_partitions(client, "a"),
            {
                "OpsListBackfillPartitions": {
                    "partitionBackfillOrError": {"__typename": "PartitionBackfill", "partitionNames": [[]]}
                }
            },
        ),
        (list_event_types, {"OpsListEventTypes": {"__type": {"enumValues": [{"name": None}]}}}),
    ],
)
def test_what_makes_no_sense_is_told(ask: Callable[[GraphQLClient], object], answers: dict[str, Any]) -> None:
    with pytest.raises(DagsterError) as raised:
        ask(answering(**answers))
    assert raised.value.exit_code == 5


def test_an_error_that_is_told_inside_stays_what_it_is() -> None:
    with pytest.raises(NotFoundError), reading_answer():
        raise NotFoundError("it is not there")


def test_a_key_that_came_between_two_questions_is_passed_over() -> None:
    client = answering(
        OpsGetAsset={"assetNodes": [ASSET]},
        OpsListAssetPlaces={"assetNodeDefinitionCollisions": []},
        OpsListAssetPartitionStates={
            "assetNodeOrError": {
                "__typename": "AssetNode",
                "partitionKeys": ["a", "a|a"],
                "partitionKeysByDimension": [ONE, OTHER],
                "assetPartitionStatuses": MULTI,
            }
        },
    )
    found = DimensionApi(client).list(PartitionTarget(asset_key="a"), "other")
    assert [(each.key, each.total) for each in found.items] == [("a", 1)]


def test_a_location_may_fail_without_a_word() -> None:
    state, told = _locations([CodeLocation(name="left", status="LOADED", error=" ")])
    assert (state, told) == ("failed", "1 of 1 not loaded: left: ")


def test_hints_control_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Ops().poll.tell("Dagster failed: \x1b[31m\u202e")
    Ops().warn("\x1b[31m")
    assert capsys.readouterr().err == "Dagster failed: \\x1b[31m\\u202e\nWarning: \\x1b[31m\n"


def test_ids_control_no_terminal() -> None:
    page: Page[PartitionState] = Page(items=[PartitionState(partition=RED, status="failed", run_id=RED)])
    for text in map(str, (format_partitions(page), facts((f"Tag {RED}", RED)))):
        assert text.count("\\x1b[31m") == 2
        assert "\x1b" not in text


def test_an_explanation_controls_no_terminal() -> None:
    run = {**fake_run(RED, "CANCELED"), "pipelineName": RED, "mode": RED}
    log = {"__typename": "EventConnection", "events": [], "cursor": "", "hasMore": False}
    client = answering(
        OpsGetRun={"runOrError": {"__typename": "Run", **run}},
        OpsListRunEventDetails={"runOrError": {"__typename": "Run", "status": "CANCELED"}, "logsForRun": log},
        OpsGetRunPlan={"runOrError": {"__typename": "Run", "executionPlan": None}},
    )
    outcome = invoke(["api", "run", "why", "1"], Ops(connect=lambda settings, observe: client))
    assert (outcome.exit_code, "\x1b" in outcome.stdout) == (0, False)


def test_a_cursor_that_the_database_can_not_count_to_is_malformed() -> None:
    fault = {"__typename": "PythonError", "message": "Python int too large", "className": "OverflowError"}
    client = answering(OpsListRunEvents={"logsForRun": fault})
    outcome = invoke("api run-events get 1 --cursor x --json", Ops(connect=lambda settings, observe: client))
    assert (outcome.exit_code, "INVALID_CURSOR" in outcome.stderr) == (2, True)


SCHEMA = graphql.introspection_from_schema(graphql.build_schema("type Query { a: Int }"))


@pytest.mark.parametrize(
    ("part", "wrong"),
    [*product(["queryType", "types"], [None, "x", [1], {}]), *product(["directives"], ["x", [1]])],
)
def test_a_schema_that_is_none(part: str, wrong: object) -> None:
    answer = {"__schema": {**SCHEMA["__schema"], part: wrong}}
    with pytest.raises(BadResponseError):
        get_schema(cast("GraphQLClient", answering(IntrospectionQuery=answer)))


def test_what_comes_beside_an_error_is_shown_too() -> None:
    fault = ServerFaultError("Dagster failed: the database is locked")
    fault.data = {"a": None}

    def fail(variables: object) -> dict[str, Any]:
        raise fault

    client = FakeDagster(answers={"IntrospectionQuery": lambda given: dict(SCHEMA), "Q": fail})
    outcome = invoke(["api", "graphql", "query Q { a }"], Ops(connect=lambda settings, observe: client))
    assert (outcome.exit_code, json.loads(outcome.stdout)) == (5, {"data": {"a": None}})
    assert "the database is locked" in outcome.stderr
