"""--response-schema and --fields: the schemas are valid and true, and what is chosen is part of the whole answer."""

import json
import os
import re
from collections.abc import Sequence
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator, ValidationError

from dagster_ops_cli.cli.answers import documents_of, items_key, lines_of, names_of
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.scripts.registry import all_scripts
from dagster_ops_cli.scripts.script import Outcome, Script
from dagster_ops_cli_tests.answers import answer_of, check_answer, find_command, schema_of
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import invoke, spawn
from dagster_ops_cli_tests.reference import commands
from dagster_ops_cli_tests.replay import RECORDINGS, Scenario, ops_of, replayed, scenarios
from dagster_ops_cli_tests.test_start_up import load

SCRIPTS = ["ops script backfill", "ops script launch", "ops script pools"]
# With the scripts instead of NAME.
WITH_JSON = [
    name
    for path, command in commands()
    if not path.startswith("ops api ") and any("--json" in param.opts for param in command.params)
    for name in (SCRIPTS if path == "ops script NAME" else [path])
]


def recorded(noun: str, name: str) -> Scenario:
    return next(each for each in scenarios() if (each.noun, each.name) == (noun, name))


def output(scenario: Scenario, more: str = "") -> str:
    with replayed(scenario.turns, scenario.now) as client:
        return invoke(f"{scenario.command} {more}", ops_of(scenario, client)).stdout


def replay(scenario: Scenario, more: str = "") -> Any:
    """Return the JSON that a scenario's command prints with more options; with --jsonl, the lines."""
    text = output(scenario, more)
    return [json.loads(line) for line in text.splitlines()] if "--jsonl" in scenario.command else json.loads(text)


@pytest.mark.parametrize("path", WITH_JSON)
def test_every_command_with_json_prints_a_valid_schema(path: str) -> None:
    outcome = invoke(f"{path} --response-schema")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    schema = json.loads(outcome.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    # A schema that accepts anything would say nothing.
    assert not Draft202012Validator(schema).is_valid({})
    assert not Draft202012Validator(schema).is_valid([])


@pytest.mark.parametrize("path", WITH_JSON)
def test_what_the_fields_rest_on(path: str) -> None:
    """Documents are objects, and no field has a dot in its name, or the name of the list that it is in."""
    words, ctx = find_command(path.split()[1:])
    answer = answer_of(words)
    documents = documents_of(answer, ctx)
    assert documents
    for each in [*documents, *lines_of(answer, ctx)]:
        assert each.properties
        assert not [name for name in each.names(4) if "" in name.split(".")]
    for each in documents:
        for item in each.items:
            assert not item.has(items_key(each.properties) or "")
    if any("--jsonl" in param.opts for param in ctx.command.params):
        assert lines_of(answer, ctx)


def test_a_wrong_schema_is_found() -> None:
    words = ["run", "get", "1", "--json"]
    whole = json.dumps(replay(RUN))
    check_answer(words, whole)
    for wrong in (whole.replace('"mode"', '"mood"'), whole.replace('"status": "', '"status": 1, "was": "'), "{}"):
        assert wrong != whole
        with pytest.raises(ValidationError):
            check_answer(words, wrong)
    line = json.dumps(replay(LINES)[0])
    check_answer(["run", "list", "--jsonl"], line)
    with pytest.raises(ValidationError):
        check_answer(["run", "list", "--jsonl"], line.replace('"url"', '"link"'))


def test_times_are_described() -> None:
    schema = schema_of(("run", "get"))
    assert schema["properties"]["created_at"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert set(schema["required"]) == set(schema["properties"])


def test_the_schema_of_a_script_of_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(Model):
        said: str

    known = {"greet": Script("greet", "Greet.", Model, lambda config, ops: Outcome(Answer(said="hello")))}
    monkeypatch.setattr("dagster_ops_cli.scripts.registry._OURS", known)
    assert invoke("ops script list --json").stdout.count("greet") == 1
    assert list(all_scripts()) == ["greet"]
    # It does not say what it answers: any object.
    any_object = json.loads(invoke("ops script greet --response-schema").stdout)
    assert Draft202012Validator(any_object).is_valid({"said": "hello"})
    assert not Draft202012Validator(any_object).is_valid([])
    known["greet"] = Script("greet", "Greet.", Model, known["greet"].run, (Answer,))
    assert list(json.loads(invoke("ops script greet --response-schema").stdout)["properties"]) == ["said"]
    unknown = invoke("ops script gret --response-schema")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "Did you mean greet?" in unknown.stderr


def test_only_these_options_load_what_they_need() -> None:
    name = "dagster_ops_cli.cli.answers"
    assert name not in load("run", "get", "--help")[1]
    assert name in load("run", "get", "--response-schema")[1]


RUN = recorded("run", "get_good_run_json")
RUNS = recorded("run", "list_runs_json")
LINES = recorded("run", "list_runs_jsonl")


def test_fields_of_a_document_come_in_the_order_in_which_they_were_named() -> None:
    whole = replay(RUN)
    chosen = replay(RUN, "--fields status,id --fields stats.steps_failed,mode,id")
    assert list(chosen) == ["status", "id", "stats", "mode"]
    assert chosen == {
        **{name: whole[name] for name in ("status", "id", "mode")},
        "stats": {"steps_failed": whole["stats"]["steps_failed"]},
    }


def test_a_field_and_a_part_of_it_are_the_whole_field() -> None:
    whole = replay(RUN)
    assert replay(RUN, "--fields stats.steps_failed,stats") == {"stats": whole["stats"]}
    assert replay(RUN, "--fields stats,stats.steps_failed") == {"stats": whole["stats"]}


@pytest.mark.parametrize("fields", ["id,status", "items.id,items.status"])
def test_a_name_in_a_list_is_that_of_its_items_and_the_cursor_stays(fields: str) -> None:
    whole = replay(RUNS)
    chosen = replay(RUNS, f"--fields {fields}")
    assert list(chosen) == ["items", "count", "cursor", "has_more"]
    assert chosen == {**whole, "items": [{"id": each["id"], "status": each["status"]} for each in whole["items"]]}


def test_items_are_whole_or_left_out() -> None:
    whole = replay(RUNS)
    assert replay(RUNS, "--fields items") == whole
    assert replay(RUNS, "--fields items,id") == whole
    assert replay(RUNS, "--fields count") == {key: each for key, each in whole.items() if key != "items"}


@pytest.mark.parametrize("fields", ["id,tags", "items.id,items.tags"])
def test_fields_of_lines(fields: str) -> None:
    whole = replay(LINES)
    assert whole
    assert replay(LINES, f"--fields {fields}") == [{key: each[key] for key in ("id", "tags")} for each in whole]
    assert replay(LINES, "--fields items") == whole


def test_lines_are_written_as_without_fields() -> None:
    assert output(LINES, "--fields items") == output(LINES)


def test_events_are_the_items_of_their_list() -> None:
    whole = replay(recorded("run_events", "get_failed_run_json"))
    chosen = replay(recorded("run_events", "get_failed_run_json"), "--fields timestamp,error.className")
    assert {key: value for key, value in chosen.items() if key != "events"} == {
        key: value for key, value in whole.items() if key != "events"
    }
    assert [each["timestamp"] for each in chosen["events"]] == [each["timestamp"] for each in whole["events"]]
    assert [each["error"] for each in chosen["events"] if each["error"]] == [
        {"className": each["error"]["className"]} for each in whole["events"] if each["error"]
    ]


PRINTED = [
    each
    for each in scenarios()
    if each.window is None and re.search(r"--jsonl?\b", each.command) and "--fields" not in each.command
]


@pytest.mark.parametrize("scenario", PRINTED, ids=lambda scenario: f"{scenario.noun}-{scenario.name}")
def test_every_recorded_answer_and_its_fields(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is chosen is in the whole answer, and everything else is as without --fields."""
    monkeypatch.chdir(RECORDINGS.parent)
    with replayed(scenario.turns, scenario.now) as client:
        whole = invoke(scenario.command, ops_of(scenario, client))
    documents = [json.loads(line) for line in whole.stdout.split("\n") if line] if "--jsonl" in scenario.command else []
    if whole.stdout and not documents:
        documents = [json.loads(whole.stdout)]
    key = items_key(documents[0]) if documents and "--jsonl" not in scenario.command else None
    inner = [item for each in documents for item in each[key]] if key else documents
    words, ctx = find_command(scenario.command.split()[1:])
    # An error is the same whatever was chosen.
    names = list(inner[0])[::-2] if inner else names_of(answer_of(words), ctx, 1)[:1]
    with replayed(scenario.turns, scenario.now) as client:
        chosen = invoke(f"{scenario.command} --fields {','.join(names)}", ops_of(scenario, client))
    # Hints repeat the command line.
    errors = re.sub(r" --fields \S+", "", chosen.stderr)
    assert (chosen.exit_code, errors) == (whole.exit_code, whole.stderr)
    expected = [{name: item[name] for name in names if name in item} for item in inner]
    if "--jsonl" in scenario.command:
        found = [json.loads(line) for line in chosen.stdout.split("\n") if line]
    else:
        document = json.loads(chosen.stdout or "{}")
        found = document[key] if key else [document] if document else []
    assert found == expected
    assert [list(each) for each in found] == [list(each) for each in expected]


def test_below_null_there_is_nothing() -> None:
    chosen = replay(recorded("run_events", "follow_failed_run_jsonl"), "--fields error.message,eventType")
    assert {"error": None, "eventType": "ENGINE_EVENT"} in chosen


def test_a_stream_that_is_followed() -> None:
    chosen = replay(recorded("run_events", "follow_failed_run_jsonl"), "--fields eventType")
    assert {"eventType": "STEP_FAILURE"} in chosen


def dagster() -> FakeDagster:
    return FakeDagster.of(
        fake_run("1", "FAILURE", tags={"team": "air", "a.b": "1", "a.b.c": "2", "ops/backfill": "#1", "a": "0"}),
        fake_run("2"),
    )


def ask(line: str, known: FakeDagster) -> Any:
    return invoke(line, Ops(connect=lambda settings, observe: known, sleep=lambda seconds: None))


@pytest.mark.parametrize(
    ("names", "tags"),
    [
        ("tags.team", {"team": "air"}),
        ("tags.ops/backfill,tags.team", {"ops/backfill": "#1", "team": "air"}),
        ("tags.a.b", {"a.b": "1"}),
        ("tags.a.b.c", {"a.b.c": "2"}),
        ("tags.a.b.d", {}),
        ("tags.a", {"a": "0"}),
        ("tags.no", {}),
    ],
)
def test_keys_of_tags_may_contain_dots(names: str, tags: dict[str, str]) -> None:
    items = json.loads(ask(f"ops run list --fields {names} --json", dagster()).stdout)["items"]
    assert items == [{"tags": {}}, {"tags": tags}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ops run list --fields id", "--fields needs --json or --jsonl"),
        ("ops run get 1 --fields id", "--fields needs --json"),
        ("ops run list --json --fields ''", "'' holds an empty name"),
        ("ops run list --json --fields .", "'.' holds an empty name"),
        ("ops run list --json --fields id,", "'id,' holds an empty name"),
        ("ops run list --json --fields id..x", "'id..x' holds an empty name"),
        ("ops run list --json --fields statsu", "'statsu' is not known; did you mean status?"),
        ("ops run list --json --fields items.statsu", "'items.statsu' is not known; did you mean items.status?"),
        ("ops run list --json --fields status.x", "'status.x' is not known"),
        ("ops run list --jsonl --fields count", "'count' is not known"),
        ("ops run get 1 --json --fields items", "'items' is not known; it is one of id, status,"),
        ("ops run get 1 --json --fields stats.steps_faild", "did you mean stats.steps_failed?"),
        ("ops run watch 1 --jsonl --fields done", "'done' is not known"),
        ("ops run terminate 1 --yes --json --fields nothing", "'nothing' is not known"),
        ("ops backfill launch no.yaml --json --fields nothing", "'nothing' is not known"),
        ("ops config list --json --fields nothing", "'nothing' is not known"),
        ("ops script list --json --fields nothing", "'nothing' is not known"),
        ("ops script backfill no.yaml --json --fields nothing", "'nothing' is not known"),
    ],
)
def test_what_is_refused_before_anything_is_asked(line: str, message: str) -> None:
    known = dagster()
    outcome = ask(line, known)
    assert (outcome.exit_code, outcome.stdout, known.asked) == (2, "", [])
    assert message in outcome.stderr


@pytest.mark.parametrize("path", WITH_JSON)
def test_every_command_refuses_fields_that_it_does_not_have(path: str) -> None:
    _, ctx = find_command(path.split()[1:])
    known = dagster()
    given = [word for param in ctx.command.params for word in _needed(param)]
    outcome = ask(f"{path} --json --fields no_such_field {' '.join(given)}", known)
    assert (outcome.exit_code, outcome.stdout, known.asked) == (2, "", []), outcome
    assert "'no_such_field' is not known" in json.loads(outcome.stderr)["error"]


def _needed(param: click.Parameter) -> Sequence[str]:
    if isinstance(param, click.Argument):
        return ("1",)
    return (param.opts[0], "1") if param.required else ()


def test_errors_are_whole_and_exit_codes_stay() -> None:
    error = ask("ops run list --job a --cursor x --json --fields id", FakeDagster())
    assert error.exit_code == ask("ops run list --job a --cursor x --json", FakeDagster()).exit_code != 0
    assert {"error", "code", "status_code"} <= set(json.loads(error.stderr))
    failed = ask("ops run watch 1 --json --fields done", dagster())
    assert failed.exit_code == 1
    assert json.loads(failed.stdout) == {"items": [{"done": False}], "count": 1, "cursor": None, "has_more": False}


def test_lines_of_watch_are_runs() -> None:
    watched = ask("ops run watch 2 --jsonl --fields id,status", dagster())
    assert watched.stdout == '{"id":"2","status":"SUCCESS"}\n'


def test_the_command_that_continues_has_the_same_fields() -> None:
    outcome = ask("ops run list --limit 1 --jsonl --fields id,status --fields tags", dagster())
    assert "--jsonl --fields id,status,tags" in outcome.stderr


def test_a_schema_for_a_reader_that_is_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with spawn("ops run list --response-schema", stdout=writer) as process:
        os.close(writer)
        assert process.stderr
        assert (process.stderr.read(), process.wait(120)) == ("", 0)


def test_control_characters_stay_escaped() -> None:
    known = FakeDagster.of(fake_run("1", jobName="a\u202eb\x85"))
    assert '"a\\u202eb\\u0085"' in ask("ops run list --json --fields job_name", known).stdout
