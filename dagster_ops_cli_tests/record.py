"""Record scenarios with a real Dagster: ``python -m dagster_ops_cli_tests.record [NOUN [SCENARIO ...]]``.

The recorded answers are Dagster's own, except that paths of this machine are replaced by neutral ones.
"""

import json
import re
import string
import sys
import sysconfig
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from unittest.mock import patch

from dagster_ops_cli import times
from dagster_ops_cli.api.backfill import BackfillApi, Following
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.schemas.backfill import BackfillFilter
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.config_file import load_config
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, RecordingClient, Scenario, scenarios
from dagster_ops_cli_tests.stages import PRESENT, STAGES

# Runs that a scenario's command can name: the job, its partition and its run config.
RUNS: Mapping[str, tuple[str, str | None, dict[str, object]]] = {
    "failed_run": ("noisy_job", None, {"ops": {"chatty_op": {"config": {"lines": 3}}}}),
    "noisy_run": ("noisy_job", None, {"ops": {"chatty_op": {"config": {"lines": 1200}}}}),
    "good_run": ("ingestion_job", "2024-01-01|NL01497", {}),
    "survey_run": ("survey_job", None, {}),
    "survey_in_processes_run": ("survey_in_processes_job", None, {}),
    "lost_step_run": ("lost_step_job", None, {}),
    "lost_run": ("lost_run_job", None, {}),
    "quiet_run": ("quiet_job", None, {}),
    "nightly_run": ("nightly_job", None, {}),
    "broken_run": ("ingestion_job", "2024-01-01|NL10001", {}),
    "good_asset": ("air_quality_job", "2024-01-01|NL01497", {}),
    "broken_asset": ("air_quality_job", "2024-01-01|NL10001", {}),
    "second_try": ("second_try_job", None, {}),
    "retried_run": ("retried_job", None, {}),
    "sleeping_run": ("sleepy_job", None, {}),
    "napping_run": ("sleepy_job", None, {"ops": {"sleep": {"config": {"seconds": 30}}}}),
    "hanging_run": ("hanging_job", None, {}),
    # Of the definitions with failing checks.
    "checked_run": ("orders_job", None, {}),
    # Of the stage with pools.
    "crashed_run": ("crash_job", None, {}),
    "other_crashed_run": ("crash_too_job", None, {}),
    "holding_run": ("hold_job", None, {}),
    "waiting_run": ("wait_job", None, {}),
    "queued_run": ("hold_job", None, {}),
}
# Finished backfills that a command can name, with their configuration files.
BACKFILLS = {
    "failed_backfill": "failed.yaml",
    "good_backfill": "good.yaml",
    "good_launch": "good_runs.yaml",
    "unretried_backfill": "unretried.yaml",
}
# Scenarios need these runs while they are running; all others have finished by then.
LASTING = {"sleeping_run", "napping_run", "hanging_run", "holding_run", "waiting_run"}
# Runs that wait in the queue for what the others hold.
QUEUED = {"queued_run"}
# Enough slots for the runs that keep running; run retries for `retried_job`.
INSTANCE = {"concurrency": {"runs": {"max_concurrent_runs": 10}}, "run_retries": {"enabled": True}}
# Nouns that are recorded with their own definitions.
DEFINITIONS = {
    "add_missing": "definitions_checked",
    "asset": "definitions_assets",
    "asset_check": "definitions_assets",
    "checks": "definitions_checked",
    "dynamic_partition": "definitions_assets",
}
# Nouns whose commands send the time to Dagster, so that the replay needs the same.
TIMED = {"metrics", "top"}
UNKNOWN_RUN = "00000000-0000-4000-8000-000000000000"
# Names in a command that are not those of runs: a time shortly before the runs, and the last launch of the stage.
BEFORE, LAUNCH = "before", "launch"
# Replaced in this order: the second path may be a prefix of the first.
PATHS = (
    (sysconfig.get_path("purelib"), "/site-packages"),
    (sysconfig.get_path("stdlib"), "/lib/python3"),
    (str(Path(__file__).parent.parent), "/src"),
)


def record(wanted: list[Scenario], stage: AbstractContextManager[LocalDagster]) -> None:
    before = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    with stage as dagster:
        client = HttpClient(Settings(dagster.url))
        names = {name for scenario in wanted for name in _names(scenario.template)}
        others = {BEFORE: before.isoformat(), LAUNCH: _last_launch(client) if LAUNCH in names else ""}
        names -= others.keys()
        names |= {name for scenario in wanted for name in PRESENT.get(scenario.noun, ())}
        ids = {
            **others,
            **_launch(client, names - BACKFILLS.keys()),
            **_launch_backfills(client, names & BACKFILLS.keys()),
        }
        for scenario in wanted:
            if not _is_read_only(scenario):
                _record(scenario, ids, client, dagster)
        # The read-only webserver comes last, because the runs of its scenarios have to be launched first.
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
    now = times.now() if scenario.noun in TIMED else None
    with patch.object(times, "now", lambda: now) if now else nullcontext():
        outcome = invoke(command, ops, scenario.window)
    _write(scenario, command, recording, dagster, now)
    print(f"{scenario.noun} {scenario.name}: exit code {outcome.exit_code}, {len(recording.turns)} turns")  # noqa: T201


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def _launch(client: HttpClient, names: set[str]) -> dict[str, str]:
    runs = RunApi(client)
    # A name may end in a number, which means a second run of the same kind.
    kinds = {name: re.sub(r"_\d+$", "", name) for name in sorted(names) if name != "unknown_run"}

    def launched(wanted: list[str]) -> dict[str, str]:
        return {name: runs.launch(LOCATION, REPOSITORY, *RUNS[kinds[name]]).id for name in wanted}

    ids = launched([name for name, kind in kinds.items() if kind not in LASTING | QUEUED])
    for _ in runs.watch([*ids.values()]):
        pass
    # Launched last: on a slow machine they could end while the others still run.
    lasting = launched([name for name, kind in kinds.items() if kind in LASTING])
    for watched in runs.watch([*lasting.values()]):
        if all(each.run and each.run.status == "STARTED" for each in watched):
            break
    ids |= lasting | launched([name for name, kind in kinds.items() if kind in QUEUED])
    # The last event arrives a moment after the run's status.
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


def _last_launch(client: HttpClient) -> str:
    return BackfillApi(client).list(BackfillFilter(), 1).items[0].id


def _write(
    scenario: Scenario, command: str, recording: RecordingClient, dagster: LocalDagster, now: datetime | None
) -> None:
    at = {"now": now.isoformat()} if now else {}
    text = json.dumps({"command": command, **at, "turns": recording.turns}, indent=1, ensure_ascii=False)
    for path, neutral in (*PATHS, (str(dagster.home), "/dagster")):
        text = text.replace(path, neutral)
    scenario.path.write_text(text + "\n")


def main(args: list[str]) -> None:
    wanted = [each for each in scenarios() if each.noun in args[:1] or not args]
    if args[1:]:
        wanted = [each for each in wanted if each.name in args[1:]]
    if not wanted:
        sys.exit(f"no such scenario: {' '.join(args)}")
    for noun, stage in STAGES.items():
        if own := [each for each in wanted if each.noun == noun]:
            record(own, stage())
    rest = [each for each in wanted if each.noun not in STAGES]
    modules = [DEFINITIONS.get(each.noun, "definitions") for each in rest]
    for module in dict.fromkeys(modules):
        chosen = [each for each, its in zip(rest, modules, strict=True) if its == module]
        record(chosen, LocalDagster(f"dagster_ops_cli_tests.integration.{module}", INSTANCE))


if __name__ == "__main__":
    main(sys.argv[1:])
