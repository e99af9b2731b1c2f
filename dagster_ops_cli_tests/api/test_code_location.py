"""When a reloaded code location counts as loaded."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from dagster_ops_cli.api.code_location import CodeLocationApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, NoAnswerError, NotFoundError, OpsError, WaitTimeoutError
from dagster_ops_cli.schemas.code_location import ReloadResult
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import FakeDagster

REMOTE = [{"key": "host", "value": "127.0.0.1"}]
IMPORT_ERROR = {"className": "ImportError", "message": "ImportError: no"}
UNREACHABLE = {"className": "DagsterUserCodeUnreachableError", "message": "Could not reach user code server"}


def entry(key: str | None = "old", error: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = {
        "__typename": "RepositoryLocation",
        "serverId": key,
        "dagsterLibraryVersions": None,
        "repositories": [],
    }
    failed = {"__typename": "PythonError", "stack": [], "errorChain": [], **(error or {})}
    return {
        "name": "warehouse",
        "loadStatus": "LOADED",
        "updatedTimestamp": 1_700_000_000.0,
        "versionKey": key,
        "displayMetadata": [],
        "locationOrLoadError": failed if error else loaded,
        **fields,
    }


def workspace(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"workspaceOrError": {"__typename": "Workspace", "locationEntries": list(entries)}}


class Server(FakeDagster):
    """Answers with one state of its workspace after another; the last one stays."""

    def __init__(self, *looks: Sequence[dict[str, Any]], refusal: OpsError | None = None) -> None:
        def reload(variables: dict[str, Any]) -> dict[str, Any]:
            if refusal:
                raise refusal
            return {"reloadRepositoryLocation": {"__typename": "WorkspaceLocationEntry", "name": variables["name"]}}

        def states() -> Iterator[dict[str, Any]]:
            for look in looks:
                yield workspace(*look)
            while True:
                yield workspace(*looks[-1])

        states_ = states()
        answers = {"OpsListCodeLocations": lambda _: next(states_), "OpsReloadCodeLocation": reload}
        super().__init__(answers=answers)


def reload(server: Server, wait: bool = False, timeout: float | None = None) -> list[ReloadResult]:
    clock = Clock()
    locations = CodeLocationApi(server, Poll(sleep=clock.sleep, clock=clock.time))
    before = locations.find(["warehouse"])
    return [looks[0] for looks in locations.reload(before, wait, interval=1, timeout=timeout)]


def test_a_new_key_is_read_twice() -> None:
    results = reload(Server([entry("old")], [entry("new")]))
    assert [each.state for each in results] == ["unstable", "loaded"]
    assert (results[-1].previous_key, results[-1].version_key) == ("old", "new")


def test_keys_that_come_and_go_are_not_believed() -> None:
    looks = [[entry(key)] for key in ("old", "new", "other", "new", "other", "new", "new")]
    assert [each.state for each in reload(Server(*looks))] == ["unstable"] * 5
    assert reload(Server(*looks), wait=True)[-1].state == "loaded"


def test_an_unchanged_key_is_no_reload() -> None:
    (result,) = reload(Server([entry()]))
    assert result.state == "unchanged"
    assert "restart it" in (result.error or "")


def test_an_unchanged_key_is_waited_for() -> None:
    results = reload(Server(*[[entry()]] * 4, [entry("new")]), wait=True)
    assert [each.state for each in results] == ["unchanged"] * 3 + ["unstable", "loaded"]
    with pytest.raises(WaitTimeoutError):
        reload(Server([entry()]), wait=True, timeout=3)


def test_servers_without_version_keys_have_ids() -> None:
    looks = [[entry(key, versionKey=None)] for key in ("1", "2", "2")]
    assert reload(Server(*looks))[-1].version_key == "2"


@pytest.mark.parametrize("wait", [False, True])
def test_a_load_error_is_an_outcome(wait: bool) -> None:
    (result,) = reload(Server([entry()], [entry("7", IMPORT_ERROR)]), wait)
    assert (result.state, [each.message for each in result.errors]) == ("failed", ["no"])


def test_a_code_server_that_is_being_replaced_is_waited_for() -> None:
    old = entry(displayMetadata=REMOTE)
    away = entry("7", UNREACHABLE, displayMetadata=REMOTE)
    new = entry("new", displayMetadata=REMOTE)
    results = reload(Server([old], [old], [away], [new]), wait=True)
    assert [each.state for each in results] == ["unchanged", "failed", "unstable", "loaded"]
    assert reload(Server([old], [away]))[-1].state == "failed"


def test_the_load_error_that_a_deployment_is_to_mend_is_waited_for() -> None:
    broken = entry("7", IMPORT_ERROR, displayMetadata=REMOTE)
    new = entry("new", displayMetadata=REMOTE)
    assert reload(Server([broken], [broken], [new]), wait=True)[-1].state == "loaded"
    other = entry("8", {**IMPORT_ERROR, "message": "ImportError: another"}, displayMetadata=REMOTE)
    assert [each.state for each in reload(Server([broken], [broken], [other]), wait=True)] == ["failed", "failed"]
    # A location that is still broken at the end is an outcome, not a timeout.
    assert reload(Server([broken]), wait=True, timeout=3)[-1].state == "failed"


def test_a_lost_answer_is_looked_for() -> None:
    lost = NoAnswerError("no answer in 60 s")
    lost.in_doubt = True
    server = Server([entry("old")], [entry("new")], refusal=lost)
    assert reload(server)[-1].state == "loaded"
    assert [operation for operation, _ in server.asked].count("OpsReloadCodeLocation") == 1


def test_a_refusal_is_raised() -> None:
    with pytest.raises(ForbiddenError):
        reload(Server([entry()], refusal=ForbiddenError("no")))


def test_a_refusal_of_one_is_its_result() -> None:
    def answer(variables: dict[str, Any]) -> dict[str, Any]:
        typename = "UnauthorizedError" if variables["name"] == "mine" else "WorkspaceLocationEntry"
        return {"reloadRepositoryLocation": {"__typename": typename, "message": "no"}}

    server = Server([entry(), entry(name="mine")], [entry("new"), entry("new", name="mine")])
    server.answers["OpsReloadCodeLocation"] = answer
    clock = Clock()
    locations = CodeLocationApi(server, Poll(sleep=clock.sleep, clock=clock.time))
    results = [*locations.reload(locations.find(["warehouse", "mine"]))][-1]
    assert [(each.state, each.code) for each in results] == [("loaded", None), ("refused", "FORBIDDEN")]


def test_a_location_that_has_gone_has_failed() -> None:
    (result,) = reload(Server([entry()], []))
    assert (result.state, result.code) == ("failed", "LOCATION_NOT_FOUND")


def test_a_location_that_is_loading_is_asked_again() -> None:
    loading = entry(loadStatus="LOADING", locationOrLoadError=None)
    results = reload(Server([entry()], [loading], [entry("new")]))
    assert [each.state for each in results] == ["loading", "unstable", "loaded"]


def test_unknown_names_come_with_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        CodeLocationApi(Server([entry()])).find(["warehouse", "warehous"])
    assert caught.value.hint == "Did you mean warehouse?"
