"""Adding and deleting keys when Dagster's answer is lost or wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dagster_ops_cli.api.dynamic_partition import DynamicPartitionApi
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, NoAnswerError, OpsError

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.dynamic_partition import DynamicPartitionResult

PLACE = {"name": "__repository__", "location": {"name": "here"}}
NODE = {
    "assetKey": {"path": ["accounts"]},
    "repository": PLACE,
    "partitionDefinition": {"name": "customers", "type": "DYNAMIC", "dimensionTypes": []},
}


@dataclass
class FakeDagster:
    """Holds the keys of one definition; a change that is ``lost`` arrives as far as ``arrives`` says."""

    keys: list[str] = field(default_factory=list)
    lost: OpsError | None = None
    arrives: int = 1000
    answer: Mapping[str, Any] | None = None
    url: str = "http://here"

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        name = re.findall(r"\w+", query)[1]
        given = dict(variables or {})
        if name == "OpsListDynamicDefinitions":
            return {"assetNodes": [NODE]}
        if name == "OpsListDynamicPartitions":
            return {"assetNodes": [{"partitionKeysByDimension": [{"name": "default", "partitionKeys": self.keys}]}]}
        if name == "OpsAddDynamicPartitions":
            added = [value for key, value in given.items() if key.startswith("key")]
            self.keys = [*self.keys, *added[: self.arrives]]
            success = {"__typename": "AddDynamicPartitionSuccess"}
            data = {key: self.answer or success for key in given if key.startswith("key")}
        else:
            gone = given["keys"][: self.arrives]
            self.keys = [key for key in self.keys if key not in gone]
            data = {"deleteDynamicPartitions": self.answer or {"__typename": "DeleteDynamicPartitionsSuccess"}}
        if self.lost:
            raise self.lost
        return data


def api(dagster: FakeDagster) -> DynamicPartitionApi:
    return DynamicPartitionApi(dagster, Poll(sleep=lambda seconds: None))


def results(batches: Any) -> dict[str, str]:
    found: list[DynamicPartitionResult] = [each for batch in batches for each in batch]
    return {each.key: each.result for each in found}


def lost() -> OpsError:
    error = NoAnswerError("no answer")
    error.in_doubt = True
    return error


def test_an_addition_whose_answer_is_lost_is_read_back() -> None:
    assert results(api(FakeDagster(lost=lost())).add("customers", ["a", "b"])) == {"a": "added", "b": "added"}


def test_an_addition_that_arrived_in_part_is_told_key_by_key() -> None:
    batches = api(FakeDagster(lost=lost(), arrives=1)).add("customers", ["a", "b"])
    assert results(batches) == {"a": "added", "b": "failed"}


def test_a_success_that_is_not_true_is_a_failure() -> None:
    assert results(api(FakeDagster(arrives=0)).add("customers", ["a"])) == {"a": "failed"}
    assert results(api(FakeDagster(["a"], arrives=0)).delete("customers", ["a"])) == {"a": "failed"}


def test_a_deletion_whose_answer_is_lost_is_read_back() -> None:
    assert results(api(FakeDagster(["a"], lost=lost())).delete("customers", ["a"])) == {"a": "deleted"}


def test_a_key_that_somebody_else_adds_at_the_same_time_is_there() -> None:
    duplicate = {"__typename": "DuplicateDynamicPartitionError", "message": "it exists"}
    assert results(api(FakeDagster(answer=duplicate)).add("customers", ["a"])) == {"a": "added"}


def test_a_refusal_ends_it_before_the_second_batch() -> None:
    dagster = FakeDagster(answer={"__typename": "UnauthorizedError", "message": "Authorization failed"}, arrives=0)
    with pytest.raises(ForbiddenError):
        results(api(dagster).add("customers", [str(number) for number in range(200)]))


def test_a_definition_that_is_gone_is_not_called_forbidden() -> None:
    message = "The repository does not contain a dynamic partitions definition with the given name."
    dagster = FakeDagster(answer={"__typename": "UnauthorizedError", "message": message}, arrives=0)
    (result,) = [each for batch in api(dagster).add("customers", ["a"]) for each in batch]
    assert (result.result, result.code) == ("failed", "DEFINITION_NOT_FOUND")
