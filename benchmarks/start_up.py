"""Compare the CPU of starting `ops` with that of its libraries and of `dg`, in turn, and print the ratios.

    python -m venv dgvenv && dgvenv/bin/pip install dagster-dg-cli
    python benchmarks/start_up.py dgvenv/bin/dg [ROUNDS]

Targets, medians of 15 rounds: `ops api run get` at most 1.25 of importing click, requests and pydantic (with one small
model), and at most 0.4 of `dg api run get`, asked of the same webserver; `ops --help` at most 1.35 of importing click.
Without a path the comparison with `dg` is left out.
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster

# `dg` posts to URL/ORGANIZATION/graphql, so the webserver's path prefix stands for an organization.
ORGANIZATION = "bench"
MODEL = "import click, requests, pydantic\nclass Model(pydantic.BaseModel):\n    id: str"


class PrefixedDagster(LocalDagster):
    """A local Dagster below a path prefix."""

    def _prepare(self) -> None:
        super()._prepare()
        self.url += f"/{ORGANIZATION}"


def main(dg: str = "", rounds: str = "15") -> None:
    ops = [sys.executable, "-m", "dagster_ops_cli"]
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "click": [sys.executable, "-c", "import click"],
        "ops --help": [*ops, "--help"],
        "libraries": [sys.executable, "-c", MODEL],
    }
    with PrefixedDagster(options=("--path-prefix", f"/{ORGANIZATION}")) as dagster:
        run = Ops(url=dagster.url).runs.launch(LOCATION, REPOSITORY, "noisy_job")
        commands["ops api run get"] = [*ops, "api", "run", "get", run.id, "--url", dagster.url]
        if dg:
            commands["dg api run get"] = [dg, "api", "run", "get", run.id, "--deployment", "prod"]
        settings = {
            "url": dagster.url.removesuffix(f"/{ORGANIZATION}"),
            "organization": ORGANIZATION,
            "user_token": "none",
        }
        config = Path(dagster.home, "dg.toml")
        config.write_text("[cli.plus]\n" + "".join(f'{name} = "{value}"\n' for name, value in settings.items()))
        # Nothing is sent anywhere but to the webserver.
        environ = {**os.environ, "DG_CLI_CONFIG": str(config), "DAGSTER_DISABLE_TELEMETRY": "1"}
        for command in commands.values():
            cpu(command, environ)
        taken = [{name: cpu(command, environ) for name, command in commands.items()} for _ in range(int(rounds))]
    for name in commands:
        print(f"{name:16} {statistics.median(each[name] for each in taken):.3f} s of CPU")
    show("ops api run get", "libraries", 1.25, taken)
    show("ops --help", "click", 1.35, taken)
    if dg:
        show("ops api run get", "dg api run get", 0.4, taken)


def cpu(command: list[str], environ: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show(ours: str, theirs: str, target: float, taken: list[dict[str, float]]) -> None:
    ratio = statistics.median(each[ours] / each[theirs] for each in taken)
    print(f"{ours} / {theirs}: {ratio:.3f} (target: at most {target})")


if __name__ == "__main__":
    main(*sys.argv[1:])
