"""Insert runs through Dagster's storage: ``DAGSTER_HOME=... python -m ...insert_runs RUNS [--logs]`` prints their ids.

Launching 10,000 runs takes hours; the storage takes them in seconds. Every fifth has failed, the others succeeded.
"""

import json
import shutil
import sys
import time
from datetime import datetime, timedelta, timezone

from dagster import DagsterInstance
from dagster._core.storage.dagster_run import DagsterRun, DagsterRunStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable
from dagster._core.utils import make_new_run_id
from dagster_shared.serdes import serialize_value

TAG = "inserted"


def insert_runs(instance: DagsterInstance, count: int) -> list[str]:
    """Add runs with the tag ``inserted: yes``, and return their ids, oldest first."""
    storage = instance.run_storage
    assert isinstance(storage, SqlRunStorage)
    now = time.time() - count
    rows, tags, ids = [], [], []
    for number in range(count):
        failed = number % 5 == 4
        status = DagsterRunStatus.FAILURE if failed else DagsterRunStatus.SUCCESS
        run = DagsterRun("noisy_job", run_id=make_new_run_id(), status=status, tags={TAG: "yes"})
        created = datetime.fromtimestamp(now + number, timezone.utc).replace(tzinfo=None)
        rows.append(
            {
                "run_id": run.run_id,
                "pipeline_name": run.job_name,
                "status": status.value,
                "run_body": serialize_value(run),
                "create_timestamp": created,
                "update_timestamp": created + timedelta(seconds=30),
                "start_time": now + number,
                "end_time": now + number + 30,
            }
        )
        tags.append({"run_id": run.run_id, "key": TAG, "value": "yes"})
        ids.append(run.run_id)
    with storage.connect() as connection:
        connection.execute(RunsTable.insert(), rows)
        connection.execute(RunTagsTable.insert(), tags)
    return ids


def insert_logs(instance: DagsterInstance, run_ids: list[str]) -> None:
    """Give each run an empty log, because the first request for a missing log waits until its database is created."""
    storage = instance.event_log_storage
    assert isinstance(storage, SqliteEventLogStorage)
    first, *others = run_ids
    with storage.run_connection(first):
        pass
    for run_id in others:
        shutil.copy(storage.path_for_shard(first), storage.path_for_shard(run_id))


if __name__ == "__main__":
    with DagsterInstance.get() as dagster:
        inserted = insert_runs(dagster, int(sys.argv[1]))
        if "--logs" in sys.argv:
            insert_logs(dagster, inserted)
        print(json.dumps(inserted))  # noqa: T201
