"""Keys of partitions: Dagster joins the values of several dimensions, in the order of the dimensions' names."""

import pytest

from dagster_ops_cli.schemas.partition_key import PartitionKey


@pytest.mark.parametrize(
    ("text", "dimensions", "values"),
    [
        ("2024-01-01", ["daily"], {"daily": "2024-01-01"}),
        ("a|b", ["daily"], {"daily": "a|b"}),
        ("2024-01-01|NL01497", ["daily", "stations"], {"daily": "2024-01-01", "stations": "NL01497"}),
        ("2024-01-01|NL01497", ["stations", "daily"], {"daily": "2024-01-01", "stations": "NL01497"}),
        ("anything", [], {"partition": "anything"}),
    ],
)
def test_a_key_is_its_values_in_the_order_of_their_dimensions(
    text: str, dimensions: list[str], values: dict[str, str]
) -> None:
    key = PartitionKey.parse(text, dimensions)
    assert key.values == values
    assert str(key) == text


@pytest.mark.parametrize("text", ["2024-01-01", "2024-01-01|NL01497|x"])
def test_a_key_has_a_value_for_each_dimension(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not have 2 dimensions"):
        PartitionKey.parse(text, ["daily", "stations"])


def test_a_run_has_a_tag_for_its_key_and_one_for_each_of_several_dimensions() -> None:
    assert PartitionKey({"stations": "NL01497", "daily": "2024-01-01"}).tags == {
        "dagster/partition": "2024-01-01|NL01497",
        "dagster/partition/daily": "2024-01-01",
        "dagster/partition/stations": "NL01497",
    }
    assert PartitionKey({"daily": "2024-01-01"}).tags == {"dagster/partition": "2024-01-01"}
