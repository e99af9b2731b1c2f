"""Compare the CPU of `ops api run get` with that of importing what it is made of, in turn.

    python benchmarks/start_up.py

Target: at most 1.35, median of 15 pairs.
"""

import resource
import statistics
import subprocess
import sys

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster

PAIRS = 15
IMPORTS = [sys.executable, "-c", "import click, pydantic, gql, gql.transport.requests"]


def main() -> None:
    with LocalDagster() as dagster:
        run = Ops(url=dagster.url).runs.launch(LOCATION, REPOSITORY, "noisy_job")
        get = [sys.executable, "-m", "dagster_ops_cli", "api", "run", "get", run.id, "--url", dagster.url]
        pairs = [(cpu(get), cpu(IMPORTS)) for _ in range(PAIRS)]
    ratio = statistics.median(ours / imports for ours, imports in pairs)
    ours, imports = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"CPU: ops api run get {ours:.3f} s, its imports {imports:.3f} s; ratio: median {ratio:.3f} of {PAIRS} pairs")


def cpu(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
