"""The examples in the README and in docs/ run, and print what the pages say."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from dagster_ops_cli.cli.root import root
from dagster_ops_cli.settings import DEFAULT_URL
from dagster_ops_cli_tests.readme import BLOCK, DOCS, PICTURES, README, ROOT, picture, refreshed, shown

TEXTS = {path.relative_to(ROOT): path.read_text() for path in (*ROOT.glob("*.md"), *DOCS.glob("*.md"))}
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
# Whole lines of code blocks, and commands within sentences; both end at a comment, a pipe or a redirect.
LINES = {line.strip() for line in re.findall(r"^(?:\$ )?(ops [a-z](?:'[^'\n]*'|[^#\n|<>])*)", BLOCKS, re.MULTILINE)}
NAMED = {line.strip() for line in re.findall(r"`(ops [a-z][^`#\n|<>]*)`", ALL)}


@pytest.mark.parametrize("line", sorted(LINES | NAMED))
def test_commands_and_their_options_exist(line: str) -> None:
    command: click.Command = root
    ctx = click.Context(root, info_name="ops")
    words = shlex.split(line)[1:]
    # Words in capitals are placeholders.
    while words and isinstance(command, click.Group) and not words[0].isupper():
        _, found, words = command.resolve_command(ctx, words)
        assert found
        command, ctx = found, click.Context(found, parent=ctx, info_name=found.name)
    if not isinstance(command, click.Group):
        command.make_parser(ctx).parse_args(words)


def test_there_are_commands_to_check() -> None:
    assert len(LINES) >= 20
    assert len(NAMED) >= 20


@pytest.mark.parametrize("line", ["ops run lst", "ops run get ID --no-such", "ops nonsense"])
def test_commands_that_do_not_exist_are_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        test_commands_and_their_options_exist(line)


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
