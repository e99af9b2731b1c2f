"""No input leads to a traceback: generated settings, options and answers, valid and invalid.

A few hundred inputs of each kind; ``make fuzz`` tries 10,000.
"""

import base64
import io
import json
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from dagster._core.event_api import EventLogCursor
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError, UnauthorizedError
from dagster_ops_cli.http.probe import Step
from dagster_ops_cli.schemas.backfill.config import BackfillConfig
from dagster_ops_cli.schemas.dagster_tags import is_reserved
from dagster_ops_cli.schemas.run_events import RunEvent
from dagster_ops_cli.scripts.config_file import load_config
from dagster_ops_cli.settings import load_settings
from dagster_ops_cli.times import parse_duration
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.schema_answers import NAME, VERSIONS, SchemaDagster

pytestmark = pytest.mark.slow

# A few of the inputs for each of many commands.
EACH = settings().max_examples // 20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
TEXT = st.text(max_size=60)
TAG_KEYS = TEXT | st.sampled_from(
    ["team", "dagster/priority", "dagster/backfill", "dagster/partition/day", "ops/total"]
)
RUN_IDS = ["1", "2", "3"]
EVENTS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


class TestInputs:
    @given(TEXT)
    def test_durations(self, text: str) -> None:
        with suppress(ValueError):
            assert parse_duration(text) > 0

    @given(st.integers(0, 36_500), st.sampled_from(["", "s", "m", "h", "d"]))
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
            # Values that may be secrets are not quoted.
            assert not any(len(line) > 12 and line in refused.message for line in lines)
        else:
            assert not any("\n" in name + value for name, value in loaded.headers.items())

    @given(st.text(max_size=200), st.text(min_size=6, max_size=20).filter(lambda text: text.isprintable()))
    def test_masks(self, before: str, secret: str) -> None:
        secret = "".join(char for char in secret if char.isascii() and not char.isspace())
        if len(secret) < 4 or secret in "***":
            return
        loaded = load_settings({}, "http://localhost:1", [f"X-Token: {secret}"])
        assert f" {secret} " not in loaded.mask(f"{before} {secret} {before}")

    @given(
        st.lists(
            st.sampled_from(["--json", "--limit", "--cursor", "--type", "--step", "--level", "--all", "--wide"])
            # These options take secrets, and the generated values are not marked as secrets.
            | TEXT.filter(lambda text: not text.startswith(("--api-token", "--header"))),
            max_size=6,
        ),
        TEXT,
    )
    @example(["-"], "5b3c8a91\n")
    @example(["-"], "")
    def test_command_lines(self, arguments: list[str], typed: str) -> None:
        with patch("sys.stdin", io.StringIO(typed)):
            outcome = invoke(
                ["api", "run-events", "get", *arguments], Ops(connect=lambda settings, observe: Answers({}))
            )
        assert outcome.exit_code in (0, 2, 3, 5)


class Answers:
    """A client that always answers the same."""

    url = "http://localhost:3000"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def execute(self, query: str, variables: object = None) -> Any:
        return self.answer


def ops_of(client: Any) -> Ops:
    return Ops(connect=lambda settings, observe: client, sleep=lambda seconds: None)


def error_of(outcome: Outcome) -> dict[str, Any]:
    """The last line of stderr; U+2028 does not end a line."""
    error: dict[str, Any] = json.loads(outcome.stderr.removesuffix("\n").rpartition("\n")[2])
    return error


def dagster() -> FakeDagster:
    """One job, three runs with three events each, and three backfills."""
    repository = {"name": "here", "location": {"name": "left"}, "pipelines": [{"name": "nightly", "isAssetJob": False}]}
    backfill = {"status": "COMPLETED_SUCCESS", "timestamp": 1.7e9, "isAssetBackfill": False, "tags": []}
    launched = {**fake_run("4", "QUEUED"), "pipelineName": "nightly", "mode": "default"}
    return FakeDagster(
        runs={run_id: fake_run(run_id) for run_id in RUN_IDS},
        answers={
            "OpsListJobs": lambda given: {
                "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": [repository]},
                "workspaceOrError": {"__typename": "Workspace", "locationEntries": []},
            },
            "OpsGetJobPartitioning": lambda given: {
                "partitionSetOrError": {"__typename": "PartitionSetNotFoundError", "message": "none"}
            },
            "OpsCheckRunConfig": lambda given: {
                "isPipelineConfigValid": {"__typename": "PipelineConfigValidationValid"},
            },
            "OpsLaunchRun": lambda given: {"launchRun": {"__typename": "LaunchRunSuccess", "run": launched}},
            "OpsListBackfills": lambda given: {
                "partitionBackfillsOrError": {
                    "__typename": "PartitionBackfills",
                    "results": [{"id": run_id, **backfill} for run_id in RUN_IDS],
                }
            },
            "OpsListLaunchValues": lambda given: {"runTagsOrError": {"__typename": "RunTags", "tags": []}},
            "OpsPollBackfill": lambda given: {
                "partitionBackfillOrError": {"__typename": "PartitionBackfill", "id": given["id"], **backfill}
            },
            "OpsListRunEvents": lambda given: {"logsForRun": events_behind(given["cursor"])},
        },
    )


def events_behind(cursor: str | None) -> dict[str, Any]:
    """Return the page that Dagster returns for the cursor, from a database with 64-bit ids."""
    try:
        found = EventLogCursor.parse(cursor) if cursor is not None else EventLogCursor.from_offset(0)
        behind = found.offset() if found.is_offset_cursor() else found.storage_id()
        behind.to_bytes(8, "big", signed=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, Dagster tells it so
        return {"__typename": "PythonError", "message": str(error), "className": type(error).__name__}
    event = {"runId": "1", "message": "", "timestamp": "1700000000000", "level": "INFO"}
    count = len(range(max(behind, 0), EVENTS))
    end = EventLogCursor.from_offset(max(behind, EVENTS)).to_string()
    return {"__typename": "EventConnection", "events": count * [event], "cursor": end, "hasMore": False}


class TestTags:
    @given(
        st.sampled_from(["list", "launch --job nightly", "terminate --dry-run"]),
        TEXT | st.tuples(TAG_KEYS, TEXT).map("=".join),
    )
    def test_on_the_command_line(self, command: str, tag: str) -> None:
        client = dagster()
        outcome = invoke(["api", "run", *command.split(), f"--tag={tag}", "--json"], ops_of(client))
        key, equals, value = tag.partition("=")
        if not key.strip() or not equals or (command.startswith("launch") and is_reserved(key)):
            assert outcome.exit_code == 2
            assert not client.asked
        else:
            assert outcome.exit_code == 0
            asked = client.asked[-1][1]
            tags = asked["filter"]["tags"] if "filter" in asked else asked["params"]["executionMetadata"]["tags"]
            # A launch also has a tag of its own.
            assert tags[0] == {"key": key, "value": value}

    @given(st.dictionaries(TAG_KEYS, TEXT, max_size=3), TEXT)
    def test_in_configuration_files(self, folder: Path, tags: dict[str, str], name: str) -> None:
        entry = {"name": "day", "values": ["1"]}
        content = {"job_name": "nightly", "tags": {"name": name, "partitions": [entry]}, "run_tags": tags}
        path = folder / "backfill.json"
        path.write_text(json.dumps(content))
        try:
            config = load_config(str(path), BackfillConfig)
        except InvalidContentError:
            assert not name or "" in tags or any(map(is_reserved, tags))
        else:
            assert (config.tags.name, config.run_tags) == (name, tags)
            assert not any(map(is_reserved, tags))

    @given(JSON)
    def test_that_are_something_else(self, folder: Path, tags: Any) -> None:
        path = folder / "backfill.json"
        path.write_text(json.dumps({"job_name": "nightly", "tags": tags, "run_tags": tags}))
        assert invoke(["api", "backfill", "plan", str(path)], ops_of(dagster())).exit_code == 2


def encoded(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


CURSORS = (
    TEXT
    | st.sampled_from(RUN_IDS)
    | JSON.map(encoded)
    | st.fixed_dictionaries({"type": st.sampled_from(["OFFSET", "STORAGE_ID", 1]), "value": st.integers() | JSON}).map(
        encoded
    )
)


class TestCursors:
    @given(st.sampled_from(["run list", "run-events get 1", "backfill list"]), CURSORS)
    def test_good_ones_and_bad_ones(self, command: str, cursor: str) -> None:
        outcome = invoke(["api", *command.split(), f"--cursor={cursor}", "--json"], ops_of(dagster()))
        if command == "run-events get 1":
            page = events_behind(cursor)
            left = len(page["events"]) if "events" in page else None
        else:
            # The newest, which is the last, comes first.
            left = RUN_IDS.index(cursor.strip()) if cursor.strip() in RUN_IDS else None
        if left is None:
            assert outcome.exit_code == 2
            # An empty one was refused before.
            assert error_of(outcome)["code"] in ("INVALID_CURSOR", "INVALID_REQUEST")
        else:
            assert outcome.exit_code == 0
            answer = json.loads(outcome.stdout)
            assert len(answer["items" if "items" in answer else "events"]) == left


BY_RUNS = "ops-20240101-000000-a"
FILES = {
    "job": f"job_name: {NAME}\nbackfill_policy: {{policy: missing}}",
    "asset": f"asset_keys: [{NAME}]\nbackfill_policy: {{policy: failed}}",
    "runs": f"job_name: {NAME}\nstrategy: runs\nskip_checks: true",
}
COMMANDS = [
    *(f"api run {rest}" for rest in ("list", f"list --limit 1 --job {NAME}", f"list --all --cursor {NAME}")),
    *(f"api run {verb} {NAME}" for verb in ("get", "why", "watch", "logs", f"logs --step {NAME} --tail 1")),
    *(f"api run {verb} {NAME} --yes" for verb in ("terminate", "delete", "reexecute --from-failure")),
    *(f"api run launch {what} {NAME} --partition {NAME}" for what in ("--job", "--asset-key")),
    f"api run launch --job {NAME} --wait",
    "api run stats",
    *(f"api run-events get {NAME} {rest}" for rest in ("", f"--type RUN_FAILURE --limit 1 --cursor {NAME}")),
    *(f"api backfill {verb} {NAME}" for verb in ("get", "watch", "cancel --yes", "resume", "retry")),
    *(f"api backfill {verb} {BY_RUNS}" for verb in ("get", "retry")),
    *("api backfill list", f"api backfill list --limit 1 --cursor {NAME}"),
    *(f"api backfill {verb} {file}.yaml" for verb in ("plan", "launch") for file in FILES),
    *("api job list", f"api job get {NAME}"),
    *(f"api {noun} {rest}" for noun in ("schedule", "sensor") for rest in ("list", f"get {NAME}", f"ticks {NAME}")),
    *(f"api {noun} {verb}" for noun in ("schedule", "sensor") for verb in ("stop --all --yes", f"preview {NAME}")),
    *("api automation list --late", f"api sensor set-cursor {NAME} x --force"),
    *(f"api partition list {of} {NAME} {rest}" for of in ("--job", "--asset") for rest in ("", f"--dimension {NAME}")),
    "doctor",
    "metrics",
    "top",
]
FOLLOWING = [f"api run-events get {NAME} --follow", f"api run logs {NAME} --follow"]
DAGSTERS = st.builds(
    SchemaDagster, st.sampled_from(VERSIONS), seed=st.integers(0, 2**32), most=st.integers(1, 3), errs=st.booleans()
)
UNSAFE = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x202E) if chr(code) != "\n"]


class TestAnswers:
    """Answers of the schema of any version, and answers that violate it."""

    @pytest.fixture(autouse=True)
    def _here(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder)
        for name, text in FILES.items():
            Path(f"{name}.yaml").write_text(f"{text}\ntags: {{name: n, partitions: [{{name: a, values: [{NAME}]}}]}}")
        monkeypatch.setattr("dagster_ops_cli.api.doctor.probe", lambda settings: [Step("connection", True, "is there")])

    @pytest.mark.parametrize("command", COMMANDS)
    @settings(max_examples=EACH)
    @given(dagster=DAGSTERS, how=st.sampled_from(["", "--json"]))
    # This server finds runs by a tag, but its answers show the same runs without the tag.
    @example(dagster=SchemaDagster("1.7.16", 1075, 3, False), how="")
    def test_are_understood_or_refused(self, command: str, dagster: SchemaDagster, how: str) -> None:
        outcome = invoke(f"{command} {how}", ops_of(dagster))
        note(str(outcome))
        assert outcome.exit_code in range(8)
        assert not any(char in outcome.stdout + outcome.stderr for char in UNSAFE)
        if how and outcome.exit_code in (0, 1):
            json.loads(outcome.stdout)
        elif how:
            assert {"error", "code", "status_code"} <= error_of(outcome).keys()

    @pytest.mark.parametrize("command", FOLLOWING)
    @settings(max_examples=EACH)
    @given(dagster=DAGSTERS)
    def test_are_followed(self, command: str, dagster: SchemaDagster) -> None:
        assert invoke(command, ops_of(dagster)).exit_code in range(8)


# Below that pydantic takes a number for seconds; it was August 1970.
@given(st.integers(2 * 10**10 + 1, 4 * 10**12))
def test_times_of_events_come_back_to_the_millisecond(milliseconds: int) -> None:
    event = RunEvent.model_validate({"runId": "1", "message": "", "level": "INFO", "timestamp": str(milliseconds)})
    shown = event.model_dump(mode="json")["timestamp"]
    back = datetime.strptime(shown, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    assert round(back.timestamp() * 1000) == milliseconds
