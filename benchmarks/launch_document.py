"""Read the state of a launch of many runs in strategy `runs`, and measure requests, memory and time.

    python benchmarks/launch_document.py [RUNS]

The server computes its answers, so that only the memory of the reader counts. Exits with 1 if reading takes more than
RUNS / 1000 + 10 requests, or more than 150 MB for 100,000 runs (in proportion for more).
"""

import json
import sys
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dagster_ops_cli.api.backfill import BackfillApi
from dagster_ops_cli.schemas.backfill.launch import Launch, launch_value

MEGABYTES, FOR_RUNS = 150.0, 100_000
BEGIN = 1_767_225_600.0


@dataclass
class Server:
    """Answers queries about one launch whose runs have all succeeded; each answer goes through JSON."""

    launch: Launch
    url: str = "http://localhost:3000"
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        written = {**self.launch.written_tags, "ops/worker": "1a2b3c4d", "team": "air quality", "schedule": "nightly"}
        self.written = [{"key": key, "value": value} for key, value in written.items()]
        self.plan = [{"key": key, "value": value} for key, value in self.launch.plan_tags.items()]
        self.carriers = self.launch.carriers

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Answer as a GraphQLClient does."""
        given = dict(variables or {})
        name = query.split("query ", 1)[1].partition("(")[0]
        self.asked.append(name)
        answer = self._poll() if name == "OpsPollLaunch" else self._runs(given)
        found: dict[str, Any] = json.loads(json.dumps(answer))
        return found

    def _poll(self) -> dict[str, Any]:
        daemons = {"daemonHealth": {"allDaemonStatuses": []}}
        return {"SUCCESS": {"count": self.launch.total}, "instance": daemons}

    def _runs(self, given: Mapping[str, Any]) -> dict[str, Any]:
        (tag,) = given["filter"]["tags"]
        last = int(given["cursor"][:8], 16) if given["cursor"] else self.launch.total
        if tag["key"] == "ops/plan-of":
            numbers = [number for number, key in enumerate(self.launch.partitions) if key in self.carriers][::-1]
        else:
            numbers = list(range(last - 1, max(last - 1 - given["limit"], -1), -1))
        return {"runsOrError": {"__typename": "Runs", "results": [self._run(number) for number in numbers]}}

    def _run(self, number: int) -> dict[str, Any]:
        key = self.launch.partitions[number]
        partition = [{"key": "dagster/partition", "value": key}]
        return {
            "runId": f"{number:08x}-0000-4000-8000-{number:012x}",
            "status": "SUCCESS",
            "creationTime": BEGIN + number,
            "startTime": BEGIN + number + 1,
            "endTime": BEGIN + number + 2,
            "jobName": self.launch.job_name,
            "parentRunId": None,
            "rootRunId": None,
            "tags": [*self.written, *partition, *(self.plan if key in self.carriers else [])],
            "repositoryOrigin": {"repositoryLocationName": self.launch.location_name},
        }


def main(runs: int) -> int:
    launch = Launch(
        name="benchmark",
        config_hash="0",
        attempt=1,
        value=launch_value("benchmark", "0", 1),
        strategy="runs",
        job_name="daily_job",
        location_name="here.py",
        repository_name="__repository__",
        partitions=[f"key-{number:06}" for number in range(runs)],
    )
    server = Server(launch)
    api = BackfillApi(server)  # type: ignore[arg-type]  # reading calls only `execute`
    began = time.perf_counter()
    backfill = api.get(launch.value)
    seconds = time.perf_counter() - began
    assert backfill.counts == {"SUCCESS": runs}
    server.asked.clear()
    tracemalloc.start()
    api.get(launch.value)
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    most_requests, most_megabytes = runs / 1000 + 10, MEGABYTES * max(1.0, runs / FOR_RUNS)
    print(f"{runs} runs: {len(server.asked)} requests (at most {most_requests:.0f})", end=", ")
    print(f"{megabytes:.0f} MB at the peak (at most {most_megabytes:.0f}), {seconds:.1f} s")
    return int(len(server.asked) > most_requests or megabytes > most_megabytes)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else FOR_RUNS))
