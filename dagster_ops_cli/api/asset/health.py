"""Compute the health of assets."""

from collections.abc import Callable, Sequence

from dagster_ops_cli.adapters.asset.health import list_asset_states
from dagster_ops_cli.api.asset.listing import select_assets
from dagster_ops_cli.api.asset_check import list_checks
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.asset.health import HEALTHY, UNHEALTHY, UNKNOWN, WARNING, AssetHealth
from dagster_ops_cli.schemas.asset_check import AssetCheck
from dagster_ops_cli.schemas.job import CodeLocation

# The server takes about a second for the states of a thousand assets, and more than in proportion for more.
_AT_ONCE = 100
_STALE = {"DEGRADED": UNHEALTHY, "WARNING": WARNING}


def list_health(
    client: GraphQLClient, asset_keys: Sequence[str], selection: str | None, unread: Callable[[CodeLocation], object]
) -> list[AssetHealth]:
    """Return the health of assets; see ``AssetApi.check``."""
    chosen = 'key:"*"' if selection is None and not asset_keys else selection
    rows = select_assets(client, chosen, asset_keys, unread=unread)
    found = []
    for keys in in_batches([row.key for row in rows], _AT_ONCE):
        checks: dict[str, list[AssetCheck]] = {}
        # While a check runs again, its last result counts.
        for check in list_checks(client, keys, unfinished=False):
            checks.setdefault(check.asset_key, []).append(check)
        found += [judge(state, checks.get(state.key, [])) for state in list_asset_states(client, keys)]
    return found


def judge(state: AssetHealth, checks: Sequence[AssetCheck]) -> AssetHealth:
    """Return the state with its checks, its status and the reasons for it."""
    results = [check.latest for check in checks if check.latest]
    failed, warned = sum(each.is_bad for each in results), sum(each.is_warning for each in results)
    findings: list[tuple[str, str]] = []
    if state.failed_run_id:
        findings.append((UNHEALTHY, f"the latest materialization failed (run {state.failed_run_id})"))
    if state.partitions_failed:
        findings.append((UNHEALTHY, f"{state.partitions_failed:,} of {state.partitions_total:,} partitions failed"))
    if failed:
        findings.append((UNHEALTHY, f"{failed} of {len(checks)} checks failed"))
    if warned:
        findings.append((WARNING, f"{warned} of {len(checks)} checks failed with severity WARN"))
    if state.freshness in _STALE:
        findings.append((_STALE[state.freshness], f"freshness is {state.freshness}"))
    statuses = {status for status, _ in findings}
    known = state.materialized_at is not None or bool(results)
    status = next((each for each in (UNHEALTHY, WARNING) if each in statuses), HEALTHY if known else UNKNOWN)
    return state.model_copy(
        update={
            "status": status,
            "reasons": [reason for _, reason in findings] or ([] if known else ["never materialized"]),
            "checks_total": len(checks),
            "checks_failed": failed,
            "checks_warned": warned,
        }
    )
