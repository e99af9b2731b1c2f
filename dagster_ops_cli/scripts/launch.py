"""The script `launch`: one run of a job from a configuration file, waited for."""

from typing import Any

from pydantic import Field, field_validator

from dagster_ops_cli.errors import WaitTimeoutError
from dagster_ops_cli.schemas.backfill_config import ConfigModel, Name, refuse_tags
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.scripts.script import Outcome, Script, Session, ended_early


class LaunchConfig(ConfigModel):
    """A configuration file for one run.

    ``partition`` is a key, or one value for each dimension.
    """

    job_name: Name
    repository_name: Name | None = None
    location_name: Name | None = None
    partition: Name | dict[Name, Name] | None = None
    run_config: dict[str, Any] | None = None
    tags: dict[Name, str] = Field(default_factory=dict)

    @field_validator("tags")
    @classmethod
    def _no_refused_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        return refuse_tags(tags)


def run(config: LaunchConfig, ops: Session) -> Outcome:
    """Launch one run and, where that is asked for, wait for its end."""
    partition = config.partition
    parts = [f"{name}={key}" for name, key in partition.items()] if isinstance(partition, dict) else partition
    target = (config.location_name, config.repository_name, config.job_name, parts)
    if ops.options.dry_run:
        return Outcome(ops.runs.plan(*target))
    launched = ops.runs.launch(*target, config.run_config, {**config.tags, **ops.launch_tags})
    ops.note(f"Run {launched.id}: {launched.url}")
    return _follow(ops, launched) if ops.options.wait else Outcome(launched)


def _follow(ops: Session, known: Run) -> Outcome:
    options = ops.options
    try:
        polls = ops.runs.watch([known.id], options.interval, options.wait_timeout, heard=True)
        for watched in ops.progress_of_runs(polls):
            known = known.as_of(watched[0].run)
    except (KeyboardInterrupt, WaitTimeoutError) as error:
        watch, cancel = (ops.command(f"ops api run {verb} {known.id}") for verb in ("watch", "terminate"))
        told = ended_early(error, "the run goes on", f"To watch: {watch}\nTo cancel: {cancel}", "run_id", known.id)
        return Outcome(known, told.exit_code, told)
    # The run has ended: a webserver that restarts right now changes nothing about that.
    ended = ops.runs.poll.ask(lambda: ops.runs.get(known.id))
    if ended.status == "FAILURE":
        ops.note(f"Why it failed: {ops.command(f'ops api run why {ended.id}')}")
    return Outcome(ended, 0 if ended.status == "SUCCESS" else 1)


LAUNCH = Script("launch", "Launch one run of a job, and follow it to its end.", LaunchConfig, run)
