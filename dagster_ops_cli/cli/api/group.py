"""The nouns and their verbs, in the order in which an operator needs them."""

from collections.abc import Sequence

from dagster_ops_cli.cli.lazy import Group

_PACKAGE = "dagster_ops_cli.cli.api"


def _noun(name: str, help_text: str, verbs: Sequence[str]) -> Group:
    package = f"{_PACKAGE}.{name.replace('-', '_')}"
    return Group(name, help=help_text, lazy={verb: f"{package}.{verb.replace('-', '_')}" for verb in verbs})


# In the order in which `ops api` lists them.
NOUNS = [
    _noun(
        "run",
        "List, explain, launch, cancel and re-run runs.",
        ("list", "get", "why", "logs", "watch", "launch", "reexecute", "terminate", "stats", "timeline", "delete"),
    ),
    _noun("run-events", "Show the event log of a run.", ("get",)),
    _noun(
        "backfill",
        "Plan, launch, watch, cancel and retry backfills.",
        ("list", "get", "watch", "plan", "launch", "retry", "cancel", "resume"),
    ),
    _noun("job", "List jobs and show what they need to run.", ("list", "get")),
    _noun(
        "asset",
        "List, show, check, materialize, report and wipe assets.",
        ("list", "get", "events", "health", "materialize", "report-materialization", "report-observation", "wipe"),
    ),
    _noun(
        "asset-check", "List, run and report asset checks, and show their results.", ("list", "get", "run", "report")
    ),
    _noun("partition", "List the partitions of a job or an asset.", ("list",)),
    _noun("dynamic-partition", "List, add and delete the keys of dynamic partitions.", ("list", "add", "delete")),
    _noun(
        "schedule",
        "List, start and stop schedules, and preview their runs.",
        ("list", "get", "ticks", "start", "stop", "reset", "preview"),
    ),
    _noun(
        "sensor",
        "List, start and stop sensors, and set their cursors.",
        ("list", "get", "ticks", "start", "stop", "reset", "preview", "set-cursor"),
    ),
    _noun("automation", "List, freeze and restore all schedules and sensors.", ("list", "freeze", "restore")),
    _noun("code-location", "List and reload code locations.", ("list", "get", "reload")),
    _noun("pool", "List concurrency pools, set limits and free slots.", ("list", "get", "set", "unset", "free")),
    _noun("queue", "Show what waits in the run queue, and for what.", ("get",)),
    _noun("daemon", "List Dagster's daemons and their health.", ("list",)),
]
GRAPHQL = {"graphql": f"{_PACKAGE}.graphql"}

api = Group(
    "api",
    help="Work with runs, jobs, assets, automation and deployments.\n\nEvery noun is also a top-level command: "
    "`ops run list` is `ops api run list`.",
    commands=NOUNS,
    lazy=GRAPHQL,
)
