"""The hash of a file never changes, because launches by earlier versions of ops are found by it."""

from pathlib import Path

import pytest

from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.config_file import load_config

ONE = "job_name: j\ntags: {name: n, partitions: [{name: d, values: [a]}]}\n"
ALL = "job_name: j\ntags: {name: n, partitions: [{name: d, values: all}]}\n"
DATES = "{name: daily, start_date: '2024-01-01', end_date: '2024-02-01'}"
LIFTED = "{name: daily, values: {start_date: 2024-01-01, end_date: 2024-02-02}}"
KEYS = "{name: hour, start: 2024-01-01-05:00, end: 2024-01-01-07:00}"
# As released in 0.1: do not change a hash to make the test pass.
RECORDED = {
    f"job_name: j\ntags: {{name: '#1', partitions: [{DATES}]}}\n": "20eaf3b0f02cc269",
    f"job_name: j\ntags: {{name: '#1', partitions: [{KEYS}]}}\n": "660ade82536dd11a",
    f"job_name: j\ntags: {{name: '#1', partitions: [{LIFTED}]}}\n": "fc7a9183d65765f5",
    "job_name: j\ntags: {name: '#1', partitions: [{name: hour, values: {start: a, end: b}}]}\n": "fe4d3cb73d08ea7e",
    ALL: "b0766052d99715da",
    "job_name: j\ntags: {name: n, partitions: [{name: d, values: [NO, 007, 1e3, 'a, b', ünï]}]}\n": "d66e6b1de8dbfbf7",
    """
job_name: j
repository_name: r
location_name: l
tags:
  name: n
  partitions:
    - {name: stations, values: [NL01497, NL01912]}
    - {name: daily, start_date: 2024-01-01, end_date: 2024-01-01}
""": "a77dd5bb2284c1ee",
    ALL.replace("job_name: j", "asset_keys: [air_quality_data, marts/daily]"): "373e17a525843520",
    f"{ONE}run_tags: {{team: air-quality, dagster/priority: 3}}\n": "d2f8c1e5b0cb2de8",
    f"{ONE}run_config: {{ops: {{f: {{config: {{a: 3, b: true, c: 1.5, d: null, e: 2024-01-01, g: [x, null]}}}}}}}}\n": (
        "ed5fb8dfdd35a38d"
    ),
    f"{ONE}run_config: {{}}\n": "cabcdf9e86c974d0",
    f"{ALL}backfill_policy: {{policy: missing, asset_key: a}}\n": "597073791a9c0cb7",
    ALL.replace("job_name: j", "asset_keys: [a]\nlocation_name: l") + "backfill_policy: {policy: failed}\n": (
        "3e90a29c35bfa9bf"
    ),
    f"{ONE}strategy: runs\nmax_concurrent: 9\nskip_checks: true\n": "cd4b5409a0c130bf",
    '{"job_name": "j", "tags": {"name": "\\ud83d\\ude00", "partitions": [{"name": "d", "values": ["a"]}]},'
    ' "run_config": {"a": 1e300}}': "0595ef02b7809e82",
}


@pytest.mark.parametrize("value", ["true", "false"])
@pytest.mark.parametrize(("text", "config_hash"), [(ONE, "cd4b5409a0c130bf"), (ALL, "b0766052d99715da")])
def test_adding_missing_keys_changes_no_hash(text: str, config_hash: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / "backfill.yaml"
    path.write_text(f"{text}add_missing: {value}\n")
    assert load_config(str(path), BackfillConfig).config_hash == config_hash


@pytest.mark.parametrize(("text", "config_hash"), RECORDED.items())
def test_a_file_keeps_its_hash(text: str, config_hash: str, tmp_path: Path) -> None:
    path = tmp_path / "backfill.yaml"
    path.write_text(text)
    assert load_config(str(path), BackfillConfig).config_hash == config_hash
