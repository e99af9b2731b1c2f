"""Read the folder of examples."""

from typing import Any

import yaml

from dagster_ops_cli_tests.replay import RECORDINGS

ROOT = RECORDINGS.parent
EXAMPLES = ROOT / "examples"
# Each configuration file, and the script that it is for.
CONFIG_FILES = {
    "backfill.yaml": "backfill",
    "backfill-assets.yaml": "backfill",
    "backfill-customers.yaml": "backfill",
    "backfill-runs.yaml": "backfill",
    "launch.yaml": "launch",
    "pools.yaml": "pools",
}


def documents(name: str) -> list[Any]:
    """Return the documents of a YAML file, with all values as text: YAML would read the key `on` as true."""
    return list(yaml.load_all((EXAMPLES / name).read_text(), Loader=yaml.BaseLoader))


def steps(name: str = "github-actions.yaml") -> list[dict[str, Any]]:
    """Return the steps of a GitHub Actions workflow."""
    (workflow,) = documents(name)
    (job,) = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found
