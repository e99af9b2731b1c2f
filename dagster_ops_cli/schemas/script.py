"""Scripts, as `ops script list` shows them."""

from dagster_ops_cli.schemas.model import Model


class ScriptRow(Model):
    """A script, and the first sentence of its help."""

    name: str
    help: str
