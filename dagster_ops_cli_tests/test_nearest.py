"""The suggestions for a name that does not exist."""

import pytest

from dagster_ops_cli.api.logs.step_choice import StepChoice
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.nearest import did_you_mean, nearest
from dagster_ops_cli.schemas.run.plan import RunPlan


def test_the_nearest_names_come_first_in_their_own_spelling() -> None:
    known = ["Fetch_Data", "store", "fetch_date", "report"]
    assert nearest("FETCH_DATA", known) == ["Fetch_Data", "fetch_date"]
    assert nearest("FETCH_DATA", known, 1) == ["Fetch_Data"]
    assert did_you_mean("stroe", known) == "Did you mean store?"
    assert did_you_mean("xyz", known) is None


def test_only_the_last_ten_thousand_names_are_compared() -> None:
    known = ["fetch", *(f"{number:_>30}" for number in range(10_000))]
    assert nearest("fetsh", known) == []
    assert nearest("fetsh", known[::-1]) == ["fetch"]


def test_a_step_is_suggested_in_any_case() -> None:
    choice = StepChoice("FETSH", RunPlan(needs={"Fetch": [], "store": ["Fetch"]}))
    with pytest.raises(NotFoundError) as raised:
        choice.check("1")
    assert raised.value.hint == "Its steps include Fetch."
