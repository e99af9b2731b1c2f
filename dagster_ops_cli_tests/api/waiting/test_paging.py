"""A page of a list that the server returns only as a whole."""

import pytest

from dagster_ops_cli.api.waiting.paging import page_of
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.dynamic_partition import DynamicPartition

KEYS = [DynamicPartition(key=key) for key in "abcdef"]


def page(limit: int | None, cursor: str | None = None, fitting: str = "abcdef") -> tuple[str, str | None, bool]:
    found = page_of(KEYS, lambda each: each.key, limit, cursor, lambda each: each.key in fitting)
    return "".join(each.key for each in found.items), found.cursor, found.has_more


def test_pages_hold_each_item_once() -> None:
    assert page(4) == ("abcd", "d", True)
    assert page(4, "d") == ("ef", None, False)
    assert page(6) == ("abcdef", None, False)
    assert page(None, "b") == ("cdef", None, False)


def test_there_is_more_only_if_more_fits() -> None:
    assert page(2, fitting="bcf") == ("bc", "c", True)
    assert page(2, "c", fitting="bcf") == ("f", None, False)
    assert page(2, fitting="bc") == ("bc", None, False)


def test_the_item_of_the_cursor_need_not_fit_any_more() -> None:
    assert page(2, "d", fitting="bcf") == ("f", None, False)


def test_a_cursor_that_is_no_key_is_refused() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        page(2, "x")
    assert raised.value.code == "INVALID_CURSOR"
