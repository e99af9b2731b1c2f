"""Run a script with its configuration file, and describe that file."""

from collections.abc import Callable
from typing import Any

from dagster_ops_cli.scripts.config_file import load_config, problems_of
from dagster_ops_cli.scripts.script import Outcome, Script, Session


def run_file(
    script: Script, path: str, session: Session, see: Callable[[dict[str, Any]], None] | None = None
) -> Outcome:
    """Run a script with its file. Raises InvalidContentError with every problem of the file.

    ``see`` is called with the file's content, as it stands there.
    """
    with problems_of(path):
        config = load_config(path, script.model, see)
        return script.run(config, session)


def schema_of(script: Script) -> dict[str, Any]:
    """Return the JSON Schema of a script's file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **script.model.model_json_schema(),
        "title": f"ops script {script.name}",
    }
