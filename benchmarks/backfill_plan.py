"""Plan a backfill against 100,000 partition keys, and print the CPU time.

    python benchmarks/backfill_plan.py

Target: less than 2 seconds of CPU for the whole process. `ops --version`, in turn, shows the cost of starting alone.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from dagster_ops_cli.demo.server import LocalDagster

ROUNDS = 5
CONFIG = """
job_name: many_job
tags: {name: many, partitions: [{name: key, start: key-000000, end: key-099999}]}
"""


def main() -> None:
    with (
        LocalDagster("dagster_ops_cli_tests.integration.definitions_many", parts=("code", "webserver")) as dagster,
        tempfile.TemporaryDirectory() as folder,
    ):
        path = Path(folder) / "many.yaml"
        path.write_text(CONFIG)
        plan = ["api", "backfill", "plan", str(path), "--json", "--url", dagster.url]
        pairs = [(cpu(plan), cpu(["--version"])) for _ in range(ROUNDS)]
    taken, started = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"planning 100,000 partitions: {taken:.2f} s of CPU, median of {ROUNDS}; ops --version: {started:.3f} s")


def cpu(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "dagster_ops_cli", *arguments], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
