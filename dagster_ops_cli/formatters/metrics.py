"""Metrics in the format that Prometheus reads."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from dagster_ops_cli.schemas.metrics import Metrics

# More series than this of one metric are dropped, the least alarming ones.
MOST_SERIES = 1000
# Longer label values are cut.
_LONGEST_VALUE = 200


class Gauge(NamedTuple):
    """A metric: what its help says, and the names of its labels."""

    help: str
    labels: tuple[str, ...] = ()


# What changes with a window is a gauge, too: its numbers go down again.
GAUGES: Mapping[str, Gauge] = {
    "ops_up": Gauge("Whether Dagster answered (1) or not (0)."),
    "ops_scrape_timestamp_seconds": Gauge("When Dagster was asked, in seconds since 1970."),
    "ops_scrape_duration_seconds": Gauge("How long Dagster took to answer."),
    "ops_scrape_faults": Gauge("Parts of the answer that are missing, with the code of the error.", ("part", "code")),
    "ops_runs_ended": Gauge("Runs that ended in the window.", ("code_location", "job_name", "status")),
    "ops_runs_unfinished": Gauge("Runs that have not ended.", ("status",)),
    "ops_queue_runs": Gauge("Runs in the queue."),
    "ops_queue_oldest_run_age_seconds": Gauge("How long the oldest queued run has waited; 0 if the queue is empty."),
    "ops_queue_max_concurrent_runs": Gauge("The limit of runs at the same time; missing without a limit."),
    "ops_backfills_unfinished": Gauge("Backfills that have not ended.", ("status",)),
    "ops_ticks_failed": Gauge(
        "Ticks that failed in the window.", ("type", "code_location", "repository", "automation")
    ),
    "ops_daemon_healthy": Gauge("Whether a required daemon is healthy (1) or not (0).", ("daemon",)),
    "ops_daemon_heartbeat_age_seconds": Gauge("Time since the last heartbeat of a required daemon.", ("daemon",)),
    "ops_pool_slots": Gauge("The limit of a concurrency pool; missing without a limit.", ("pool",)),
    "ops_pool_slots_claimed": Gauge("Slots of a concurrency pool that are claimed.", ("pool",)),
    "ops_pool_steps_pending": Gauge("Steps that wait for a slot of a concurrency pool.", ("pool",)),
    "ops_code_location_loaded": Gauge("Whether a code location is loaded (1) or not (0).", ("code_location",)),
    # The last, because the others tell what is dropped.
    "ops_scrape_dropped_series": Gauge(f"Series beyond the first {MOST_SERIES} of a metric.", ("metric",)),
}
_DROPPED = "ops_scrape_dropped_series"

# The values of the labels, and the value of the series.
Sample = tuple[tuple[str, ...], float]


def format_metrics(metrics: "Metrics", labels: Mapping[str, str] | None = None) -> str:
    """Return the metrics as Prometheus text, without a newline at the end. All series get ``labels``."""
    from prometheus_client.exposition import generate_latest

    return generate_latest(_Collected(metrics, labels or {})).decode().removesuffix("\n")


@dataclass(frozen=True)
class _Collected:
    """The metrics as prometheus_client collects them."""

    metrics: "Metrics"
    labels: Mapping[str, str]

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.metrics_core import GaugeMetricFamily

        dropped: list[Sample] = []
        series = _series(self.metrics)
        for name, gauge in GAUGES.items():
            samples = dropped if name == _DROPPED else [*series.get(name, ())]
            if len(samples) > MOST_SERIES:
                dropped += [((name,), len(samples) - MOST_SERIES)]
            family = GaugeMetricFamily(name, gauge.help, labels=[*self.labels, *gauge.labels])
            # Prometheus refuses a file in which a series occurs twice; cut names may be the same.
            shown: dict[tuple[str, ...], float] = {}
            for values, value in samples[:MOST_SERIES]:
                shown.setdefault(tuple(map(_label, (*self.labels.values(), *values))), value)
            for values, value in shown.items():
                family.add_metric(values, value)
            if family.samples:
                yield family


def _series(metrics: "Metrics") -> dict[str, Iterable[Sample]]:
    """Return the series of each metric, the most alarming ones first."""
    about: dict[str, Iterable[Sample]] = {
        "ops_up": _one(metrics.up),
        "ops_scrape_timestamp_seconds": _one(metrics.taken_at.timestamp()),
        "ops_scrape_duration_seconds": _one(metrics.duration),
        "ops_scrape_faults": [((each.part, each.code), 1) for each in metrics.faults],
    }
    return {**about, **_state(metrics)} if metrics.up else about


def _state(metrics: "Metrics") -> dict[str, Iterable[Sample]]:
    is_known = "queue" not in {each.part for each in metrics.faults}
    oldest = metrics.oldest_queued_age or 0 if is_known else None
    return {
        "ops_runs_ended": [
            ((each.location_name or "", each.job_name, each.status), each.count) for each in metrics.runs_ended
        ],
        "ops_runs_unfinished": [((status,), count) for status, count in metrics.runs_unfinished.items()],
        "ops_queue_runs": _one(metrics.queued),
        "ops_queue_oldest_run_age_seconds": _one(oldest),
        "ops_queue_max_concurrent_runs": _one(metrics.max_concurrent_runs),
        "ops_backfills_unfinished": [((status,), count) for status, count in metrics.backfills_unfinished.items()],
        "ops_ticks_failed": [
            ((each.type, each.location_name, each.repository_name, each.name), each.failed)
            for each in metrics.ticks_failed
        ],
        "ops_daemon_healthy": [((each.type,), each.healthy) for each in metrics.daemons if each.healthy is not None],
        "ops_daemon_heartbeat_age_seconds": [
            ((each.type,), each.heartbeat_age) for each in metrics.daemons if each.heartbeat_age is not None
        ],
        "ops_pool_slots": [((each.name,), each.limit) for each in metrics.pools if each.limit is not None],
        "ops_pool_slots_claimed": [((each.name,), each.claimed) for each in metrics.pools],
        "ops_pool_steps_pending": [((each.name,), each.pending) for each in metrics.pools],
        "ops_code_location_loaded": [((each.name,), each.loaded) for each in metrics.code_locations],
    }


def _one(value: float | None) -> list[Sample]:
    return [] if value is None else [((), value)]


def _label(text: str) -> str:
    """Return a text from Dagster as the value of a label, without control characters; prometheus_client quotes it."""
    # A text from JSON may contain half a surrogate pair, which is no valid UTF-8.
    return escape(text).encode(errors="backslashreplace").decode()[:_LONGEST_VALUE]
