"""Several versions of Dagster, each in its own environment: ``python -m dagster_ops_cli_tests.compat``.

Builds missing environments and compares the schemas in ``recordings/schema`` with those of the versions. ``--record``
updates the schemas.
"""

import subprocess
import sys
from pathlib import Path

from dagster_ops_cli_tests.replay import RECORDINGS

SCHEMAS = RECORDINGS / "schema"
ENVIRONMENTS = RECORDINGS.parent / ".venv" / "compat"
# The oldest supported version, and each minor version that added a field we use. The newest is installed already.
VERSIONS = ("1.6.5", "1.7.16", "1.8.13", "1.10.21", "1.11.16", "1.12.22")
OLDEST = VERSIONS[0]
_PRINT = (
    "import warnings; warnings.simplefilter('ignore');"
    "from dagster_graphql.schema import create_schema; from graphql import print_schema;"
    "print(print_schema(create_schema().graphql_schema))"
)


def python_of(version: str) -> Path:
    return ENVIRONMENTS / version / "bin" / "python"


def build(version: str) -> None:
    """Create the environment unless it exists."""
    done = ENVIRONMENTS / version / "done"
    if done.exists():
        return
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENTS / version], check=True)
    wanted = [f"dagster=={version}", f"dagster-graphql=={version}"]
    if version == OLDEST:
        wanted.append(f"dagster-webserver=={version}")
    # These versions import modules that newer versions of setuptools lack.
    command = [*uv, "pip", "install", "--quiet", "--python", str(python_of(version)), *wanted, "setuptools<80"]
    subprocess.run(command, check=True)
    done.touch()


def schema_of(version: str) -> str:
    command = [str(python_of(version)), "-W", "ignore", "-c", _PRINT]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(arguments: list[str]) -> None:
    for version in VERSIONS:
        build(version)
        path, schema = SCHEMAS / f"{version}.graphql", schema_of(version)
        if "--record" in arguments:
            path.write_text(schema)
        elif path.read_text() != schema:
            sys.exit(f"{path} is not what Dagster {version} says: record it anew with --record")
        print(f"Dagster {version}: {path.name} is its schema")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
