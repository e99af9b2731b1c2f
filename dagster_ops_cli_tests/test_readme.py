"""The examples in the README and in docs/ run, and print what the pages say."""

import re
import subprocess
from pathlib import Path

import pytest

from dagster_ops_cli.settings import DEFAULT_URL
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.readme import BLOCK, DOCS, PAGES, PICTURES, README, ROOT, picture, refreshed, shown

TEXTS = {path.relative_to(ROOT): path.read_text() for path in (*PAGES, ROOT / "CONTRIBUTING.md")}
ALL = "\n".join(TEXTS.values())


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_examples_print_what_the_page_says(path: Path) -> None:
    assert refreshed(TEXTS[path]) == TEXTS[path]


def test_there_are_examples_to_check() -> None:
    assert len(BLOCK.findall(ALL)) >= 8


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pictures_show_what_the_command_prints(path: Path) -> None:
    assert path.read_text() == picture(shown(*PICTURES[path]))
    assert "url(http" not in path.read_text()


BLOCKS = "\n".join(re.findall(r"^```\w*\n(.*?)^```$", ALL, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^(?:\$ )?(ops [a-z][^#\n|>]*)", BLOCKS, re.MULTILINE))))
def test_commands_exist(command: str) -> None:
    words = [word for word in command.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
    for count in range(len(words), 0, -1):
        if invoke(["ops", *words[1:count], "--help"]).exit_code == 0:
            break
    assert count > 1, command


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make ([a-z]+)", ALL, re.MULTILINE))))
def test_make_targets_exist(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", TEXTS[path]):
        if not target.startswith("http"):
            assert (ROOT / path).parent.joinpath(target).exists(), target


def test_the_default_address_is_named() -> None:
    assert DEFAULT_URL in README.read_text()
    assert DEFAULT_URL in (DOCS / "connecting.md").read_text()
