"""Dagster's REST endpoints for events from outside of a run: GraphQL takes no metadata."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from dagster_ops_cli.http.client import RestClient
from dagster_ops_cli.schemas.selectors import asset_path


def report_asset_event(
    client: RestClient,
    type_: str,
    asset_key: str,
    partition: str | None,
    metadata: Mapping[str, Any],
    description: str | None,
) -> None:
    """Report a ``materialization`` or an ``observation``. Dagster checks neither the key nor the partition.

    Raises InvalidRequestError for metadata that Dagster rejects, and ForbiddenError; a read-only server before 1.13
    accepts it anyway.
    """
    body = {"partition": partition, "metadata": dict(metadata), "description": description}
    _post(client, type_, asset_key, body)


def report_asset_check(
    client: RestClient,
    asset_key: str,
    check_name: str,
    passed: bool,
    severity: str,
    partition: str | None,
    metadata: Mapping[str, Any],
) -> None:
    """Report the result of a check. Dagster does not check whether it exists. Raises what report_asset_event raises."""
    body = {
        "check_name": check_name,
        "passed": passed,
        "severity": severity,
        "partition": partition,
        "metadata": dict(metadata),
    }
    _post(client, "check", asset_key, body)


def _post(client: RestClient, what: str, asset_key: str, body: Mapping[str, Any]) -> None:
    parts = asset_path(asset_key)
    body = {name: value for name, value in body.items() if value is not None}
    if any("/" in part for part in parts):
        # Dagster would take the slash in an address for the end of the part.
        client.post(f"/report_asset_{what}/", {**body, "asset_key": parts})
    else:
        client.post(f"/report_asset_{what}/{'/'.join(quote(part, safe='') for part in parts)}", body)
