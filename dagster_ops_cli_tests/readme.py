"""Update the examples in the README and docs/ from the recordings: ``python -m dagster_ops_cli_tests.readme``.

A console block below ``<!-- scenario: NOUN/NAME -->`` shows the output of that scenario.
"""

import re
from io import StringIO

from rich.console import Console

from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, Scenario, ops_of, replayed, scenarios

ROOT = RECORDINGS.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))
BLOCK = re.compile(r"(<!-- scenario: (\S+)/(\S+) -->\n```console\n).*?(```\n)", re.DOTALL)
PICTURES = {DOCS / "images" / "why.svg": ("run", "why_survey_run")}


def shown(noun: str, name: str) -> str:
    """Return a scenario's command line, in the short form without ``api``, and its output."""
    scenario = next(each for each in scenarios() if (each.noun, each.name) == (noun, name))
    return _shown(scenario)


def _shown(scenario: Scenario) -> str:
    command = scenario.command.replace("ops api ", "ops ", 1)
    with replayed(scenario.turns, scenario.now) as client:
        outcome = invoke(command, ops_of(scenario, client), together=True)
    return f"$ {command}\n{outcome.stdout}"


def refreshed(text: str) -> str:
    """Return ``text`` with all examples updated from the recordings."""
    return BLOCK.sub(lambda match: match[1] + shown(match[2], match[3]) + match[4], text)


def picture(text: str) -> str:
    """Return an SVG of a terminal that shows ``text``."""
    console = Console(record=True, file=StringIO(), width=100, force_terminal=True)
    command, _, answer = text.partition("\n")
    console.print(command, style="bold", markup=False, highlight=False)
    console.print(answer, markup=False, highlight=False, end="")
    svg = console.export_svg(title="ops", unique_id="ops")
    # Use the reader's monospace font. By default, rich's SVG downloads a font.
    return re.sub(r" *@font-face \{.*?\n    \}\n", "", svg, flags=re.DOTALL)


def main() -> None:
    for page in PAGES:
        page.write_text(refreshed(page.read_text()))
    for path, scenario in PICTURES.items():
        path.write_text(picture(shown(*scenario)))


if __name__ == "__main__":
    main()
