"""One exchange with Dagster, as `--view-graphql` shows it."""

import json
from typing import TYPE_CHECKING

from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.formatters.text import escape, escape_json, escape_lines

if TYPE_CHECKING:
    from dagster_ops_cli.client import Exchange
    from dagster_ops_cli.retry import Retry


def format_exchange(exchange: "Exchange") -> str:
    """Return the operation, its variables, the answer and the time it took."""
    failed = isinstance(exchange.answer, OpsError)
    answer = exchange.answer.document() if isinstance(exchange.answer, OpsError) else exchange.answer
    return "\n".join(
        [
            "--- operation",
            escape_lines(exchange.query.strip()),
            "--- variables",
            _json(exchange.variables),
            f"--- {'error' if failed else 'answer'} after {exchange.seconds * 1000:.0f} ms",
            _json(answer),
        ]
    )


def format_retry(retry: "Retry") -> str:
    """Return one short line on what happened, and when it is tried again."""
    return f"{escape(retry.reason)}; attempt {retry.attempt} in {retry.wait:.1f} s"


def _json(value: object) -> str:
    return escape_json(json.dumps(value, indent=2, ensure_ascii=False, default=str))
