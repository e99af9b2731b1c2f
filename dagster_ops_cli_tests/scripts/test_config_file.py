"""Configuration files: all mistakes are reported at once, by name and line, before any request to Dagster."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from dagster_ops_cli.errors import InvalidContentError
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.scripts.config_file import load_config, problems_of
from dagster_ops_cli_tests.invoke import invoke

GOOD = """
job_name: ingestion_job
tags:
  name: '#issue1234'
  partitions:
    - {name: daily, start_date: '2024-01-01', end_date: '2024-02-01'}
    - {name: stations, values: [NL01497, NL01912]}
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def load(tmp_path: Path, text: str) -> BackfillConfig:
    path = tmp_path / "backfill.yaml"
    path.write_text(text)
    return load_config(str(path), BackfillConfig)


def problems(tmp_path: Path, text: str) -> str:
    with pytest.raises(InvalidContentError) as raised:
        load(tmp_path, text)
    assert (raised.value.exit_code, raised.value.code) == (2, "INVALID_CONFIG_FILE")
    assert "backfill.yaml: " in raised.value.message
    return raised.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("- a\n- b\n", "must be a mapping"),
        ("just text", "must be a mapping"),
        ("a: [1, 2", "line 2, column 1"),
        ("a:\n\tb: 1\n", "line 2, column 1"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("a: !!python/object:os.system x\n", "line 1: Unknown key `a`"),
        (BOMB, "too many values"),
        ("a: &a [*a]\n", "nested too deeply"),
        ("[" * 5000, "not YAML"),
        ("? [a, b]\n: c\n", "a key must be text"),
        (f"{GOOD}job_name: other\n", "line 8: job_name: already used in line 2"),
        (GOOD.replace("job_name", "jobname"), "line 2: Unknown key `jobname`; did you mean `job_name`?"),
        (GOOD.replace("job_name", "job"), "line 2: Unknown key `job`; did you mean `job_name`?"),
        (GOOD.replace("values", "valus"), "line 7: tags.partitions[1]: Unknown key `valus`; did you mean `values`?"),
        (GOOD.replace("  name: '#issue1234'\n", ""), "tags.name: is missing"),
        (GOOD.replace("'#issue1234'", "#issue1234"), "line 4: tags.name: is empty, because an unquoted #"),
        (GOOD.replace("'2024-02-01'", "2023-02-01"), "start_date 2024-01-01 is after end_date 2023-02-01"),
        (GOOD.replace("'2024-02-01'", "2024-02-30"), "tags.partitions[0].end_date"),
        (GOOD.replace("'2024-02-01'", "tomorrow"), "'tomorrow' is not a date"),
        (GOOD.replace(", end_date: '2024-02-01'", ""), "line 6: tags.partitions[0]: end_date is missing"),
        (GOOD.replace("[NL01497, NL01912]", "[]"), "line 7: tags.partitions[1].values: Must not be empty"),
        (
            GOOD.replace("[NL01497, NL01912]", "NL01497"),
            "yaml: line 7: tags.partitions[1].values: Must be a list, or `all`",
        ),
        (
            GOOD.replace("values: [NL01497, NL01912]", ""),
            "tags.partitions[1]: Give one of these: start_date and end_date;",
        ),
        (GOOD.replace("values: [NL01497, NL01912]", "start: a, end: b, values: [a]"), "Give one of these:"),
        (GOOD.replace("name: stations, ", ""), "line 5: tags.partitions: entry 2 of 2 has no name"),
        (
            GOOD.replace("[NL01497, NL01912]", "[a, b, a]"),
            "line 7: tags.partitions[1].values: a is listed more than once",
        ),
        (GOOD.replace("[NL01497, NL01912]", "[a, null]"), "yaml: line 7: tags.partitions[1].values[1]: Must be text"),
        (GOOD.replace("stations", "daily"), "dimension daily is listed more than once"),
        (GOOD.replace("tags:", "asset_keys: [a]\ntags:"), "line 3: asset_keys: Give job_name or asset_keys, not both"),
        (GOOD.replace("job_name: ingestion_job\n", ""), "yaml: line 2: Give job_name or asset_keys"),
        (f"{GOOD}max_concurrent: 3\n", "line 8: max_concurrent: Only for strategy: runs"),
        (f"{GOOD}strategy: runs\nmax_concurrent: 0\n", "line 9: max_concurrent: Must be 1 or more"),
        (f"{GOOD}strategy: runs\nmax_concurrent: few\n", "line 9: max_concurrent: Must be a whole number"),
        (f"{GOOD}strategy: run\n", "line 8: strategy: Must be backfill or runs"),
        (f"{GOOD}backfill_policy: missing\n", "line 8: backfill_policy: Write `backfill_policy: {policy: missing}`"),
        (f"{GOOD}run_config: [1]\n", "run_config"),
        (f"{GOOD}run_config: {{a: [.nan]}}\n", "line 8: run_config.a[0]: .nan is not a number that JSON can hold"),
        ('{"run_config": {"a": -Infinity}}', "line 1: run_config.a: -Infinity is not a number"),
        (f"{GOOD}run_config: !!binary aGk=\n", "run_config"),
        (f"{GOOD}run_config: {{a: !!int foo}}\n", "line 8: run_config.a: foo is not a number that JSON can hold"),
        (f'{{"run_config": {{"a": {"1" * 5000}}}}}', f"line 1: run_config.a: {'1' * 40} is not a number"),
        (f"{GOOD}skip_checks: maybe\n", "line 8: skip_checks: Must be true or false"),
        (
            GOOD.replace("[NL01497, NL01912]", "all") + "skip_checks: true\n",
            "line 8: skip_checks: Dagster is not asked",
        ),
        (
            GOOD.replace("'2024-01-01'", "first") + "skip_checks: true\n",
            "tags.partitions[0] needs a list of keys or two",
        ),
        (
            GOOD.replace("'2024-02-01'", "latest") + "skip_checks: true\n",
            "tags.partitions[0] needs a list of keys or two",
        ),
        (
            GOOD.replace(
                "start_date: '2024-01-01', end_date: '2024-02-01'", "values: {start_date: a, end_date: latest}"
            ),
            "line 6: tags.partitions[0].start_date: 'a' is not a date such as 2024-01-31, nor `first` or `latest`",
        ),
        *(
            (f"{GOOD}run_tags: {{{tag}: x}}\n", f"run_tags: {tag}: reserved for Dagster and ops")
            for tag in (
                "ops/launch",
                "dagster/backfill",
                "dagster/partition",
                "dagster/partition/daily",
                "dagster/partition_set",
                "dagster/asset_partition_range_start",
                "dagster/parent_run_id",
                "dagster/root_run_id",
            )
        ),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems(tmp_path, text)


def test_all_of_it_in_one_go(tmp_path: Path) -> None:
    message = problems(tmp_path, GOOD.replace("values", "valus").replace("job_name", "job") + "strategy: some\n")
    assert message.splitlines()[0].endswith("3 problems")
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == ["line 2", "line 7", "line 8"]


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        ("job_name: there is no job 'ingestion_job'", 2),
        ("tags.partitions: Missing dimension: hour", 5),
        ("tags.partitions[0].start_date: there is no partition", 6),
        ("tags.partitions[0].end_date: there is no partition", 7),
        ("tags.partitions[1].values: x does not exist", 9),
        ("tags.partitions[1].name: There is no dimension 'stations'", 8),
        ("run_config.ops.a b.config: Missing required config entry", 12),
        ("run_config.ops.a b.config.x.y: Received unexpected config entry", 12),
        ("run_config.resources: Missing required config entry", 10),
    ],
)
def test_what_dagster_says_has_its_line_too(tmp_path: Path, problem: str, line: int) -> None:
    path = tmp_path / "backfill.yaml"
    path.write_text(
        """
job_name: ingestion_job
tags:
  name: n
  partitions:
    - values: {start_date: '2024-01-01',
               end_date: '2024-02-01'}
    - name: stations
      values: [x]
run_config:
  ops:
    a b: {config: {}}
"""
    )

    def launch() -> None:
        with problems_of(str(path)):
            load_config(str(path), ConfigModel)
            # The lines of a file that can be read only once, such as a pipe, are known, too.
            path.unlink()
            raise InvalidContentError(problem)

    class ConfigModel(BaseModel):
        """A file of any keys."""

    with pytest.raises(InvalidContentError) as raised:
        launch()
    assert raised.value.message == f"{path}: line {line}: {problem}"


def test_what_is_no_place_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "backfill.yaml"
    path.write_text(GOOD)

    def launch() -> None:
        with problems_of(str(path)):
            load_config(str(path), BackfillConfig)
            raise InvalidContentError("location: Dagster is unwell")

    with pytest.raises(InvalidContentError) as raised:
        launch()
    assert raised.value.message == f"{path}: location: Dagster is unwell"


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\xfe")
    (tmp_path / "large.yaml").write_bytes(b"a" * 5_000_001)
    for name, told in [
        ("missing.yaml", "No such file"),
        (".", "Is a directory"),
        ("latin.yaml", "not UTF-8"),
        ("large.yaml", "larger than 5 MB"),
    ]:
        outcome = invoke(["api", "backfill", "plan", str(tmp_path / name), "--url", "http://127.0.0.1:9"])
        assert outcome.exit_code == 2
        assert told in outcome.stderr
        assert outcome.stderr.count(str(tmp_path / name)) == 1


def test_partition_values_are_the_text_that_stands_there(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD.replace("[NL01497, NL01912]", "[NO, 2024-01-01, 007, 1e3, 'a, b', ünï]"))
    assert config.tags.partitions[1].values == ["NO", "2024-01-01", "007", "1e3", "a, b", "ünï"]


def test_run_config_keeps_its_types(tmp_path: Path) -> None:
    config = load(tmp_path, f"{GOOD}run_config: {{a: 3, b: true, c: 1.5, d: null, e: 2024-01-01, f: [x]}}\n")
    assert config.run_config == {"a": 3, "b": True, "c": 1.5, "d": None, "e": "2024-01-01", "f": ["x"]}


ODD = "\t\x7f\x85\u2028\ufeff\N{GRINNING FACE} \\ud83d\\ude00 \\/"


@pytest.mark.parametrize(
    "style",
    [{}, {"ensure_ascii": False}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}],
)
def test_json_is_read_too(tmp_path: Path, style: dict[str, Any]) -> None:
    run_config = {"a": 1e300, "b": 1e-7, "c": -0.0, "d": 10**30, "e": True, "f": None, "g": "1e3", ODD: ["NO", {}]}
    partitions = [{"name": "d", "values": ["NO", "1e3", ODD]}]
    content = {"job_name": "j", "tags": {"name": ODD, "partitions": partitions}, "run_config": run_config}
    config = load(tmp_path, json.dumps(content, **style))
    assert (config.tags.name, config.tags.partitions[0].values) == (ODD, ["NO", "1e3", ODD])
    assert config.run_config == run_config
    assert json.dumps(config.run_config) == json.dumps(run_config)


def test_a_long_key_of_json_is_no_longer_in_yaml(tmp_path: Path) -> None:
    content = {"job_name": "j", "tags": {"name": "n", "partitions": [{"name": "d", "values": ["a"]}]}}
    run_config = {"é" * 1000: 1}
    text = json.dumps({**content, "run_config": run_config}, ensure_ascii=False)
    assert load(tmp_path, text).run_config == run_config


def test_the_lines_of_json_stay(tmp_path: Path) -> None:
    text = '{"job_name": "\\ud83d\\ude00",\n\t"tags": {"name": "\x7f\u2028",\n"partition": []}}'
    assert "line 3: tags: Unknown key `partition`; did you mean `partitions`?" in problems(tmp_path, text)


@pytest.mark.parametrize(
    "same",
    [
        GOOD.replace("'2024-01-01'", "2024-01-01"),
        GOOD.replace(
            "start_date: '2024-01-01', end_date: '2024-02-01'", "values: {start_date: 2024-01-01, end_date: 2024-02-01}"
        ),
        f"strategy: runs\nmax_concurrent: 9\n{GOOD}skip_checks: true\n",
        f"{GOOD}run_tags: {{}}\nbackfill_policy: {{policy: all}}\n",
    ],
)
def test_the_hash_is_of_what_is_asked_for(tmp_path: Path, same: str) -> None:
    assert load(tmp_path, same).config_hash == load(tmp_path, GOOD).config_hash


@pytest.mark.parametrize(
    "other",
    [
        GOOD.replace("#issue1234", "#issue1235"),
        GOOD.replace("NL01912", "NL01913"),
        f"{GOOD}run_config: {{a: 1}}\n",
        f"{GOOD}run_tags: {{a: b}}\n",
        f"{GOOD}location_name: here\n",
        f"{GOOD}backfill_policy: {{policy: missing}}\n",
    ],
)
def test_the_hash_tells_apart(tmp_path: Path, other: str) -> None:
    assert load(tmp_path, other).config_hash != load(tmp_path, GOOD).config_hash
