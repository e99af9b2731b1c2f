"""The README's examples run, and print what it says."""

import re
import subprocess

import pytest

from dagster_ops_cli.settings import DEFAULT_URL
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.readme import BLOCK, README, refreshed

TEXT = README.read_text()


def test_examples_print_what_the_readme_says() -> None:
    assert len(BLOCK.findall(TEXT)) >= 3
    assert refreshed(TEXT) == TEXT


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^(?:\$ )?(ops [a-z][^#\n|>]*)", TEXT, re.MULTILINE))))
def test_commands_exist(command: str) -> None:
    words = [word for word in command.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
    for count in range(len(words), 0, -1):
        if invoke(["ops", *words[1:count], "--help"]).exit_code == 0:
            break
    assert count > 1, command


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make ([a-z]+)", TEXT, re.MULTILINE))))
def test_make_targets_exist(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=README.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_says_the_default_url() -> None:
    assert DEFAULT_URL in TEXT
