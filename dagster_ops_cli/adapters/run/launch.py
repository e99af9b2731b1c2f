"""The operations that launch and re-execute runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.run import RUN_FIELDS, run_from
from dagster_ops_cli.adapters.union import expect, reading_answer
from dagster_ops_cli.adapters.versions import execute
from dagster_ops_cli.errors import (
    BadResponseError,
    InvalidContentError,
    InvalidRequestError,
    OpsError,
    UnsupportedError,
)
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX
from dagster_ops_cli.schemas.ops_tags import TAG_REQUEST
from dagster_ops_cli.schemas.partition import PartitionLaunch
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.target import RunTarget
from dagster_ops_cli.schemas.selectors import asset_selector, tag_list

_ERRORS = """... on RunConfigValidationInvalid { errors { message } }
    ... on InvalidStepError { invalidStepKey }
    ... on InvalidOutputError { stepKey invalidOutputName }
    ... on Error { message }
    ... on PythonError { className }"""
_ANSWER = f"""
    __typename
    ... on LaunchRunSuccess {{ run {{ {RUN_FIELDS} }} }}
    {_ERRORS}
"""

LAUNCH_RUN = f"""
mutation OpsLaunchRun($params: ExecutionParams!) {{
  launchRun(executionParams: $params) {{ {_ANSWER} }}
}}
"""

# Request only the id: for other fields, the server would read the log of each run.
_PARTITION_ANSWER = f"""
fragment OpsLaunchedRun on LaunchRunResult {{
    __typename
    ... on LaunchRunSuccess {{ run {{ runId }} }}
    {_ERRORS}
}}
"""


def launch_partition_runs_document(count: int) -> str:
    """Return the document that launches ``count`` runs, one after the other.

    That is faster for the server than one request for each, and servers before 1.9 lack ``launchMultipleRuns``.
    """
    params = ", ".join(f"$params{number}: ExecutionParams!" for number in range(count))
    launches = "".join(
        f"\n  run{number}: launchRun(executionParams: $params{number}) {{ ...OpsLaunchedRun }}"
        for number in range(count)
    )
    return f"mutation OpsLaunchPartitionRuns({params}) {{{launches}\n}}\n{_PARTITION_ANSWER}"


# Tests hold this one against Dagster's schemas, for any number of runs.
LAUNCH_PARTITION_RUNS = launch_partition_runs_document(1)

REEXECUTE_RUN = f"""
mutation OpsReexecuteRun($params: ReexecutionParams!) {{
  launchRunReexecution(reexecutionParams: $params) {{ {_ANSWER} }}
}}
"""

# The errors with which Dagster fails to read a run config that is not YAML.
_YAML_FAULTS = {"ParserError", "ScannerError", "ComposerError", "ConstructorError", "ReaderError", "YAMLError"}


def launch_run(
    client: GraphQLClient, target: RunTarget, run_config: str | Mapping[str, Any], tags: Mapping[str, str]
) -> Run:
    """Launch a run and return it.

    ``run_config`` may be YAML, which Dagster parses. Raises NotFoundError, and InvalidContentError (INVALID_RUN_CONFIG)
    for a run config that Dagster rejects.
    """
    data = execute(client, LAUNCH_RUN, {"params": _params(target, run_config, tags)})
    _check(data.get("launchRun"))
    return run_from(client, expect(data, "launchRun", "LaunchRunSuccess").get("run"))


def launch_partition_runs(
    client: GraphQLClient,
    target: RunTarget,
    launches: Sequence[PartitionLaunch],
    run_config: Mapping[str, Any] | None,
) -> dict[str, str | OpsError]:
    """Launch a run for each partition, in this order, and return its id or its error by partition key.

    A ``run_config`` replaces that of the partitions. An error of one launch does not affect the others.
    """
    document = launch_partition_runs_document(len(launches))
    variables = {
        f"params{number}": _params(target, run_config or launch.run_config, launch.tags)
        for number, launch in enumerate(launches)
    }
    data = client.execute(document, variables)
    return {launch.key: _launched(data, f"run{number}") for number, launch in enumerate(launches)}


def _launched(data: Mapping[str, Any], field: str) -> str | OpsError:
    try:
        _check(data.get(field))
        with reading_answer():
            return str(expect(data, field, "LaunchRunSuccess")["run"]["runId"])
    except OpsError as error:
        return error


def _params(target: RunTarget, run_config: str | Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    if target.job_name.startswith(ASSET_JOB_PREFIX) and not target.asset_keys and not target.checks:
        # Dagster would launch all assets.
        raise InvalidRequestError(f"{target.job_name} runs assets: choose them with --asset-key")
    selector = target.selector.launch(target.asset_keys)
    if target.checks is not None:
        checks = [{"assetKey": asset_selector(key), "name": name} for key, name in target.checks]
        # Without assets, the empty selection keeps Dagster from materializing all of them.
        selector = {"assetSelection": [], **selector, "assetCheckSelection": checks}
    return {
        "selector": selector,
        "runConfigData": run_config,
        "executionMetadata": {"tags": tag_list(tags)},
    }


def reexecute_run(client: GraphQLClient, run_id: str, strategy: str, tags: Mapping[str, str], value: str) -> Run:
    """Re-execute a run, with ``tags`` added to its own, and return the new run.

    ``strategy`` is FROM_FAILURE (the steps that failed, and those that did not run because of that) or ALL_STEPS.
    ``value`` becomes the tag TAG_REQUEST, if the server accepts tags. Since 1.10, Dagster does not copy the tag that
    makes a run part of a backfill. Raises NotFoundError if the job does not exist, ServerFaultError if the run does
    not.
    """
    params: dict[str, Any] = {"parentRunId": run_id, "strategy": strategy}
    extra = tag_list({**tags, TAG_REQUEST: value})
    try:
        data = execute(client, REEXECUTE_RUN, {"params": {**params, "extraTags": extra}})
    except UnsupportedError:
        if tags.keys() - {dagster_tags.BACKFILL}:
            raise
        # Servers before 1.10 lack the field, and copy the tag of the backfill; they have changed nothing.
        data = execute(client, REEXECUTE_RUN, {"params": params})
    _check(data.get("launchRunReexecution"))
    return run_from(client, expect(data, "launchRunReexecution", "LaunchRunSuccess").get("run"))


def _check(answer: Any) -> None:
    """Raise a fitting error for a PythonError that is not a fault of Dagster's."""
    if not isinstance(answer, dict):
        return
    kind, message = str(answer.get("className")), str(answer.get("message"))
    if kind in _YAML_FAULTS:
        message = message.partition(": ")[2].strip()
        raise InvalidContentError(f"the run config is not YAML: {message}", code="INVALID_RUN_CONFIG")
    if kind == "ParameterCheckError" and '"run_config"' in message:
        raise InvalidContentError("the run config is not a mapping", code="INVALID_RUN_CONFIG")
    if kind == "DagsterUserCodeUnreachableError":
        message = message.partition(": ")[2].strip()
        raise BadResponseError(f"the code location does not answer: {message}", code="CODE_LOCATION_ERROR")
