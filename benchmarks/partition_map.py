"""Draw 100,000 partitions, and print the CPU time.

    python benchmarks/partition_map.py

Target: drawing takes less than a second of CPU. `partition list --all --jsonl`, in turn, shows what reading them costs.
"""

import resource
import statistics
import subprocess
import sys

from dagster_ops_cli.demo.server import LocalDagster

ROUNDS = 5


def main() -> None:
    with LocalDagster("dagster_ops_cli_tests.integration.definitions_many", parts=("code", "webserver")) as dagster:
        command = ["api", "partition", "list", "--job", "many_job", "--url", dagster.url]
        pairs = [(cpu([*command, "--map"]), cpu([*command, "--all", "--jsonl"])) for _ in range(ROUNDS)]
    drawn, listed = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"drawing 100,000 partitions: {drawn:.2f} s of CPU, median of {ROUNDS}; listing them: {listed:.2f} s")


def cpu(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "dagster_ops_cli", *arguments], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
