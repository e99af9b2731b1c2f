"""The JSON Schema of a backfill's file, by which editors check it, refuses what `ops` refuses."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.errors import InvalidContentError
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.config_file import load_config
from dagster_ops_cli_tests.invoke import invoke

DATES = "{name: d, start_date: 2024-01-01, end_date: '2024-02-01'}"
STATIONS = "{name: s, values: [NL01497, 7]}"


def file(*entries: str, target: str = "job_name: j", more: str = "") -> str:
    return f"{target}\ntags: {{name: 1234, partitions: [{', '.join(entries)}]}}\n{more}\n"


GOOD = {
    "dates": file(DATES),
    "dates_and_list": file(DATES, STATIONS),
    "no_name": file("{values: [a]}"),
    "all": file("{name: s, values: all}"),
    "keys": file("{name: h, start: 2024-01-01-05:00, end: 2024-01-01-07:00}"),
    "dates_in_values": file("{name: d, values: {start_date: 2024-01-01, end_date: 2024-02-01}}"),
    "keys_in_values": file("{name: d, values: {start: a, end: b}}"),
    "first_to_latest": file("{start_date: first, end_date: latest}"),
    "first_in_values": file("{values: {start_date: first, end_date: 2024-02-01}}"),
    "assets": file(DATES, target="asset_keys: [a, b/c]"),
    "unused_target": file(DATES, target="job_name: j\nasset_keys: null\nlocation_name: ~"),
    "unused_range": file("{name: d, values: [a], start: null, end_date: null}"),
    "places": file(DATES, more="location_name: l\nrepository_name: 3"),
    "run_tags": file(DATES, more="run_tags: {team: a, dagster/priority: 3, ready: true, my/dagster/partition: a}"),
    "run_config": file(DATES, more="run_config: {ops: {a: {config: [1, null, 2.5]}}}"),
    "no_run_config": file(DATES, more="run_config: null"),
    "policy": file(DATES, more="backfill_policy: {policy: missing, asset_key: a}"),
    "strategy_runs": file(DATES, more="strategy: runs"),
    "max_concurrent": file(DATES, more="strategy: runs\nmax_concurrent: 3"),
    "max_concurrent_text": file(DATES, more="strategy: runs\nmax_concurrent: '3'"),
    "skip_checks": file(DATES, STATIONS, more="skip_checks: true"),
    "skip_checks_yes": file(DATES, more="skip_checks: 'yes'"),
    "no_skip_checks": file("{values: all}", more="skip_checks: false"),
    "add_missing": file(DATES, STATIONS, more="add_missing: true"),
    "add_missing_yes": file("{values: [a]}", more="add_missing: 'yes'\nskip_checks: 'no'"),
    "no_add_missing": file(DATES, more="skip_checks: true\nadd_missing: false"),
    "skip_checks_off": file("{start: a, end: b}", more="skip_checks: 'Off'"),
}
BAD = {
    "no_target": file(DATES, target=""),
    "both_targets": file(DATES, target="job_name: j\nasset_keys: [a]"),
    "empty_job": file(DATES, target="job_name: ''"),
    "no_assets": file(DATES, target="asset_keys: []"),
    "one_asset_as_text": file(DATES, target="asset_keys: a"),
    "unknown_key": file(DATES, more="locationname: l"),
    "no_tags": "job_name: j\n",
    "no_ticket": f"job_name: j\ntags: {{partitions: [{DATES}]}}",
    "empty_ticket": f"job_name: j\ntags: {{name: , partitions: [{DATES}]}}",
    "no_partitions": file(),
    "nothing_chosen": file("{name: d}"),
    "start_date_only": file("{name: d, start_date: 2024-01-01}"),
    "end_only": file("{name: d, end: a}"),
    "half_of_each_range": file("{name: d, start_date: 2024-01-01, end: a}"),
    "half_in_values": file("{name: d, values: {start: a}}"),
    "range_and_values": file("{name: d, start: a, end: b, values: [a]}"),
    "two_ranges": file("{name: d, start: a, end: b, start_date: 2024-01-01, end_date: 2024-01-01}"),
    "no_date": file("{name: d, start_date: tomorrow, end_date: latest}"),
    "no_such_day": file("{name: d, start_date: 2024-02-30, end_date: latest}"),
    "one_value_as_text": file("{name: d, values: a}"),
    "no_values": file("{name: d, values: []}"),
    "value_twice": file("{name: d, values: [a, a]}"),
    "empty_value": file("{name: d, values: ['']}"),
    "unknown_key_of_entry": file("{name: d, valus: [a]}"),
    "several_without_a_name": file(DATES, "{values: [a]}"),
    "run_tags_list": file(DATES, more="run_tags: [a]"),
    **{
        f"run_tag_{number}": file(DATES, more=f"run_tags: {{{tag}: a}}")
        for number, tag in enumerate(
            ["ops/launch", "dagster/backfill", "dagster/partition", "dagster/partition/daily", "dagster/parent_run_id"]
        )
    },
    "run_tag_without_value": file(DATES, more="run_tags: {a: }"),
    "run_config_list": file(DATES, more="run_config: [1]"),
    "policy_as_text": file(DATES, more="backfill_policy: missing"),
    "unknown_policy": file(DATES, more="backfill_policy: {policy: some}"),
    "unknown_strategy": file(DATES, more="strategy: run"),
    "max_concurrent_alone": file(DATES, more="max_concurrent: 3"),
    "max_concurrent_of_backfill": file(DATES, more="strategy: backfill\nmax_concurrent: 3"),
    "max_concurrent_zero": file(DATES, more="strategy: runs\nmax_concurrent: 0"),
    "max_concurrent_text": file(DATES, more="strategy: runs\nmax_concurrent: few"),
    "skip_checks_maybe": file(DATES, more="skip_checks: maybe"),
    "add_missing_unchecked": file("{values: [a]}", more="skip_checks: true\nadd_missing: 'Yes'"),
    "add_missing_maybe": file("{values: [a]}", more="add_missing: maybe"),
    "skip_checks_of_all": file(DATES, "{name: s, values: all}", more="skip_checks: true"),
    "skip_checks_of_keys": file("{start: a, end: b}", more="skip_checks: true"),
    "skip_checks_of_keys_in_values": file("{values: {start: a, end: b}}", more="skip_checks: true"),
    "skip_checks_of_latest": file("{start_date: 2024-01-01, end_date: latest}", more="skip_checks: true"),
    "skip_checks_of_first_in_values": file(
        "{values: {start_date: first, end_date: 2024-01-01}}", more="skip_checks: 1"
    ),
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(invoke("ops script schema backfill").stdout)
    return found


def test_files_are_judged_as_ops_judges_them(schema: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    paths = []
    for folder, texts in (("good", GOOD), ("bad", BAD)):
        (tmp_path / folder).mkdir()
        for name, text in texts.items():
            paths.append(tmp_path / folder / f"{name}.yaml")
            paths[-1].write_text(text)
    check = Path(sys.executable).parent / "check-jsonschema"
    command = [check, "--schemafile", tmp_path / "schema.json", "-o", "JSON", *paths]
    told = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    report = json.loads(told.stdout)
    assert not report["parse_errors"]
    refused = {Path(error["filename"]) for error in report["errors"]}
    assert refused == {path for path in paths if _is_refused(path)}
    assert {path.stem for path in refused} == set(BAD)


def _is_refused(path: Path) -> bool:
    try:
        load_config(str(path), BackfillConfig)
    except InvalidContentError:
        return True
    return False


def test_every_key_is_described(schema: dict[str, Any]) -> None:
    keys = dict(_keys(schema))
    assert {"job_name", "max_concurrent", "policy", "start_date", "values"} <= keys.keys()
    assert [name for name, told in keys.items() if not told] == []


def _keys(schema: Any) -> Iterator[tuple[str, str | None]]:
    """Every key that a file may have, and its description; rules about keys need none."""
    if isinstance(schema, list):
        for each in schema:
            yield from _keys(each)
    elif isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            for name, each in schema.get("properties", {}).items():
                yield name, each.get("description")
        for each in schema.values():
            yield from _keys(each)
