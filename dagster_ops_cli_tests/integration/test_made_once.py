"""What several workers share is made by the first of them; if that fails, the others fail at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_ops_cli_tests.integration.servers import FOLDER, made_once


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))


def counting(called: list[int], error: BaseException | None = None) -> Callable[[], list[int]]:
    def make() -> list[int]:
        called.append(1)
        if error:
            raise error
        return called

    return make


def test_it_is_made_once() -> None:
    called: list[int] = []
    assert made_once("it", counting(called)) == made_once("it", counting(called)) == [1]
    assert made_once("other", counting(called)) == [1, 1]


@pytest.mark.parametrize("error", [OSError("no port"), pytest.fail.Exception("Timeout after 600 s")])
def test_what_could_not_be_made_is_not_tried_again(error: BaseException) -> None:
    called: list[int] = []
    with pytest.raises(type(error)):
        made_once("it", counting(called, error))
    with pytest.raises(RuntimeError, match=f"^it failed before: .*: {error}$"):
        made_once("it", counting(called))
    assert called == [1]
