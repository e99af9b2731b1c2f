"""Send the first question of a long list, and load the code that reads the answer while the server works.

Loading takes about a tenth of a second, as long as the answers of many servers.
"""

from collections.abc import Sequence

from dagster_ops_cli.adapters.early import LIST_ASSETS, LIST_AUTOMATION, automation_variables
from dagster_ops_cli.http.client import EarlyClient, GraphQLClient


def ask_for_assets(client: GraphQLClient) -> None:
    """Ask for all assets, as ``AssetApi.list`` does."""
    if isinstance(client, EarlyClient):
        client.begin(LIST_ASSETS)


def ask_for_automation(client: GraphQLClient, types: Sequence[str]) -> None:
    """Ask for all schedules or sensors, as ``AutomationApi.list`` does."""
    if isinstance(client, EarlyClient):
        client.begin(LIST_AUTOMATION, automation_variables(types))
