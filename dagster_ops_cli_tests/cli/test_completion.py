"""What a shell completes: names and ids, from a cache, and never an error on the screen."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path

import pytest

from dagster_ops_cli import times
from dagster_ops_cli.cli.main import run
from dagster_ops_cli_tests.cli.test_streams import serving
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS
from dagster_ops_cli_tests.secret_scan import TOKEN, look
from dagster_ops_cli_tests.stub import Stub, sends
from dagster_ops_cli_tests.test_start_up import HEAVY, load, packages

ONE, TWO = (f"abcdef0{number}-0000-4000-8000-000000000000" for number in (1, 2))
BIN = str(Path(sys.executable).parent)


def dagster() -> FakeDagster:
    known = FakeDagster.of(fake_run(ONE, "FAILURE"), fake_run(TWO, jobName="bad\nname"))
    # As a real Dagster answered.
    for turn in json.loads((RECORDINGS / "job" / "list_jobs.json").read_text())["turns"]:
        known.answers[turn["operation"]] = lambda variables, answer=turn["data"]: answer  # type: ignore[misc]
    return known


@pytest.fixture
def server() -> Iterator[Stub]:
    with serving(dagster()) as server:
        yield server


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "ops"


def complete(line: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what is offered for the last word of a command line, each with its description."""
    words = line.split(" ")
    monkeypatch.setenv("_OPS_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    # click writes bytes.
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run([])
    monkeypatch.delenv("_OPS_COMPLETE")
    assert err.getvalue() == ""
    out.seek(0)
    lines = out.read().split("\n")
    return [(value, about) for kind, value, about in zip(*[iter(lines)] * 3, strict=False) if kind == "plain"]


def test_runs_have_their_job_and_their_age(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    found = dict(complete(f"ops run get --url {server.url} ", monkeypatch))
    assert set(found) == {ONE, TWO, "@latest", "@failed"}
    assert found[ONE].startswith("nightly FAILURE ")
    assert found[ONE].endswith(" ago")
    assert found[TWO].startswith(r"bad\nname SUCCESS ")
    assert dict(complete(f"ops run get --url {server.url} abcdef01", monkeypatch)) == {ONE: found[ONE]}


def test_names_begin_with_what_was_typed(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete(f"ops run list --url {server.url} --job seed", monkeypatch) == [("seeded_job", "luchtmeetnet")]


def test_profiles_come_from_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("staging", "production"):
        assert invoke(f"ops config set {name} --url http://localhost:1").exit_code == 0
    assert complete("ops config use s", monkeypatch) == [("staging", "_")]
    assert complete("ops run list --profile p", monkeypatch) == [("production", "_")]


def test_a_second_completion_asks_nothing_and_a_later_one_asks_again(
    server: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"ops run get --url {server.url} "
    first = complete(line, monkeypatch)
    asked = len(server.seen)
    assert asked
    assert complete(line, monkeypatch) == first
    assert len(server.seen) == asked
    now = times.now() + timedelta(minutes=2)
    monkeypatch.setattr(times, "now", lambda: now)
    assert complete(line, monkeypatch)
    assert len(server.seen) == 2 * asked


def test_the_cache_is_private_and_holds_no_secret(server: Stub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_HEADERS", json.dumps({"Authorization": f"Bearer {TOKEN}"}))
    complete(f"ops run get --url {server.url.replace('//', f'//somebody:{TOKEN}@')} ", monkeypatch)
    assert server.seen
    files = [*cache.iterdir()]
    assert len(files) == 1
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert TOKEN not in files[0].name + files[0].read_text()
    look(files[0].read_text(), "the cache")


def test_a_relative_cache_folder_is_ignored(server: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert len(complete(f"ops run get --url {server.url} ", monkeypatch)) == 4
    assert [*(tmp_path / "here").iterdir()] == []
    assert len([*(tmp_path / "home" / ".cache" / "ops").iterdir()]) == 1


def test_each_target_has_its_own_cache(server: Stub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeDagster.of()) as other:
        assert len(complete(f"ops run get --url {server.url} ", monkeypatch)) == 4
        assert len(complete(f"ops run get --url {other.url} ", monkeypatch)) == 2
    assert len([*cache.iterdir()]) == 2


@pytest.mark.parametrize(
    "line",
    [
        "ops run get --url http://127.0.0.1:9 abc",
        "ops run get --url nonsense abc",
        "ops run get --profile nobody abc",
        "ops run get --api-token - abc",
        "ops run watch - abc",
        "ops run list --limit x --job ",
    ],
)
def test_nothing_is_offered_and_no_error_shown_where_dagster_can_not_be_asked(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_URL", "http://127.0.0.1:9")
    assert complete(line, monkeypatch) == []


def test_old_names_are_better_than_none_and_dagster_is_not_asked_at_every_key(
    server: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"ops run list --url {server.url} --job "
    known = complete(line, monkeypatch)
    now = times.now() + timedelta(hours=1)
    monkeypatch.setattr(times, "now", lambda: now)
    server.reply = sends(403, "{}")
    asked = len(server.seen)
    assert complete(line, monkeypatch) == known
    assert len(server.seen) == asked + 1
    assert complete(line, monkeypatch) == known
    assert len(server.seen) == asked + 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", '{"at": 1e12}', '{"at": "x", "names": []}'),
        *(
            f'{{"at": NOW, "names": {names}}}'
            for names in ("1", '"abc"', '["abc"]', '[["a"]]', '[[1, "", null]]', '[["a", 2, 3]]', '[["a", "", 1e400]]')
        ),
    ],
)
def test_a_broken_cache_is_written_anew(text: str, server: Stub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"ops run list --url {server.url} --job "
    known = complete(line, monkeypatch)
    (file,) = cache.iterdir()
    file.write_text(text.replace("NOW", str(times.now().timestamp())))
    assert complete(line, monkeypatch) == known


def test_without_a_folder_for_the_cache_names_are_still_offered(
    server: Stub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("not a folder")
    assert len(complete(f"ops run list --url {server.url} --job ", monkeypatch)) == 30


def test_names_from_the_cache_load_nothing_heavy(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"ops run list --url {server.url} --job "
    complete(line, monkeypatch)
    code, modules = load(_OPS_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD="5")
    assert code == 0
    assert not HEAVY & packages(modules)


SHELLS = {
    "bash": """eval "$(ops completion bash)"; COMP_WORDS=({line} ''); COMP_CWORD={last}; _ops_completion ops
        printf '%s\\n' "${{COMPREPLY[@]}}" """,
    "zsh": """autoload -U compinit && compinit -u -D; compadd() {{ print -l -- "$@" }}
        _describe() {{ print -l -- ${{(P)3}} }}; eval "$(ops completion zsh)"
        words=({line} ''); CURRENT={number}; _ops_completion""",
    "fish": """ops completion fish | source; complete -C '{line} ' """,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_completes_names_and_shows_no_error(shell: str, server: Stub) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} on this machine")
    line = f"ops run list --url {server.url} --job"
    script = SHELLS[shell].format(line=line, last=len(line.split()), number=len(line.split()) + 1)
    environ = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, timeout=120, env=environ, check=False)
    assert done.stderr == ""
    for name in ("ingestion_job", "weekly_job"):
        assert name in done.stdout


def test_fields_of_json_are_completed_without_asking_dagster(monkeypatch: pytest.MonkeyPatch) -> None:
    def values(line: str) -> list[str]:
        return [value for value, _ in complete(f"ops run {line}", monkeypatch)]

    assert values("get --json --fields sta") == ["status", "started_at", "stats"]
    assert values("get --json --fields id,stats.steps_f") == ["id,stats.steps_failed"]
    # Of the items, and of the list itself.
    assert values("list --json --fields par") == ["parent_run_id", "partition"]
    assert values("list --json --fields it") == ["items"]
