"""Record scenarios anew from a real Dagster: ``python -m dagster_ops_cli_tests.record [NOUN [SCENARIO ...]]``.

A scenario's answers are what Dagster gave, but for paths of this machine, which are replaced by neutral ones.
"""

import json
import re
import string
import sys
import sysconfig
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.config_file import load_config
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.integration.automation import automation_dagster, statuses, wait_until
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, RecordingClient, Scenario, scenarios

# What a scenario's command can name: a job to run, one of its partitions, and its run config.
RUNS: Mapping[str, tuple[str, str | None, dict[str, object]]] = {
    "failed_run": ("noisy_job", None, {"ops": {"chatty_op": {"config": {"lines": 3}}}}),
    "noisy_run": ("noisy_job", None, {"ops": {"chatty_op": {"config": {"lines": 1200}}}}),
    "good_run": ("ingestion_job", "2024-01-01|NL01497", {}),
    "survey_run": ("survey_job", None, {}),
    "survey_in_processes_run": ("survey_in_processes_job", None, {}),
    "lost_step_run": ("lost_step_job", None, {}),
    "lost_run": ("lost_run_job", None, {}),
    "quiet_run": ("quiet_job", None, {}),
    "broken_run": ("ingestion_job", "2024-01-01|NL10001", {}),
    "good_asset": ("air_quality_job", "2024-01-01|NL01497", {}),
    "broken_asset": ("air_quality_job", "2024-01-01|NL10001", {}),
    "second_try": ("second_try_job", None, {}),
    "retried_run": ("retried_job", None, {}),
    "sleeping_run": ("sleepy_job", None, {}),
    "napping_run": ("sleepy_job", None, {"ops": {"sleep": {"config": {"seconds": 30}}}}),
    "hanging_run": ("hanging_job", None, {}),
}
# And backfills that have ended, by their configuration files.
BACKFILLS = {
    "failed_backfill": "failed.yaml",
    "good_backfill": "good.yaml",
    "good_launch": "good_runs.yaml",
    "unretried_backfill": "unretried.yaml",
}
# Runs that have begun when they are of use; the others have ended.
LASTING = {"sleeping_run", "napping_run", "hanging_run"}
# Runs that last are in nobody's way, and one may be retried.
# Nouns whose scenarios have a Dagster of their own, and the ticks that it has had then.
AUTOMATION = ("automation", "schedule", "sensor")
TICKS = (
    ("schedule", "minute_schedule", "SUCCESS"),
    ("schedule", "failing_schedule", "FAILURE"),
    ("sensor", "upload_sensor", "SKIPPED"),
)
INSTANCE = {"concurrency": {"runs": {"max_concurrent_runs": 10}}, "run_retries": {"enabled": True}}
UNKNOWN_RUN = "00000000-0000-4000-8000-000000000000"
# Nothing but the first of these can be a prefix of another.
PATHS = (
    (sysconfig.get_path("purelib"), "/site-packages"),
    (sysconfig.get_path("stdlib"), "/lib/python3"),
    (str(Path(__file__).parent.parent), "/src"),
)


def record(wanted: list[Scenario]) -> None:
    if of_automation := [each for each in wanted if each.noun in AUTOMATION]:
        with automation_dagster() as dagster:
            # What there is to see: requested runs, failures and skips.
            for noun, name, status in TICKS:
                wait_until(partial(_has_ticked, dagster.url, noun, name, status), f"a tick of {name}")
            _record_all(of_automation, {}, dagster)
    if others := [each for each in wanted if each.noun not in AUTOMATION]:
        _record_others(others)


def _has_ticked(url: str, noun: str, name: str, status: str) -> bool:
    return status in statuses(url, noun, name)


def _record_others(wanted: list[Scenario]) -> None:
    with LocalDagster("dagster_ops_cli_tests.integration.definitions", INSTANCE) as dagster:
        client = HttpClient(Settings(dagster.url))
        names = {name for scenario in wanted for name in _names(scenario.template)}
        ids = {**_launch(client, names - BACKFILLS.keys()), **_launch_backfills(client, names & BACKFILLS.keys())}
        _record_all(wanted, ids, dagster)


def _record_all(wanted: list[Scenario], ids: Mapping[str, str], dagster: LocalDagster) -> None:
    client = HttpClient(Settings(dagster.url))
    for scenario in wanted:
        if not _is_read_only(scenario):
            _record(scenario, ids, client, dagster)
    if not any(map(_is_read_only, wanted)):
        return
    # The webserver that lets nothing be changed comes last: what its scenarios look at has to be launched first.
    dagster.stop("webserver")
    dagster.start("webserver", ["--read-only"])
    for scenario in filter(_is_read_only, wanted):
        _record(scenario, ids, client, dagster)


def _is_read_only(scenario: Scenario) -> bool:
    return scenario.name.startswith("read_only")


def _record(scenario: Scenario, ids: Mapping[str, str], client: HttpClient, dagster: LocalDagster) -> None:
    recording = RecordingClient(client)
    command = scenario.template.format(**ids)
    ops = Ops(
        connect=lambda settings, observe: recording,
        launch_value=scenario.launch_value,
        request_value=scenario.request_value,
    )
    outcome = invoke(command, ops)
    _write(scenario, command, recording, dagster)
    print(f"{scenario.noun} {scenario.name}: exit code {outcome.exit_code}, {len(recording.turns)} turns")  # noqa: T201


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def _launch(client: HttpClient, names: set[str]) -> dict[str, str]:
    runs = RunApi(client)
    # A name may end in a number: a second run of the same kind.
    kinds = {name: re.sub(r"_\d+$", "", name) for name in sorted(names) if name != "unknown_run"}

    def launched(wanted: list[str]) -> dict[str, str]:
        return {name: runs.launch(LOCATION, REPOSITORY, *RUNS[kinds[name]]).id for name in wanted}

    ids = launched([name for name, kind in kinds.items() if kind not in LASTING])
    for _ in runs.watch([*ids.values()]):
        pass
    # On a slow machine they would end before the others did.
    lasting = launched([name for name, kind in kinds.items() if kind in LASTING])
    for watched in runs.watch([*lasting.values()]):
        if all(each.run and each.run.status == "STARTED" for each in watched):
            break
    ids |= lasting
    # The last event comes a moment after the run's status.
    runs.poll.sleep(1)
    return {**ids, "unknown_run": UNKNOWN_RUN}


def _launch_backfills(client: HttpClient, names: set[str]) -> dict[str, str]:
    backfills = BackfillApi(client)
    ids = {}
    for name in sorted(names):
        config = load_config(str(RECORDINGS / "backfill" / "files" / BACKFILLS[name]), BackfillConfig)
        launched = [*backfills.launch(config, following=Following(wait=False))]
        ids[name] = launched[-1].id
    for backfill_id in ids.values():
        for _ in backfills.watch(backfill_id):
            pass
    return ids


def _write(scenario: Scenario, command: str, recording: RecordingClient, dagster: LocalDagster) -> None:
    text = json.dumps({"command": command, "turns": recording.turns}, indent=1, ensure_ascii=False)
    for path, neutral in (*PATHS, (str(dagster.home), "/dagster")):
        text = text.replace(path, neutral)
    scenario.path.write_text(text + "\n")


def main(args: list[str]) -> None:
    wanted = [each for each in scenarios() if each.noun in args[:1] or not args]
    if args[1:]:
        wanted = [each for each in wanted if each.name in args[1:]]
    if not wanted:
        sys.exit(f"no such scenario: {' '.join(args)}")
    record(wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
