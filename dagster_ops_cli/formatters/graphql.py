"""Requests and retries as text, for `--view-graphql` and for progress."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.formatters.text import escape, escape_json, escape_lines

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.exchange import Exchange, RequestRetry


def format_exchange(exchange: "Exchange", mask: Callable[[str], str], mask_values: Callable[[Any], Any]) -> str:
    """Return the operation, its variables, the answer and the time it took.

    ``mask`` removes secrets from a text, ``mask_values`` from JSON data.
    """
    failed = isinstance(exchange.answer, OpsError)
    answer = exchange.answer.document() if isinstance(exchange.answer, OpsError) else exchange.answer
    return "\n".join(
        [
            "--- operation",
            escape_lines(mask(exchange.query.strip())),
            "--- variables",
            _json(mask_values(exchange.variables)),
            f"--- {'error' if failed else 'answer'} after {exchange.seconds * 1000:.0f} ms",
            _json(mask_values(answer)),
        ]
    )


def format_retry(retry: "RequestRetry") -> str:
    """Return one line: what failed, and when the next attempt follows."""
    return f"{escape(retry.reason)}; attempt {retry.attempt} in {retry.wait:.1f} s"


def _json(value: object) -> str:
    return escape_json(json.dumps(value, indent=2, ensure_ascii=False, default=str))
