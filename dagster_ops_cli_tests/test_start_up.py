"""The modules that a command loads in a fresh interpreter: nothing heavy for help and wrong options, and only what a
call needs."""

import json
import os
import subprocess
import sys

import pytest

from dagster_ops_cli_tests.http.test_client import RUN, answers
from dagster_ops_cli_tests.stub import stub

HEAVY = {"pydantic", "gql", "graphql", "requests", "urllib3", "yaml", "rich", "dagster", "prometheus_client"}
# What `ops api run get ID` may load of other packages: its three libraries, and what these need themselves.
LIBRARIES = {
    *("click", "pydantic", "requests"),
    *("annotated_types", "certifi", "chardet", "charset_normalizer", "idna", "pydantic_core", "typing_extensions"),
    *("typing_inspection", "urllib3"),
}
# The modules of ours that it loads, all of them.
MODULES = """
adapters adapters.run adapters.union adapters.versions
api api.dagster api.run api.waiting api.waiting.interrupt api.waiting.lost_answer api.waiting.poll
cli cli.api cli.api.group cli.api.run cli.api.run.get
cli.arguments cli.arguments.ids cli.confirm cli.context cli.help
cli.lazy cli.main cli.options cli.params cli.root cli.streams cli.waiting
errors nearest times
formatters formatters.run formatters.table formatters.text
http http.client http.failures http.retry http.transport
schemas schemas.dagster_tags schemas.enums schemas.exchange schemas.model schemas.ops_tags schemas.run
schemas.run.filter schemas.selectors
settings settings.load settings.sources settings.target settings.values
"""
CODE = """
import sys
before = set(sys.modules)
import json
from contextlib import redirect_stdout, redirect_stderr
from io import BytesIO, TextIOWrapper
from dagster_ops_cli.cli.main import run
with redirect_stdout(TextIOWrapper(BytesIO())), redirect_stderr(TextIOWrapper(BytesIO())):
    code = run(sys.argv[1:])
print(json.dumps([code, sorted(set(sys.modules) - before)]))
"""


def load(*words: str, **environ: str) -> tuple[int, set[str]]:
    """Run a command line in a fresh interpreter, and return its exit code and the modules that it loaded."""
    command = [sys.executable, "-c", CODE, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environ})
    code, modules = json.loads(done.stdout)
    return code, set(modules)


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [
        ("", 0),
        ("--help", 0),
        ("--version", 0),
        ("api --help", 0),
        ("api run --help", 0),
        ("api run get --help", 0),
        *(
            (f"api run {verb} --help", 0)
            for verb in ("list", "launch", "watch", "terminate", "reexecute", "delete", "stats")
        ),
        ("api run-events get --help", 0),
        ("api job get --help", 0),
        ("api job list --help", 0),
        ("api code-location reload --help", 0),
        ("api code-location reload", 2),
        ("api pool list --help", 0),
        ("api pool free", 2),
        ("api queue get --help", 0),
        ("api partition list --help", 0),
        ("api asset report-materialization --help", 0),
        ("api asset wipe a", 2),
        ("api asset-check report a b", 2),
        ("api schedule list --help", 0),
        ("api sensor set-cursor --help", 0),
        ("api automation freeze --help", 0),
        ("api schedule stop", 2),
        ("api partition list", 2),
        ("api partition list --job a --asset b", 2),
        ("api partition list --job a --status LOUD", 2),
        ("completion bash", 0),
        ("demo --help", 0),
        ("config --help", 0),
        ("metrics --help", 0),
        ("top --help", 0),
        ("top --interval soon", 2),
        ("metrics --label 1=2", 2),
        ("config path", 0),
        ("config set p", 2),
        ("api run get", 2),
        ("api run get 1 --no-such-flag", 2),
        ("api run-events get 1 --level LOUD", 2),
        ("api run-events get 1 --limit 1 --all", 2),
        ("api run-events get 1 --limit 0", 2),
        ("no-such-command", 2),
    ],
)
def test_loads_nothing_heavy(line: str, exit_code: int) -> None:
    code, modules = load(*line.split())
    assert code == exit_code
    assert not HEAVY & packages(modules)


@pytest.mark.parametrize("words", ["ops ", "ops api ", "ops api run get --js", "ops nonsense foo"])
def test_completion_loads_nothing_heavy(words: str) -> None:
    code, modules = load(_OPS_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
    assert code == 0
    assert not HEAVY & packages(modules)


def test_a_call_loads_what_it_needs() -> None:
    with stub(answers({"runOrError": RUN})) as server:
        code, modules = load("api", "run", "get", "1", "--url", server.url)
    assert code == 0
    ours = {name for name in modules if name.startswith("dagster_ops_cli.")}
    assert ours == {f"dagster_ops_cli.{name}" for name in MODULES.split()}
    others = {name for name in packages(modules) - sys.stdlib_module_names if not name.startswith("_")}
    assert {"click", "pydantic", "requests"} <= others <= LIBRARIES | {"cython_runtime", "dagster_ops_cli"}
    assert not {"asyncio", "subprocess", "tomllib"} & modules
