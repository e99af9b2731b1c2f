"""Have the modules ``insert`` and ``insert_runs`` put runs into the storage of a Dagster that is up."""

import os
import re
import subprocess
import sys

from dagster_ops_cli.demo.server import LocalDagster


def insert(server: LocalDagster, module: str, *arguments: object) -> list[str]:
    """Run the module, and return the ids of the runs that it inserted, oldest first."""
    command = [sys.executable, "-m", f"{__package__}.{module}", *map(str, arguments)]
    environment = {**os.environ, "DAGSTER_HOME": str(server.home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", done.stdout)
