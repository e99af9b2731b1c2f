"""Settings in a user's home directory that name a Dagster, and commands that use them."""

from collections.abc import Mapping
from pathlib import Path

from dagster_ops_cli.settings import Settings, load_settings
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.secret_scan import MARKER

TOKEN = f"user:{MARKER}"
HEADER = "dagster-cloud-api-token"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def config(home: Path, text: str) -> Path:
    return write(home / ".config/ops/config.yaml", text)


def dg(home: Path, **values: str) -> Path:
    lines = [f'{name} = "{value}"' for name, value in values.items()]
    return write(home / ".config/dg.toml", "\n".join(["[cli.plus]", *lines, ""]))


def dagster_cloud(home: Path, **values: str) -> Path:
    return write(home / ".dagster_cloud_cli/config", "".join(f"{name}: {value}\n" for name, value in values.items()))


def get(options: str = "") -> Outcome:
    return invoke(f"ops api run get 1 {options}")


def load(environ: Mapping[str, str], **flags: object) -> Settings:
    return load_settings(environ, **flags)  # type: ignore[arg-type]
