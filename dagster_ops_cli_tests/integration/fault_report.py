"""The tables of faults in the docs. `make faults` writes them; the tests compare their results with the rows."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dagster_ops_cli_tests.invoke import Outcome
from dagster_ops_cli_tests.secret_scan import TOKEN

DOCS = Path(__file__).parent.parent.parent / "docs"
WRITE = bool(os.environ.get("FAULT_TABLES"))
# Every command of these tests sends this secret, and none may print it.
HEADER = f"--header 'X-Token: {TOKEN}'"
FOREVER = 1000
# Between the trouble and what the command does about it.
TROUBLE = "; (?:attempt|checking|asking|continuing) "
# The names of the faults in the tables.
MEANINGS = {
    "reset_before": "connection reset before the request arrived",
    "reset_after": "connection reset after the request arrived",
    "half": "half an answer",
    "stall": "no answer",
    "slow": "an answer at 10 kB/s",
    "too_many": "429 with Retry-After",
    "fault_in_json": "500 with JSON",
    "bad_gateway": "502 with HTML",
    "redirect": "a redirect to elsewhere",
    "login_page": "a login page",
    "refused": "connection refused",
    "wrong_certificate": "a wrong certificate",
    "expired_certificate": "an expired certificate",
    "restart": "the webserver killed and started again",
}


@dataclass
class Report:
    """The table in the file ``name``. It has ``rows`` rows when all tests have run."""

    name: str
    rows: int
    lines: list[str] = field(default_factory=list)

    def add(self, fault: str, command: str, *cells: object) -> None:
        """Add a row to the new table, or compare it with the table in the docs.

        The last cell is the first message that the user sees. It depends on timing, so it is not compared.
        """
        line = f"| {' | '.join([MEANINGS[fault], f'`{command}`', *map(str, cells)])} |\n"
        self.lines.append(line)
        if not WRITE:
            assert _row(line) in rows_of((DOCS / self.name).read_text()), (
                f"run `make faults` to update docs/{self.name}"
            )


@contextmanager
def reporting(name: str, head: str, rows: int) -> Iterator[Report]:
    """Yield a report. `make faults` runs all tests in one process and then writes the table."""
    report = Report(name, rows)
    yield report
    if WRITE and len(report.lines) == rows:
        (DOCS / name).write_text(head + "".join(sorted(report.lines)))


def check_table(name: str, rows: int) -> None:
    """Check that the table has the expected number of rows, and none twice."""
    found = rows_of((DOCS / name).read_text())
    assert len(set(found)) == len(found) == rows, f"run `make faults` to update docs/{name}"


def _row(line: str) -> tuple[str, ...]:
    """Return the fault and the command of a table row."""
    return tuple(cell.strip() for cell in line.split(" | ")[:2])


def rows_of(text: str) -> list[tuple[str, ...]]:
    """Return the rows of a table in the docs, without its header."""
    return sorted(_row(line) for line in text.partition("---|\n")[2].splitlines())


def neutral(text: str, url: str) -> str:
    return text.replace(url, "http://dagster")


def trouble(err: str, url: str) -> str:
    """Return the first line on stderr about a fault: why a request is repeated or checked, or the error."""
    for line in err.splitlines():
        if line.startswith("{"):
            return neutral(json.loads(line)["error"], url)
        if found := re.match(f"(.*){TROUBLE}", line):
            return neutral(found[1], url)
    return ""


def check(outcome: Outcome, exit_code: int, expected: str, url: str) -> None:
    assert outcome.exit_code == exit_code, outcome.stderr
    assert "Traceback" not in outcome.stderr
    got = neutral(outcome.stdout, url)
    # No output is lost or repeated. Output before a failure is the beginning of the right output.
    assert got == expected if exit_code == 0 else expected.startswith(got)
