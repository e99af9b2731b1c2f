"""The table of faults in the docs, as a run of the tests found it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).parent.parent.parent / "docs" / "faults.md"
_HEAD = """\
# What goes wrong on the way, and what comes of it

Written by the test run (`dagster_ops_cli_tests/integration/test_faults.py`): each fault between `ops`
and a real Dagster, once, or for ever with a short `--timeout`, and the exit codes. In every row the
answer, where there is one, is complete and the same as without the fault.

| fault | command | once | for ever | what the user is told first |
|---|---|---|---|---|
"""
_WORK = """
In the middle of a command that waits or changes something: faults that pass, and a webserver that is
killed and started again. Whatever the exit code, what was reported as done was done, once, as counted on
the real server, and nothing else was.

| fault | command | exit code | what the user is told first |
|---|---|---|---|
"""


@dataclass
class Report:
    """The rows of questions, and those of work under way."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    work: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(str(cell) for cell in cells))

    def add_work(self, *cells: object) -> None:
        self.work.append(tuple(str(cell) for cell in cells))

    def write(self) -> None:
        TABLE.write_text(f"{_HEAD}{_lines(self.rows)}{_WORK}{_lines(self.work)}")


def _lines(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in sorted(rows))
