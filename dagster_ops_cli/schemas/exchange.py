"""What the HTTP client reports while it works, for ``--view-graphql`` and for progress; no pydantic needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagster_ops_cli.errors import OpsError


@dataclass(frozen=True)
class Exchange:
    """One operation that was sent: ``answer`` is its data or its error, ``seconds`` the time it took."""

    query: str
    variables: Mapping[str, Any]
    answer: Mapping[str, Any] | OpsError
    seconds: float


@dataclass(frozen=True)
class RequestRetry:
    """Attempt number ``attempt`` follows in ``wait`` seconds; ``reason`` says why the one before failed."""

    reason: str
    wait: float
    attempt: int
