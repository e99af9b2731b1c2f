"""Keep the README's examples true: ``python -m dagster_ops_cli_tests.readme`` rewrites them from the recordings.

A block of console output below ``<!-- scenario: NOUN/NAME -->`` is what that scenario prints.
"""

import re
from pathlib import Path

from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, ops_of, replayed, scenarios

README = RECORDINGS.parent / "README.md"
BLOCK = re.compile(r"(<!-- scenario: (\S+)/(\S+) -->\n```console\n).*?(```\n)", re.DOTALL)


def refreshed(text: str) -> str:
    """Return ``text`` with every example's output from its recording."""
    known = {(scenario.noun, scenario.name): scenario for scenario in scenarios()}

    def example(match: re.Match[str]) -> str:
        scenario = known[match[2], match[3]]
        with replayed(scenario.turns) as client:
            outcome = invoke(scenario.command, ops_of(scenario, client))
        return f"{match[1]}$ {scenario.command}\n{outcome.stdout}{outcome.stderr}{match[4]}"

    return BLOCK.sub(example, text)


def main(path: Path = README) -> None:
    path.write_text(refreshed(path.read_text()))


if __name__ == "__main__":
    main()
