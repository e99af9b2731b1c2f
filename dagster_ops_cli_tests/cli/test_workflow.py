"""What GitHub Actions reads from a job's output contains no command that text from Dagster made."""

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ops_cli.cli.workflow import CommandFilter
from dagster_ops_cli_tests.invoke import OPS

COMMANDS = (
    *("::error::x", " \t::set-output name=a::b", "::stop-commands::t", "\u00a0\u3000::add-mask::x", "\ufeff::debug::x"),
    *("say ##[error]x", "##[group]x", "a\r::error::x", "\n::error::x", "\u2003:", ":", "::", "#", "##", "[", "\r\n"),
)
TEXTS = st.lists(st.text(max_size=5) | st.sampled_from(COMMANDS), max_size=8).map("".join)


def commands(data: bytes) -> list[str]:
    """Return the lines that GitHub's runner would take for commands, as its source says."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = re.split(r"\r\n|\r|\n", text)
    # Python strips a few control characters more than .NET.
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("text", [each for each in COMMANDS if ("::" in each and len(each) > 2) or "##[" in each])
def test_these_are_commands(text: str) -> None:
    assert commands(text.encode())
    assert not commands(CommandFilter()(text.encode()))


@given(TEXTS, st.lists(st.integers(0, 60), max_size=4))
def test_no_command_is_left_however_the_text_arrives(text: str, cuts: list[int]) -> None:
    data = text.encode(errors="replace")
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    clean = CommandFilter()
    written = b"".join(clean(data[start:end]) for start, end in pairwise(places))
    assert [line for line in commands(written) if not re.match(r"[\x1c-\x1f\x85]", line)] == []
    # Nothing is lost, and what makes no command is unchanged.
    assert written.replace(rb"\u003a", b":").replace(rb"\u005b", b"[") == data.replace(rb"\u003a", b":").replace(
        rb"\u005b", b"["
    )
    if not re.search(r"::|##\[", text):
        assert written == data


@given(st.text() | st.sampled_from(COMMANDS))
def test_json_stays_the_same_data(text: str) -> None:
    document = json.dumps({"a": text}, ensure_ascii=False, indent=2).encode(errors="replace")
    assert json.loads(CommandFilter()(document)) == json.loads(document)


CODE = r"""
import sys
from dagster_ops_cli.cli.streams import open_streams, write_workflow_command
open_streams()
print("::error::from Dagster", flush=True)
print("also ##[error]from Dagster", file=sys.stderr)
sys.stdout.buffer.write(b"::warning::raw\n")
sys.stdout.flush()
write_workflow_command("::error::ours")
"""


def say(environ: dict[str, str], **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", CODE]
    return subprocess.run(command, text=True, env={**os.environ, **environ}, check=True, **options)  # type: ignore[call-overload, no-any-return]


def test_only_our_own_commands_reach_github() -> None:
    said = say({"GITHUB_ACTIONS": "true"}, capture_output=True)
    assert said.stdout == ":\\u003aerror::from Dagster\n:\\u003awarning::raw\n"
    assert said.stderr == "also ##\\u005berror]from Dagster\n::error::ours\n"


def test_outside_of_github_nothing_changes() -> None:
    said = say({}, capture_output=True)
    assert said.stdout == "::error::from Dagster\n::warning::raw\n"
    assert said.stderr == "also ##[error]from Dagster\n::error::ours\n"


def test_a_file_is_written_unchanged(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as file:
        say({"GITHUB_ACTIONS": "true"}, stdout=file, stderr=subprocess.PIPE)
    assert (tmp_path / "out").read_text() == "::error::from Dagster\n::warning::raw\n"


def test_help_is_not_changed() -> None:
    done = subprocess.run(
        [*OPS, "run", "get", "--help"], capture_output=True, env={**os.environ, "GITHUB_ACTIONS": "true"}, check=True
    )
    assert b"--report FORMAT=PATH" in done.stdout
