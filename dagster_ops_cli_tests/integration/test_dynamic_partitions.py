"""Keys of dynamic partitions that are added to a real Dagster, and deleted from it."""

import json
import signal
from collections.abc import Iterator

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.raw import ask
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke, spawn

pytestmark = pytest.mark.integration

KEYS = '{ assetNodes(assetKeys: [{path: ["accounts"]}]) { partitionKeys } }'
MANY = 2000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    definitions = "dagster_ops_cli_tests.integration.definitions_assets"
    with LocalDagster(definitions, parts=("code", "webserver")) as dagster:
        yield dagster.url


def ops(url: str, line: str) -> Outcome:
    return invoke(f"ops api dynamic-partition {line} --url {url}")


def keys_of(url: str) -> list[str]:
    keys: list[str] = ask(url, KEYS)["assetNodes"][0]["partitionKeys"]
    return keys


def test_keys_are_added_once_and_deleted(url: str) -> None:
    assert ops(url, "add customers acme 'a b' é acme").exit_code == 0
    assert keys_of(url) == ["acme", "a b", "é"]
    again = json.loads(ops(url, "add customers acme globex --json").stdout)
    assert [(each["key"], each["result"]) for each in again["items"]] == [("acme", "exists"), ("globex", "added")]
    deleted = ops(url, "delete customers acme 'a b' é globex nobody --yes --json")
    assert deleted.exit_code == 1
    results = {each["key"]: each["result"] for each in json.loads(deleted.stdout)["items"]}
    assert results == {"nobody": "missing", "acme": "deleted", "a b": "deleted", "é": "deleted", "globex": "deleted"}
    assert keys_of(url) == []


def test_a_dimension_of_several(url: str) -> None:
    assert ops(url, "add guests ann bob").exit_code == 0
    assert ops(url, "list guests").stdout == "ann\nbob\n"


def test_an_unknown_definition_is_not_called_forbidden(url: str) -> None:
    for line in ("list custmers", "add custmers x", "delete custmers x --yes"):
        outcome = ops(url, f"{line} --json")
        assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (3, "DEFINITION_NOT_FOUND")
        assert json.loads(outcome.stderr)["hint"] == "Did you mean customers?"


@pytest.mark.thorough
def test_many_keys_with_a_kill_in_the_middle_are_there_once(url: str) -> None:
    wanted = [f"customer {number:04}" for number in range(MANY)]
    line = f"ops api dynamic-partition add customers - --url {url}"
    with spawn(line, stdin=-1) as process:
        assert process.stdin
        process.stdin.write("\n".join(wanted))
        process.stdin.close()
        process.stdin = None
        while not keys_of(url):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = MANY - len(keys_of(url))
    assert 0 < left < MANY
    with spawn(f"{line} --json", stdin=-1) as process:
        out, err = process.communicate("\n".join(wanted))
    assert process.returncode == 0, err
    # The server may have been at work on a batch when its client was killed.
    assert 0 < sum(each["result"] == "added" for each in json.loads(out)["items"]) <= left
    assert sorted(keys_of(url)) == wanted
    listed = execute(f"ops api dynamic-partition list customers --all --jsonl --url {url}")
    assert sorted(json.loads(line)["key"] for line in listed.stdout.splitlines()) == wanted


def test_the_library_adds_keys_too(url: str) -> None:
    dagster = Ops(url=url).dynamic_partitions
    assert [each.result for batch in dagster.add("guests", ["cleo"]) for each in batch] == ["added"]
    assert [each.name for each in dagster.list_definitions().items] == ["customers", "guests"]
