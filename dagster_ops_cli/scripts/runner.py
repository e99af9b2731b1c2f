"""Run a script with its configuration file, and describe that file."""

from typing import Any

from dagster_ops_cli.scripts.config_file import load_config, problems_of
from dagster_ops_cli.scripts.script import Outcome, Script, Session


def run_file(script: Script, path: str, session: Session) -> Outcome:
    """Run a script with its file. Raises InvalidContentError with every problem of the file."""
    with problems_of(path):
        return script.run(load_config(path, script.model), session)


def schema_of(script: Script) -> dict[str, Any]:
    """Return the JSON Schema of a script's file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **script.model.model_json_schema(),
        "title": f"ops script {script.name}",
    }
