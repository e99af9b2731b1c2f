"""A run as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.text import detail

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.run import Run


def format_run(run: "Run") -> str:
    """Return a line for each thing worth knowing of a run; what is absent is left out."""
    shown = run.model_dump(mode="json", include={"created_at", "started_at", "ended_at"})
    return detail(
        [
            ("Run ID", run.id),
            ("Status", run.status),
            ("Created", shown["created_at"]),
            ("Started", shown["started_at"]),
            ("Ended", shown["ended_at"]),
            ("Pipeline", run.pipeline_name),
            ("Mode", run.mode),
        ]
    )
