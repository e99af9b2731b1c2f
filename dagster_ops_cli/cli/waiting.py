"""Follow or cancel runs and backfills until they have ended, and explain a wait that ends early."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.api.waiting.interrupt import on_interrupt
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import sibling_command, sibling_words
from dagster_ops_cli.errors import InterruptedByUserError, OpsError, ServerFaultError, WaitTimeoutError, run_deleted
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES

if TYPE_CHECKING:
    from dagster_ops_cli.api.backfill import Following
    from dagster_ops_cli.api.run import RunApi
    from dagster_ops_cli.schemas.asset_check import FailedCheck
    from dagster_ops_cli.schemas.backfill import Backfill
    from dagster_ops_cli.schemas.run import Run
    from dagster_ops_cli.scripts.script import Outcome, Session

# What is still running after the command, and the next commands (as words), by their purpose.
Explanation = tuple[str, Mapping[str, Sequence[str]]]


@contextmanager
def explain_early_end(explain: Callable[[], Explanation], ids: Mapping[str, str]) -> Iterator[None]:
    """Add to the error of an interrupt or wait timeout what is still running, and the next commands.

    ``ids`` are what was asked for or launched; they are added to every error.
    """

    def interrupted() -> InterruptedByUserError:
        continues, commands = explain()
        return InterruptedByUserError(f"Interrupted; {continues}", commands=commands)

    try:
        with on_interrupt(interrupted):
            yield
    except WaitTimeoutError as error:
        continues, commands = explain()
        timeout = WaitTimeoutError(f"{error.message}; {continues}", commands=commands)
        timeout.ids = {**ids}
        raise timeout from error
    except OpsError as error:
        error.ids = {**ids, **error.ids}
        raise


@contextmanager
def show_at_end(show: Callable[[], None], explain: Callable[[], Explanation], **ids: str) -> Iterator[None]:
    """Call ``show`` when waiting ends, whether it succeeds, times out or is interrupted; see ``explain_early_end``."""
    try:
        with explain_early_end(explain, ids):
            yield
    except (WaitTimeoutError, InterruptedByUserError):
        show()
        raise
    show()


def runs_continue(ctx: click.Context, run_ids: Sequence[str]) -> Explanation:
    """Return which runs continue after an early end, and the commands that watch and cancel them."""
    if not run_ids:
        return "no run is unfinished", {}
    runs = f"run {run_ids[0]} is" if len(run_ids) == 1 else f"{len(run_ids)} runs are"
    return f"{runs} still running", {
        "To watch": sibling_words(ctx, "watch", run_ids),
        "To cancel": sibling_words(ctx, "terminate", run_ids),
    }


def unfinished_ids(run: "Run") -> list[str]:
    """Return a list with the id of the run, or an empty list if the run has ended."""
    return [] if run.status in FINISHED_RUN_STATUSES and not run.is_retried else [run.id]


def run_continues(run: "Run") -> Explanation:
    """Return a text that says whether the run is still running, and the commands to watch or cancel it."""
    if not unfinished_ids(run):
        return f"the run has ended ({run.status})", {}
    watch, cancel = (["ops", "run", verb, run.id] for verb in ("watch", "terminate"))
    return "the run is still running", {"To watch": watch, "To cancel": cancel}


def follow_run(session: "Session", run: "Run") -> "Outcome":
    """Follow a run until it has ended. After an early end, the outcome is its last known state, with the error."""
    from dagster_ops_cli.scripts.script import Outcome

    options = session.options
    try:
        with explain_early_end(lambda: run_continues(run), {"run_id": run.id}):
            polls = session.runs.watch([run.id], options.interval, options.wait_timeout, retry_first=True)
            for watched in session.progress_of_runs(polls):
                if watched[0].is_gone:
                    raise run_deleted(run.id)
                run = run.as_of(watched[0].run)
            # Retry this request: the run's outcome is known, even if the webserver is restarting now.
            run = session.runs.poll.ask(lambda: session.runs.get(run.id))
            shown = _with_checks(session, run, [run.id])
    except (InterruptedByUserError, WaitTimeoutError) as error:
        return Outcome(_with_checks(session, run, []), error.exit_code, error)
    if run.status == "FAILURE":
        session.note(f"Why it failed: {session.command(f'ops run why {run.id}')}")
    return Outcome(shown, 0 if run.status == "SUCCESS" and not _failed_checks(shown) else 1)


def follow_backfill(
    session: "Session", start: "Callable[[Following], Iterator[Backfill]]", backfill_id: str = ""
) -> "Outcome":
    """Follow a backfill until it has ended. After an early end, the outcome is its last known state, with the error.

    ``start`` launches or watches the backfill and yields its states. Without a ``backfill_id`` the command launches
    it; its id is then announced as soon as it is known.
    """
    from dagster_ops_cli.api.backfill import Following
    from dagster_ops_cli.schemas.backfill import ENDED_STATES
    from dagster_ops_cli.schemas.backfill.launch import is_launched_by_runs
    from dagster_ops_cli.scripts.script import Outcome

    launches = not backfill_id
    ids = {"backfill_id": backfill_id} if backfill_id else {}
    last: Backfill | None = None

    def announce(new_id: str) -> None:
        nonlocal backfill_id
        if new_id != backfill_id:
            backfill_id = ids["backfill_id"] = new_id
            session.note(f"Backfill {new_id}: {session.backfills.locate(new_id)}")
            session.note(f"To watch: {session.command(f'ops backfill watch {new_id}')}")

    def explain() -> Explanation:
        if not backfill_id:
            return "run the same command again to continue", {}
        continues = "the backfill is still running"
        if launches and is_launched_by_runs(backfill_id):
            continues = "launched runs continue; run the same command to launch the missing ones"
        watch, cancel = (["ops", "backfill", verb, backfill_id] for verb in ("watch", "cancel"))
        return continues, {"To watch": watch, "To cancel": cancel}

    options = session.options
    try:
        with explain_early_end(explain, ids):
            following = Following(options.wait, options.interval, options.wait_timeout, announce)
            for backfill in session.progress(start(following)):
                last = backfill
    except (InterruptedByUserError, WaitTimeoutError) as error:
        if last is None:
            raise
        return Outcome(_with_checks(session, last, []), error.exit_code, error)
    if last is None:
        raise ServerFaultError("Dagster gave no answer", code="INTERNAL_ERROR", backfill_id=backfill_id)
    shown = _with_checks(session, last, _checked_runs(session, last))
    return Outcome(shown, 1 if last.state in ENDED_STATES - {"succeeded"} or _failed_checks(shown) else 0)


def find_failed_checks(runs: "RunApi", run_ids: Sequence[str]) -> "Sequence[FailedCheck]":
    """Return the checks that failed in runs that have ended. Temporary failures are retried: the outcome is known."""
    return runs.poll.ask(lambda: runs.list_failed_checks(run_ids)) if run_ids else []


def _with_checks(session: "Session", ended: "Run | Backfill", run_ids: Sequence[str]) -> "Run | Backfill":
    """Return a run or backfill with the failed checks of these runs, if the command asks for them."""
    if not session.options.fail_on_checks:
        return ended
    from dagster_ops_cli.schemas.backfill import Backfill, BackfillWithChecks
    from dagster_ops_cli.schemas.run.checked import RunWithChecks

    failed = find_failed_checks(session.runs, run_ids)
    model = BackfillWithChecks if isinstance(ended, Backfill) else RunWithChecks
    return model(**dict(ended), failed_checks=failed)


def _checked_runs(session: "Session", backfill: "Backfill") -> "Sequence[str]":
    """Return the runs whose checks count, if the command asks for them: none before the backfill has ended."""
    from dagster_ops_cli.schemas.backfill import ENDED_STATES

    if not session.options.fail_on_checks or backfill.state not in ENDED_STATES:
        return []
    return session.backfills.poll.ask(lambda: session.backfills.list_latest_runs(backfill))


def _failed_checks(ended: "Run | Backfill") -> "Sequence[FailedCheck]":
    return getattr(ended, "failed_checks", ())


def cancel_backfill(session: "Session", backfill_id: str) -> "Outcome":
    """Cancel a backfill. With ``--wait``, follow it until all its runs have ended; then the exit code is 0."""
    from dagster_ops_cli.scripts.script import Outcome

    options = session.options
    backfill = session.backfills.cancel(backfill_id, options.wait, options.wait_timeout)
    if not options.wait:
        session.note("Cancellation requested; the backfill ends once its runs have stopped.")
        return Outcome(backfill)
    ended = follow_backfill(
        session,
        lambda following: session.backfills.watch(backfill_id, following.interval, following.timeout, retry_first=True),
        backfill_id,
    )
    return ended if ended.error else Outcome(ended.model)


def hint_why(ctx: click.Context, ops: Ops, run_ids: Sequence[str], is_retried: bool = False) -> None:
    """Show the commands that explain the first of these failed runs and re-run what failed.

    ``is_retried`` says that Dagster itself retries the run, so that no re-run is needed.
    """
    if run_ids:
        ops.note(f"Why it failed: {sibling_command(ctx, 'why', run_ids[:1])}")
        if not is_retried:
            hint_rerun(ctx, ops, run_ids[0])


def hint_rerun(ctx: click.Context, ops: Ops, run_id: str) -> None:
    """Show the command that re-runs what failed in a run."""
    ops.note(f"To re-run what failed: {sibling_command(ctx, 'reexecute', [run_id, '--from-failure'])}")
