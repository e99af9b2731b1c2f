"""Why the first of many runs failed, with few requests: the logs of ten runs are read at once."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.logs import list_first_logs
from dagster_ops_cli.adapters.run_events import list_first_events
from dagster_ops_cli.api.logs.files import log_files
from dagster_ops_cli.api.run.step_history import RunHistory
from dagster_ops_cli.api.run.why import engine_messages, failed_step, failures, last_words, run_errors
from dagster_ops_cli.api.waiting.paging import in_batches
from dagster_ops_cli.errors import ForbiddenError, ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.command_report import Failure
from dagster_ops_cli.schemas.logs import LogFile

# How many runs are explained, and how many of them in one request.
_EXPLAINED, _AT_ONCE = 20, 10
# How many events of each run are read: the most that any server returns at once.
_EVENTS = 1000
# A longer standard error is not read: its end is what matters, and Dagster does not say where that is.
_MOST_BYTES = 1 << 18


def explain_failures(client: GraphQLClient, run_ids: Sequence[str]) -> dict[str, Failure]:
    """Return why runs failed, by id. At most twenty are looked at; a failure late in a long log is left out.

    Sends at most four requests.
    """
    found: dict[str, Failure] = {}
    for batch in in_batches(run_ids[:_EXPLAINED], _AT_ONCE):
        histories: dict[str, RunHistory] = {}
        for run_id, events in list_first_events(client, batch, _EVENTS).items():
            histories[run_id] = RunHistory()
            for event in events:
                histories[run_id].add(event)
        # A log that goes on after the events that were read may fail with something else.
        ended = {run_id: history for run_id, history in histories.items() if history.end or history.failures}
        logs = _logs(client, ended)
        found |= {run_id: _failure(history, logs.get(run_id)) for run_id, history in ended.items()}
    return found


def first_line(failure: Failure) -> str | None:
    """Return the first error of a failure in one line: the step, the class and the first line of the message."""
    step = next((step for step in failure.steps if step.errors or step.engine), None)
    causes = step.errors if step else failure.errors
    if causes:
        said = ": ".join(part for part in (causes[0].class_name, causes[0].message.partition("\n")[0]) if part)
    else:
        said = (step.engine if step else None) or (failure.engine[-1] if failure.engine else "")
    return ": ".join(part for part in (step.step_key if step else None, said.partition("\n")[0]) if part) or None


def _first_file(history: RunHistory) -> tuple[str, LogFile] | None:
    """Return the first failed step of a run and the log of its last attempt."""
    key = next(iter(failures("FAILURE", history)), None)
    files = [file for file in log_files(history.captured) if key in file.step_keys]
    return (key, files[-1]) if key is not None and files and files[-1].stderr_url is None else None


def _logs(client: GraphQLClient, histories: dict[str, RunHistory]) -> dict[str, list[str]]:
    """Return the last lines that the first failed step of each run wrote to standard error."""
    files = {run_id: found for run_id, history in histories.items() if (found := _first_file(history))}
    try:
        texts = list_first_logs(client, [file for _, file in files.values()], _MOST_BYTES)
    except (ForbiddenError, ServerFaultError):
        # The errors are useful even if the log storage is not available.
        return {}
    return {
        run_id: last_words(file, key, text.encode())
        for (run_id, (key, file)), text in zip(files.items(), texts, strict=True)
        if text is not None
    }


def _failure(history: RunHistory, stderr: list[str] | None) -> Failure:
    steps = [
        failed_step(event, history, key, None, [] if number else stderr or [])
        for number, (key, event) in enumerate(failures("FAILURE", history).items())
    ]
    return Failure(steps=steps, errors=run_errors("FAILURE", history), engine=engine_messages("FAILURE", history))
