"""``import dagster_ops_cli``: what it exports, how it connects, and the examples of its page."""

import ast
import inspect
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pytest

import dagster_ops_cli as ops
from dagster_ops_cli import errors
from dagster_ops_cli.api.dagster import Apis
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.settings.load import config_path
from dagster_ops_cli_tests.readme import DOCS
from dagster_ops_cli_tests.replay import replayed, scenarios
from dagster_ops_cli_tests.stub import sends, stub
from dagster_ops_cli_tests.test_conventions import SCHEMAS, api_classes, methods

PAGE = DOCS / "library.md"
EXAMPLES = re.findall(r"(?:<!-- scenario: (\S+) -->\n)?```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
SOURCE = Path(str(ops.__file__)).read_text()


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def models(hint: Any) -> Iterator[type]:
    """Yield the models in a type."""
    for each in (hint, *typing.get_args(hint)):
        if each is not hint:
            for inner in each if isinstance(each, list) else [each]:
                yield from models(inner)
        elif inspect.isclass(each) and each.__module__.startswith("dagster_ops_cli."):
            generic = getattr(each, "__pydantic_generic_metadata__", {"args": ()})["args"]
            yield from generic or ([each] if issubclass(each, SCHEMAS["Model"]) else [])


def test_every_api_and_what_it_takes_and_returns_is_exported() -> None:
    wanted = {each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.OpsError)}
    wanted.update(api_classes())
    for kind, name in methods():
        for hint in typing.get_type_hints(getattr(kind, name), localns=SCHEMAS).values():
            wanted.update(models(hint))
    assert len(wanted) > 80
    assert [each for each in wanted if getattr(ops, each.__name__, None) is not each] == []


def test_type_checkers_see_the_same_names() -> None:
    seen = {
        alias.name: node.module
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and node.module not in {"typing", "importlib"}
        for alias in node.names
        if alias.asname == alias.name
    }
    assert sorted([*seen, "__version__"]) == sorted(ops.__all__)
    assert set(ops.__all__) <= set(dir(ops))
    for name, module in seen.items():
        assert getattr(ops, name) is getattr(sys.modules[str(module)], name)


def test_a_name_that_is_not_exported() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = ops.nonsense  # type: ignore[attr-defined]


def test_importing_it_loads_nothing_and_it_never_loads_click() -> None:
    loaded = "; import sys; print(*sorted(sys.modules))"
    ours = {name for name in python(f"import dagster_ops_cli{loaded}").split() if name.startswith("dagster_ops_cli")}
    assert ours == {"dagster_ops_cli"}
    apis = "; ".join(f"d.{name}" for name in api_names())
    everything = "from dagster_ops_cli import *; d = connect('http://localhost:1'); "
    names = python(f"{everything}{apis}{loaded}").split()
    assert "dagster_ops_cli.api.top" in names
    assert not [
        name for name in names if name.split(".")[0] in {"click", "rich"} or name.startswith("dagster_ops_cli.cli")
    ]


def api_names() -> list[str]:
    return [name for name, value in vars(Apis).items() if type(value).__name__ == "cached_property"]


def test_every_api_is_an_attribute_and_stands_on_the_page() -> None:
    with ops.connect("http://localhost:1") as dagster:
        found = {type(getattr(dagster, name)): name for name in api_names()}
    assert set(found) == set(api_classes())
    for kind, name in found.items():
        assert re.search(rf"^\|[^|]*`{name}`[^|]*\|[^|]*`{kind.__name__}`", PAGE.read_text(), re.MULTILINE), name
    # The command line has no other way.
    assert issubclass(Ops, Apis)
    assert not [name for name in api_names() if name in vars(Ops)]


@pytest.mark.parametrize(("scenario", "code"), EXAMPLES, ids=lambda value: value if "\n" not in value else "")
def test_examples_run(
    scenario: str, code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPS_CONFIG", "no-such-file")
    if not scenario:
        exec(code, {})
        return
    known = next(each for each in scenarios() if f"{each.noun}/{each.name}" == scenario)
    monkeypatch.setattr("dagster_ops_cli.api.run.new_request_value", known.request_value)
    monkeypatch.setattr("dagster_ops_cli.api.waiting.poll.Poll.pause", lambda self, seconds, end: None)
    with replayed(known.turns, known.now) as client:
        monkeypatch.setattr("dagster_ops_cli.http.client.HttpClient", lambda settings: client)
        monkeypatch.setattr(client, "close", lambda: None, raising=False)
        exec(code, {})
    assert capsys.readouterr().out


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5
    assert len([scenario for scenario, _ in EXAMPLES if scenario]) >= 4


def test_it_connects_as_the_command_line_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.yaml"
    monkeypatch.setenv("OPS_CONFIG", str(path))
    assert ops.connect().url == "http://localhost:3000"
    path.write_text("current: b\nprofiles:\n  a: {url: http://a:1}\n  b: {url: http://b:1, timeout: 7s}\n")
    path.chmod(0o600)
    assert ops.connect().url == "http://b:1"
    assert ops.connect().settings.timeout == 7
    assert ops.connect(profile="a", timeout=5).settings.timeout == 5
    monkeypatch.setenv("OPS_URL", "http://c:1")
    assert ops.connect().url == "http://c:1"
    assert ops.connect("http://d:1").url == "http://d:1"
    plus = ops.connect(organization="hooli", deployment="prod", token="t" * 20).settings
    assert plus.graphql_url == "https://hooli.dagster.cloud/prod/graphql"
    assert plus.headers["Dagster-Cloud-Api-Token"] == "t" * 20
    with pytest.raises(ops.UnauthorizedError):
        ops.connect(organization="hooli", deployment="prod")
    with pytest.raises(ops.InvalidRequestError):
        ops.connect("http://d:1", profile="a")


@pytest.mark.parametrize("timeout", [0, 0.0, -1, float("nan"), float("inf")])
def test_a_timeout_that_is_none(timeout: float) -> None:
    with pytest.raises(ops.InvalidRequestError, match="timeout must be more than 0 seconds"):
        ops.connect("http://localhost:3000", timeout=timeout)


def test_headers_are_sent_and_the_session_is_closed() -> None:
    answer = '{"data": {"runOrError": {"__typename": "RunNotFoundError", "message": "no"}}}'
    with stub(sends(200, answer)) as server, ops.connect(server.url, headers={"X-Team": "air"}) as dagster:
        with pytest.raises(ops.NotFoundError):
            dagster.runs.get("1")
        session = dagster.client._open
        assert session
        with patch.object(session, "close") as close:
            dagster.close()
        close.assert_called_once_with()
        # Closing is no end: the next call opens a new session.
        with pytest.raises(ops.NotFoundError):
            dagster.runs.get("1")
    assert [headers["X-Team"] for _, headers, _ in server.seen] == ["air", "air"]


def test_warnings_about_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("profiles:\n  a: {url: https://a:1, insecure: 'true'}\n")
    (tmp_path / "config.yaml").chmod(0o600)
    monkeypatch.setenv("OPS_CONFIG", str(tmp_path / "config.yaml"))
    with pytest.warns(UserWarning, match="the certificate of a is not checked"):
        ops.connect(profile="a")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("environ", [{}, {"XDG_CONFIG_HOME": "/x", "APPDATA": "/y"}], ids=["bare", "set"])
def test_the_configuration_file_is_where_click_has_it(
    platform: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("click.utils.WIN", platform == "win32")
    with patch.dict(os.environ, {"HOME": "/home/me", **environ}, clear=True):
        assert config_path(os.environ) == Path(click.get_app_dir("ops"), "config.yaml")
