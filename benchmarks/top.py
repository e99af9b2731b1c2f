"""Run `ops top` on a terminal for a while beside a real Dagster with runs, and compare its CPU time with the wall time.

    python benchmarks/top.py [SECONDS]

The start is left out: the measurement begins with the first complete screen. Target: under 5 % of a core with
``--interval 2``.
"""

import os
import sys
import time
from pathlib import Path

from dagster_ops_cli_tests.integration.monitored import monitored_dagster
from dagster_ops_cli_tests.integration.terminal import Terminal

TICK = 1 / os.sysconf("SC_CLK_TCK")
SIZES = ((80, 24), (160, 50))


def cpu_of(process: int) -> float:
    """Return the CPU time of a process in seconds, that of its threads included."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) * TICK


def main(seconds: float) -> None:
    with monitored_dagster() as dagster:
        for columns, rows in SIZES:
            with Terminal(f"ops top --interval 2s --url {dagster.url}") as top:
                top.resize(columns, rows)
                top.read_until("DAEMONS")
                before, began = cpu_of(top.process.pid), time.monotonic()
                end = began + seconds
                top.read_while(lambda end=end: time.monotonic() < end, seconds + 60)
                used, wall = cpu_of(top.process.pid) - before, time.monotonic() - began
                frames = top.screen.count("\x1b[H")
                top.type("q")
                assert top.wait() == 0
            print(
                f"{columns}x{rows}: {used:.2f} s of CPU in {wall:.1f} s, {frames} frames: {used / wall:.1%} of a core"
            )


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 60)
