"""Asset keys as users write them."""

import pytest

from dagster_ops_cli.schemas.selectors import asset_key, asset_path


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (["orders"], "orders"),
        (["raw", "orders"], "raw/orders"),
        (["s3://files/in", "x"], r"s3:\/\/files\/in/x"),
        ([r"back\slash", "a.b", 'c"d', "ü"], 'back\\slash/a.b/c"d/ü'),
    ],
)
def test_a_slash_inside_a_part_is_not_one_between_parts(path: list[str], key: str) -> None:
    assert asset_key(path) == key
    assert asset_path(key) == path
