"""Whatever comes in, no traceback goes out: generated settings, options, and answers, right and wrong.

A few hundred inputs of each kind; ``make fuzz`` tries 10,000.
"""

import json
import os
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dagster_graphql.schema
import graphql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_ops_cli.adapters.run import GET_RUN
from dagster_ops_cli.adapters.run_events import LIST_RUN_EVENTS
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import InvalidRequestError, UnauthorizedError
from dagster_ops_cli.schemas.run_events import RunEvent
from dagster_ops_cli.settings import load_settings
from dagster_ops_cli.times import parse_duration
from dagster_ops_cli_tests.invoke import invoke

pytestmark = pytest.mark.slow

settings.register_profile("normal", max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("fuzz", settings.get_profile("normal"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))

SCHEMA = dagster_graphql.schema.create_schema().graphql_schema
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
TEXT = st.text(max_size=60)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "String": TEXT | st.just("a\x1b[31mred"),
    "ID": TEXT,
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Float": st.floats(allow_nan=True) | st.floats(0, 4e9),
    "Boolean": st.booleans(),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


class TestInputs:
    @given(TEXT)
    def test_durations(self, text: str) -> None:
        with suppress(ValueError):
            assert parse_duration(text) > 0

    @given(st.integers(0, 10**6), st.sampled_from(["", "s", "m", "h", "d"]))
    def test_durations_that_are_some(self, number: int, unit: str) -> None:
        if number:
            assert parse_duration(f"{number}{unit}") == number * {"m": 60, "h": 3600, "d": 86400}.get(unit, 1)

    @given(
        st.dictionaries(
            st.sampled_from(
                [
                    "OPS_URL",
                    "DAGSTER_URL",
                    "OPS_HEADERS",
                    "OPS_PROFILE",
                    "OPS_TIMEOUT",
                    "DAGSTER_CLOUD_ORGANIZATION",
                    "DAGSTER_CLOUD_DEPLOYMENT",
                    "DAGSTER_CLOUD_API_TOKEN",
                    "DAGSTER_CLOUD_URL",
                    "OPS_CA_BUNDLE",
                    "OPS_HEADER_COMMAND",
                ]
            ),
            TEXT | st.sampled_from(["hooli", "prod", "http://a", "https://b/c", '{"A": "b"}', "5s"]),
        )
    )
    def test_environments(self, environ: dict[str, str]) -> None:
        try:
            loaded = load_settings({"HOME": "/nowhere", **environ})
        except (InvalidRequestError, UnauthorizedError):
            pass
        else:
            assert loaded.graphql_url.startswith(("http://", "https://"))
            assert loaded.timeout > 0

    @given(
        st.text()
        | st.binary()
        | JSON.map(lambda value: json.dumps({"current": "p", "profiles": {"p": value}}))
        | st.dictionaries(st.sampled_from(["url", "headers", "timeout", "organization", "insecure", "x"]), TEXT).map(
            lambda value: json.dumps({"current": "p", "profiles": {"p": value}})
        )
    )
    def test_configuration_files(self, folder: Path, content: str | bytes) -> None:
        path = folder / "config.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(errors="surrogatepass"))
        path.chmod(0o600)
        for name in ("dg.toml", "cloud"):
            (folder / name).write_bytes(path.read_bytes())
        environ = {
            "HOME": str(folder),
            "DG_CLI_CONFIG": str(folder / "dg.toml"),
            "DAGSTER_CLOUD_CLI_CONFIG": str(folder / "cloud"),
        }
        with suppress(InvalidRequestError, UnauthorizedError):
            load_settings(environ, config_path=path)

    @given(st.lists(TEXT, max_size=3))
    def test_headers(self, lines: list[str]) -> None:
        refused: InvalidRequestError | None = None
        try:
            loaded = load_settings({}, "http://localhost:1", lines)
        except InvalidRequestError as error:
            refused = error
        if refused:
            # What may be a secret is not quoted.
            assert not any(len(line) > 12 and line in refused.message for line in lines)
        else:
            assert not any("\n" in name + value for name, value in loaded.headers.items())

    @given(st.text(max_size=200), st.text(min_size=6, max_size=20).filter(lambda text: text.isprintable()))
    def test_masks(self, before: str, secret: str) -> None:
        secret = "".join(char for char in secret if char.isascii() and not char.isspace())
        if len(secret) < 4 or secret in "***":
            return
        loaded = load_settings({}, "http://localhost:1", [f"X: {secret}"])
        assert secret not in loaded.mask(before + secret + before).replace("***", "\0")

    @given(
        st.lists(
            st.sampled_from(["--json", "--limit", "--cursor", "--type", "--step", "--level", "--all", "--wide"]) | TEXT,
            max_size=6,
        )
    )
    def test_command_lines(self, arguments: list[str]) -> None:
        outcome = invoke(["api", "run-events", "get", *arguments], Ops(connect=lambda settings, observe: Answers({})))
        assert outcome.exit_code in (0, 2, 3, 5)


class Answers:
    """A client that always answers the same."""

    url = "http://localhost:3000"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def execute(self, query: str, variables: object = None) -> Any:
        return self.answer


def _value(kind: graphql.GraphQLOutputType, node: graphql.FieldNode) -> st.SearchStrategy[Any]:
    """Values of a type of Dagster's schema, with just the fields that are asked for."""
    if isinstance(kind, graphql.GraphQLNonNull):
        return _value(kind.of_type, node)
    if isinstance(kind, graphql.GraphQLList):
        return st.lists(_value(kind.of_type, node), max_size=3)
    inner: st.SearchStrategy[Any]
    if isinstance(kind, graphql.GraphQLScalarType):
        inner = SCALARS.get(kind.name, JSON)
    elif isinstance(kind, graphql.GraphQLEnumType):
        inner = st.sampled_from(list(kind.values)) | TEXT
    else:
        members = list(SCHEMA.get_possible_types(kind)) if graphql.is_abstract_type(kind) else [kind]
        inner = st.sampled_from(members).flatmap(lambda member: _object(member, node.selection_set))
    return st.none() | inner


def _fields(
    kind: graphql.GraphQLObjectType, selection: graphql.SelectionSetNode | None
) -> dict[str, st.SearchStrategy[Any]]:
    found: dict[str, st.SearchStrategy[Any]] = {}
    for node in selection.selections if selection else ():
        if isinstance(node, graphql.InlineFragmentNode) and node.type_condition:
            condition = SCHEMA.get_type(node.type_condition.name.value)
            if condition is kind or (
                condition and graphql.is_abstract_type(condition) and SCHEMA.is_sub_type(condition, kind)
            ):
                found |= _fields(kind, node.selection_set)
        elif isinstance(node, graphql.FieldNode) and node.name.value == "__typename":
            found["__typename"] = st.just(kind.name)
        elif isinstance(node, graphql.FieldNode):
            found[node.name.value] = _value(kind.fields[node.name.value].type, node)
    return found


def _object(kind: graphql.GraphQLObjectType, selection: graphql.SelectionSetNode | None) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(_fields(kind, selection))


def answers_to(document: str) -> st.SearchStrategy[Any]:
    """Answers that Dagster's schema allows, and some that it does not."""
    operation = graphql.parse(document).definitions[0]
    assert isinstance(operation, graphql.OperationDefinitionNode)
    assert SCHEMA.query_type
    right = _object(SCHEMA.query_type, operation.selection_set).filter(lambda answer: any(answer.values()))
    wrong = st.dictionaries(st.sampled_from(["runOrError", "logsForRun", "x"]), JSON, max_size=2)
    return right | wrong


class TestAnswers:
    @given(answers_to(GET_RUN), st.sampled_from(["", "--json"]))
    def test_one_run(self, answer: Any, how: str) -> None:
        self.check(f"api run get 1 {how}", answer)

    @given(answers_to(LIST_RUN_EVENTS), st.sampled_from(["", "--json", "--jsonl", "--wide", "--type STEP_FAILURE"]))
    def test_its_events(self, answer: Any, how: str) -> None:
        page = answer.get("logsForRun")
        if isinstance(page, dict):
            page["hasMore"] = False
        self.check(f"api run-events get 1 {how}", answer)

    def check(self, command: str, answer: Any) -> None:
        ops = Ops(connect=lambda settings, observe: Answers(answer))
        outcome = invoke(command, ops)
        assert outcome.exit_code in (0, 2, 3, 4, 5)
        for text in (outcome.stdout, outcome.stderr):
            assert not any(char != "\n" and (ord(char) < 0x20 or 0x7F <= ord(char) <= 0x9F) for char in text)
        if outcome.exit_code == 0 and "--json" in command.split():
            json.loads(outcome.stdout)


# Below that pydantic takes a number for seconds; it was August 1970.
@given(st.integers(2 * 10**10 + 1, 4 * 10**12))
def test_times_of_events_come_back_to_the_millisecond(milliseconds: int) -> None:
    event = RunEvent.model_validate({"runId": "1", "message": "", "level": "INFO", "timestamp": str(milliseconds)})
    shown = event.model_dump(mode="json")["timestamp"]
    back = datetime.strptime(shown, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    assert round(back.timestamp() * 1000) == milliseconds
