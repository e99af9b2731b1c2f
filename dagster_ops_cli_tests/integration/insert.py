"""Insert a long log through Dagster's storage: ``DAGSTER_HOME=... python -m ...insert EVENTS`` prints the run's id.

Logging 100,000 events takes a run minutes; the storage takes them in seconds.
"""

import logging
import sys
import time

from dagster import DagsterInstance
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.dagster_run import DagsterRun, DagsterRunStatus
from dagster._core.storage.event_log import SqlEventLogStorageTable, SqliteEventLogStorage
from dagster._core.utils import make_new_run_id


def insert_run(instance: DagsterInstance, events: int) -> str:
    """Add a run with a log of ``events`` plain messages, and return its id."""
    run_id = make_new_run_id()
    instance.run_storage.add_run(DagsterRun("noisy_job", run_id=run_id, status=DagsterRunStatus.SUCCESS))
    storage = instance.event_log_storage
    assert isinstance(storage, SqliteEventLogStorage)
    started = time.time()
    # The statement of one event is the pattern for all; building each of them by the storage costs most of the time.
    entry = EventLogEntry(None, logging.INFO, "reading 0", run_id, started, None, "noisy_job", None)  # type: ignore[no-untyped-call]
    pattern = dict(storage.prepare_insert_event(entry).compile().params)
    rows = [
        {**pattern, "event": pattern["event"].replace("reading 0", f"reading {number}")} for number in range(events)
    ]
    with storage.run_connection(run_id) as connection:
        connection.execute(SqlEventLogStorageTable.insert(), rows)
    return run_id


if __name__ == "__main__":
    with DagsterInstance.get() as dagster:
        print(insert_run(dagster, int(sys.argv[1])))  # noqa: T201
