"""The walls of the house and its names; see CONTRIBUTING.md."""

import ast
import importlib
import inspect
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

import dagster_ops_cli
from dagster_ops_cli_tests.reference import REFERENCE, commands

PACKAGE = Path(dagster_ops_cli.__file__).parent
NAME = PACKAGE.name
# Which floors a floor may call; all may use these, which know of no other.
FREE = {"errors", "files", "nearest", "schemas", "times", "__init__"}
MAY_IMPORT = {
    "cli": {"cli", "api", "formatters", "reports", "scripts", "demo", "settings"},
    "scripts": {"scripts", "api"},
    "api": {"api", "adapters", "http"},
    "adapters": {"adapters", "http"},
    "http": {"http", "settings"},
    "formatters": {"formatters"},
    "reports": {"reports"},
    "demo": {"demo"},
    "settings": {"settings"},
    "schemas": {"schemas"},
    "errors": set(),
    "files": set(),
    "nearest": set(),
    "times": set(),
    "__init__": {"api"},
    "__main__": {"cli"},
}
# Additional imports of single files.
ALSO = {
    "cli/context.py": {"http"},  # it builds the client
    "api/dagster.py": {"settings"},  # connect() loads them
    "api/doctor/__init__.py": {"settings"},  # it checks what they lead to
}
# Which libraries are at home where; a name that is not here may be used anywhere.
HOMES = {
    "click": ("cli/",),
    # Only where documents are foreign: those of ours are constants, which tests hold against every schema.
    "gql": ("adapters/schema.py", "api/graphql.py"),
    "graphql": ("adapters/schema.py", "api/graphql.py"),
    "yaml": ("settings/", "scripts/", "adapters/run/config.py", "adapters/run/queue.py"),
    "dagster": ("demo/definitions.py",),
    "jinja2": ("reports/",),
    "prometheus_client": ("formatters/metrics.py",),
    "rich": ("cli/", "formatters/terminal/"),
    "requests": ("http/",),
    "urllib3": ("http/",),
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_hints_name_commands_in_their_short_form() -> None:
    """``ops run why ID``, not ``ops api run why ID``; what repeats the user's own words is not a constant."""
    for path in FILES:
        tree = ast.parse(path.read_text())
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                assert "ops api " not in node.value or path.name == "group.py", f"{path}:{node.lineno}"
            if isinstance(node, ast.List | ast.Tuple):
                words = [each.value for each in node.elts[:2] if isinstance(each, ast.Constant)]
                assert words != ["ops", "api"], f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_stay_within_the_walls(path: Path) -> None:
    for name in imports(path):
        if name.startswith(f"{NAME}.") and (there := name.split(".")[1]) not in FREE and there != "__version__":
            also = ALSO.get(str(path.relative_to(PACKAGE)), set())
            assert there in MAY_IMPORT[floor(path)] | also, f"{floor(path)} may not import {name}"
        homes = HOMES.get(name.split(".")[0])
        if homes:
            assert str(path.relative_to(PACKAGE)).startswith(homes), f"{name} is not at home here"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_for_odds_and_ends(path: Path) -> None:
    assert path.stem not in {"utils", "util", "shared", "helpers", "common", "misc"}
    assert not any(name.startswith("dagster_ops_cli_tests") for name in imports(path))


# Facts, mostly about Dagster, as patterns in the code, and the one file that may contain each.
FACTS = {
    "the nearest name": (r"get_close_matches", "nearest.py"),
    "tags of Dagster": (r'"\.?dagster/', "schemas/dagster_tags.py"),
    "tags of ops": (r'"ops/[\w-]+"', "schemas/ops_tags.py"),
    "keys of partitions": (r'= "\|"$|(split|count|partition)\("\|"\)', "schemas/partition_key.py"),
    "selectors of jobs": (r'"repositoryLocationName":|_partition_set"', "schemas/selectors.py"),
    "selectors of assets": (r'\{"path": ', "schemas/selectors.py"),
    "lists of tags": (r'\{"key": \w+, "value"', "schemas/selectors.py"),
}


@pytest.mark.parametrize(("fact", "home"), FACTS.values(), ids=FACTS)
def test_a_fact_stands_once(fact: str, home: str) -> None:
    found = [path for path in FILES if re.search(fact, path.read_text(), re.MULTILINE)]
    assert [str(path.relative_to(PACKAGE)) for path in found] == [home]


# Mechanisms, as patterns in the code, and the files that may contain them.
MECHANISMS = {
    "interrupts": (
        r"except .*KeyboardInterrupt",
        {"__main__.py", "api/waiting/interrupt.py", "cli/main.py", "cli/commands/demo.py"},
    ),
    "questions": (r"click\.(confirm|prompt)|\binput\(|stdin\.readline\(\)$", {"cli/confirm.py"}),
    "back-off": (r"pause \* 2", {"http/retry.py"}),
    "batches": (
        r"for start in range\(0, len\(",
        {"api/waiting/paging.py", "schemas/backfill/launch.py"},
    ),
    "pages of whole lists": (r"def page_of", {"api/waiting/paging.py"}),
    "classes of errors by their tree": (r"__subclasses__", set[str]()),
    "batches of runs to terminate": (
        r"[^\w]terminate_runs\(",
        {"adapters/run/bulk.py", "api/run/bulk.py", "api/run/stop.py"},
    ),
}


@pytest.mark.parametrize(("mechanism", "homes"), MECHANISMS.values(), ids=MECHANISMS)
def test_a_mechanism_stands_once(mechanism: str, homes: set[str]) -> None:
    found = {str(path.relative_to(PACKAGE)) for path in FILES if re.search(mechanism, path.read_text(), re.MULTILINE)}
    assert found == homes


def test_scripts_know_neither_the_registry_nor_the_runner() -> None:
    for name in ("backfill", "launch", "script"):
        known = set(imports(PACKAGE / "scripts" / f"{name}.py"))
        assert not [each for each in known if ".scripts.registry" in each or ".scripts.runner" in each], name


def modules(floor: str) -> list[ModuleType]:
    parts = [
        path.relative_to(PACKAGE.parent).with_suffix("").parts for path in FILES if path.is_relative_to(PACKAGE / floor)
    ]
    return [importlib.import_module(".".join(part for part in names if part != "__init__")) for names in parts]


# An API's own file imports no model that only one of its methods needs.
SCHEMAS = {
    name: value for module in modules("schemas") for name, value in vars(module).items() if inspect.isclass(value)
}


def api_classes() -> list[type]:
    return [
        each
        for module in modules("api")
        for each in vars(module).values()
        if inspect.isclass(each) and each.__name__.endswith("Api") and each.__module__ == module.__name__
    ]


def methods() -> list[tuple[type, str]]:
    return [
        (each, name)
        for each in api_classes()
        for name, value in vars(each).items()
        if inspect.isfunction(value) and not name.startswith("_")
    ]


VERBS = {
    *("start", "stop", "reset", "preview", "set"),
    *("get", "list", "stream", "follow", "find", "plan", "locate", "cancel", "resume", "retry", "select", "summarize"),
    *("check", "execute", "launch", "watch", "terminate", "delete", "reexecute", "refresh", "reload", "add"),
    *("apply", "free", "report", "wipe"),
}


@pytest.mark.parametrize(("kind", "name"), methods(), ids=lambda value: getattr(value, "__name__", value))
def test_api_methods_are_verbs_of_primitives_and_models(kind: type, name: str) -> None:
    method = getattr(kind, name)
    assert name.split("_", maxsplit=1)[0] in VERBS
    assert inspect.getdoc(method)
    hints = typing.get_type_hints(method, localns=SCHEMAS)
    assert "return" in hints
    assert "click" not in str(hints), "the command line stays upstairs"
    assert "dict[str, typing.Any]" not in str(hints["return"]), "models out, not raw answers"


def test_api_classes_hold_a_client_and_are_frozen() -> None:
    assert api_classes()
    for each in api_classes():
        parameters = list(inspect.signature(each).parameters)
        assert parameters[0] == "client"
        assert each.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_commands_have_help_and_stand_in_the_docs(path: str, command: click.Command) -> None:
    assert command.help, path
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{path} {param.name}"
    if not isinstance(command, click.Group):
        assert f"## `{path.replace('ops api ', 'ops ')}`" in REFERENCE.read_text()


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_commands_that_talk_to_dagster_take_the_connection_options(path: str, command: click.Command) -> None:
    if path.startswith("ops api ") and not isinstance(command, click.Group):
        names = {param.name for param in command.params}
        assert {"url", "header", "timeout", "view_graphql", "quiet", "no_color", "plain", "as_json"} <= names


def test_commands_are_short() -> None:
    for path in sorted((PACKAGE / "cli" / "api").rglob("*.py")):
        tree = ast.parse(path.read_text())
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)], f"{path.name}: errors go to main.py"


def required(table: Mapping[str, Any]) -> set[str]:
    """The names of the packages that `pip install` with all extras asks for."""
    extras = [each for name, lines in table["optional-dependencies"].items() if name != "test" for each in lines]
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in [*table["dependencies"], *extras]}


def test_every_library_that_is_imported_is_declared() -> None:
    # Python 3.10 has no tomllib.
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    declared = required(tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"])
    packages = {"yaml": "pyyaml", "graphql": "graphql-core"}
    imported = {name.split(".")[0] for path in FILES for name in imports(path)} - sys.stdlib_module_names - {NAME}
    assert {packages.get(name, name).replace("_", "-") for name in imported - {"tomllib"}} <= declared


def private_attributes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            if private and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}):
                yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(NAME):
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_private_attributes_of_libraries(path: Path) -> None:
    # Python documents this one.
    assert set(private_attributes(ast.parse(path.read_text()))) <= {"os._exit"}


# Functions that change the whole process.
SWITCHES = (
    *("setswitchinterval", "setrecursionlimit", "set_threshold", "filterwarnings", "simplefilter", "setlocale"),
    *("disable_warnings", "setdefaulttimeout", "basicConfig"),
)


def test_process_wide_switches_stand_in_main_only() -> None:
    found = {
        (str(path.relative_to(PACKAGE)), node.attr)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in SWITCHES
    }
    assert {path for path, _ in found} == {"cli/main.py"}


def test_the_date_is_asked_for_in_one_place() -> None:
    """Replays set the clock to the time of their recording; another clock would let them fail days later."""
    assert [path.name for path in FILES if "datetime.now(" in path.read_text()] == ["times.py"]


def test_formatters_know_no_formats() -> None:
    for path in sorted((PACKAGE / "formatters").rglob("*.py")):
        assert not re.search(r"as_json\b", path.read_text()), path.name
