"""Limits and slots of pools: what is changed, what is refused, and what is read back."""

from typing import Any

import pytest

from dagster_ops_cli.api.pool import PoolApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError, ForbiddenError, NotFoundError, OpsError, ServerFaultError
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

REFUSAL = "Boolean cannot represent a non boolean value: <GrapheneUnauthorizedError instance>"


class Pools(FakeDagster):
    """Pools with limits and slots; it answers every mutation with true, as Dagster does, unless ``deaf``."""

    def __init__(self, limits: dict[str, int | None], held: dict[str, list[tuple[str, str]]], *runs: Any) -> None:
        answers = {
            "OpsListAllPools": lambda _: self._all(),
            "OpsListDefinedPools": lambda _: self._defined(),
            "OpsSetPoolLimit": lambda asked: self._change(asked["name"], asked["limit"]),
            "OpsDeletePoolLimit": lambda asked: self._change(asked["name"], None),
            "OpsFreeSlots": self._free,
        }
        super().__init__({run["runId"]: run for run in runs}, answers)
        self.limits, self.held = limits, held
        self.defined: list[str] | None = []
        self.deaf = False

    def _all(self) -> dict[str, Any]:
        names = sorted({*self.limits, *self.held})
        pools = [
            {
                "concurrencyKey": name,
                "slotCount": self.limits.get(name) or 1,
                "ownLimit": self.limits.get(name, 1),
                "usingDefaultLimit": self.limits.get(name) is None,
                "claimedSlots": [{"runId": run, "stepKey": step} for run, step in self.held.get(name, ())],
                "pendingSteps": [],
            }
            for name in names
        ]
        limits = {"minConcurrencyLimitValue": 0, "maxConcurrencyLimitValue": 1000}
        return {"instance": {**limits, "poolConfig": {"defaultPoolLimit": 1}, "concurrencyLimits": pools}}

    def _defined(self) -> dict[str, Any]:
        known: dict[str, Any] = {"name": "op"} if self.defined is None else {"name": "op", "usedPools": self.defined}
        nodes = [{"usedSolids": [{"definition": known}]}]
        return {"repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": nodes}}

    def _change(self, name: str, limit: int | None) -> dict[str, Any]:
        if not self.deaf:
            self.limits[name] = limit
        return {"setConcurrencyLimit": True}

    def _free(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not self.deaf:
            for slots in self.held.values():
                slots[:] = [each for each in slots if each != (asked["runId"], asked["stepKey"])]
        return {"freeConcurrencySlots": True}

    @property
    def mutations(self) -> list[str]:
        reads = ("OpsListAllPools", "OpsListDefinedPools", "OpsListRuns")
        return [operation for operation, _ in self.asked if operation not in reads]


def api(pools: Pools) -> PoolApi:
    return PoolApi(pools, Poll(sleep=lambda seconds: None))


def apply(pools: Pools, limits: dict[str, int | None], prune: bool = False) -> list[tuple[str, str, str | None]]:
    pool_api = api(pools)
    changes = pool_api.apply(pool_api.plan(limits, prune))
    return [(each.name, each.state, each.code) for each in changes]


def test_only_what_differs_is_changed() -> None:
    pools = Pools({"a": 1, "b": 2, "c": None}, {})
    assert apply(pools, {"a": 1, "b": 3, "c": 4}) == [
        ("a", "unchanged", None),
        ("b", "changed", None),
        ("c", "changed", None),
    ]
    assert pools.mutations == ["OpsSetPoolLimit"] * 2
    assert pools.limits == {"a": 1, "b": 3, "c": 4}
    assert {state for _, state, _ in apply(pools, {"a": 1, "b": 3, "c": 4})} == {"unchanged"}


def test_other_pools_are_touched_only_by_prune() -> None:
    pools = Pools({"a": 1, "b": 2, "c": None}, {})
    assert apply(pools, {"a": 1}) == [("a", "unchanged", None)]
    assert apply(pools, {"a": 1}, prune=True) == [("a", "unchanged", None), ("b", "changed", None)]
    assert pools.limits == {"a": 1, "b": None, "c": None}


def test_no_limit_is_removed_while_slots_are_held() -> None:
    pools = Pools({"a": 1, "b": 2}, {"a": [("1", "load")]}, fake_run("1", "STARTED"))
    assert apply(pools, {}, prune=True) == [("a", "failed", "CONFLICT"), ("b", "changed", None)]
    assert pools.mutations == ["OpsDeletePoolLimit"]


def test_no_limit_is_removed_when_a_slot_is_held_since_the_plan() -> None:
    pools = Pools({"a": 1}, {})
    plan = api(pools).plan({"a": None})
    pools.held["a"] = [("1", "load")]
    (change,) = api(pools).apply(plan)
    assert (change.state, change.code, pools.mutations) == ("failed", "CONFLICT", [])


def test_a_refusal_of_the_first_change_is_raised_though_others_were_right_already() -> None:
    pools = Pools({"a": 1, "b": 2}, {})

    def refuse(operation: str, variables: dict[str, Any]) -> None:
        if operation == "OpsSetPoolLimit":
            raise ServerFaultError(REFUSAL)

    pools.before = refuse
    with pytest.raises(ForbiddenError):
        apply(pools, {"a": 1, "b": 3})


def test_a_limit_that_dagster_does_not_take_is_not_sent() -> None:
    pools = Pools({}, {})
    assert apply(pools, {"a": 1001}) == [("a", "failed", "INVALID_REQUEST")]
    assert not pools.mutations


def test_true_is_not_believed() -> None:
    pools = Pools({"a": 1}, {})
    pools.deaf = True
    assert apply(pools, {"a": 2}) == [("a", "failed", "INTERNAL_ERROR")]


def test_a_lost_reason_is_no_success() -> None:
    pools = Pools({"a": 1}, {})

    def fail(operation: str, variables: dict[str, Any]) -> None:
        if operation == "OpsSetPoolLimit":
            raise ServerFaultError("Boolean cannot represent a non boolean value: <GraphenePythonError instance>")

    pools.before = fail
    (change,) = api(pools).apply(api(pools).plan({"a": 2}))
    assert (change.state, change.code, change.error) == (
        "failed",
        "SERVER_ERROR",
        "Dagster failed, and lost the reason",
    )


@pytest.mark.parametrize("kind", [ServerFaultError, OpsError])
def test_a_read_only_server_is_a_refusal_however_it_is_worded(kind: type[OpsError]) -> None:
    pools = Pools({"a": 1}, {"a": [("1", "load")]}, fake_run("1", "FAILURE"))

    def refuse(operation: str, variables: dict[str, Any]) -> None:
        if operation in ("OpsSetPoolLimit", "OpsFreeSlots"):
            raise kind(REFUSAL)

    pools.before = refuse
    with pytest.raises(ForbiddenError):
        apply(pools, {"a": 2})
    with pytest.raises(ForbiddenError):
        [*api(pools).free(api(pools).find())]


def test_a_name_that_nothing_uses_is_told() -> None:
    pools = Pools({"a": 1}, {"a": [("1", "load")]}, fake_run("1", "STARTED"))
    pools.defined = ["b"]
    assert [each.is_used for each in api(pools).plan({"a": 2, "b": 2, "c": 2})] == [True, True, False]
    # Older servers can't tell.
    pools.defined = None
    assert [each.is_used for each in api(pools).plan({"a": 2, "b": 2})] == [True, None]


def test_stuck_slots_are_those_of_runs_that_have_ended_or_are_gone() -> None:
    held = {"a": [("1", "x"), ("2", "x"), ("3", "x"), ("4", "x")], "b": [("1", "x")]}
    runs = [fake_run("1", "FAILURE"), fake_run("2", "STARTED"), fake_run("3", "CANCELING")]
    pools = Pools({}, held, *runs)
    found = api(pools).find()
    assert [(slot.pool, slot.run_id, slot.run_status) for slot in found] == [
        ("a", "1", "FAILURE"),
        ("a", "4", None),
        ("b", "1", "FAILURE"),
    ]
    results = [*api(pools).free(found)]
    assert all(each.freed for each in results)
    # The slots of one step are freed together.
    assert pools.mutations == ["OpsFreeSlots"] * 2
    assert pools.held == {"a": [("2", "x"), ("3", "x")], "b": []}


def test_a_run_at_work_keeps_its_slots() -> None:
    pools = Pools({}, {"a": [("1", "x")]}, fake_run("1", "STARTED"), fake_run("2"))
    with pytest.raises(ConflictError):
        api(pools).find("1")
    assert not api(pools).find("2")
    with pytest.raises(NotFoundError):
        api(pools).find("3")


def test_slots_of_one_step_can_be_named() -> None:
    pools = Pools({}, {"a": [("1", "x"), ("1", "y")]}, fake_run("1", "CANCELED"))
    assert [slot.step_key for slot in api(pools).find("1", "y")] == ["y"]
    assert len(api(pools).find("1")) == 2
    with pytest.raises(NotFoundError, match="holds no slot"):
        api(pools).find("1", "z")


def test_a_slot_that_is_still_held_was_not_freed() -> None:
    pools = Pools({}, {"a": [("1", "x")]}, fake_run("1", "CANCELED"))
    pools.deaf = True
    (result,) = api(pools).free(api(pools).find("1"))
    assert (result.freed, result.code) == (False, "INTERNAL_ERROR")
