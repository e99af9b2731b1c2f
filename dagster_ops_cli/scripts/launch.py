"""The script `launch`: launch one run of a job from a configuration file once, and wait for it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field, field_validator

from dagster_ops_cli.api.run.stop import cancel_duplicates
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.backfill.config import ConfigModel, Name, refuse_tags
from dagster_ops_cli.schemas.partition_key import PartitionKey
from dagster_ops_cli.schemas.run import Run
from dagster_ops_cli.schemas.run.checked import RunWithChecks
from dagster_ops_cli.schemas.run.file_run import FileRun
from dagster_ops_cli.schemas.run.target import RunTarget
from dagster_ops_cli.scripts.script import Outcome, Script, Session


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

    @property
    def parts(self) -> list[str]:
        """The partition as ``dimension=key`` for each dimension, or as its key alone."""
        if isinstance(self.partition, dict):
            return [f"{name}={key}" for name, key in self.partition.items()]
        return [self.partition] if self.partition else []

    @property
    def config_hash(self) -> str:
        """A hash of the file's content, 16 hexadecimal digits. It does not depend on how the content is written."""
        asked = {name: value for name, value in self.model_dump(mode="json").items() if value is not None}
        if isinstance(self.partition, dict):
            asked["partition"] = str(PartitionKey(self.partition))
        text = json.dumps({"script": "launch", **asked}, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def run(config: LaunchConfig, ops: Session) -> Outcome:
    """Launch one run, unless the file was launched before. With ``wait``, follow the run until it has ended."""
    target = (config.location_name, config.repository_name, config.job_name, config.parts)
    known = ops.runs.find(config.config_hash)
    if ops.options.dry_run:
        if known:
            _report_known(ops, known)
        with _hint_at_the_file(config):
            return Outcome(ops.runs.plan(*target))
    if known:
        # A command that was killed may have left duplicates.
        cancel_duplicates(ops.runs.client, ops.runs.poll, known.duplicates)
        if not (ops.options.again and known.has_ended):
            _report_known(ops, known)
            launched = ops.runs.get(known.latest.id)
            return ops.follow_run(launched) if ops.options.wait else Outcome(launched)
    with _hint_at_the_file(config):
        launched = ops.runs.launch(
            *target,
            config.run_config,
            {**config.tags, **ops.launch_tags},
            config_hash=config.config_hash,
            attempt=known.attempt + 1 if known else 1,
        )
    ops.note(f"Run {launched.id}: {launched.url}")
    return ops.follow_run(launched) if ops.options.wait else Outcome(launched)


@contextmanager
def _hint_at_the_file(config: LaunchConfig) -> Iterator[None]:
    """Explain how to add a missing partition to the file, instead of to the command line."""
    try:
        yield
    except InvalidRequestError as error:
        if not config.parts and "--partition" in (error.hint or ""):
            error.hint = "Add `partition` to the file: a key, or a key for each dimension."
        raise


def _report_known(ops: Session, known: FileRun) -> None:
    run_id, status = known.latest.id, known.latest.status
    if not known.has_ended:
        ops.note(f"This file was launched before. Its run {run_id} is unfinished ({status}).")
        return
    ops.note(f"This file was launched before: run {run_id} is {status}. To launch it again, pass --again.")
    if status != "SUCCESS":
        ops.note(f"To re-run what failed: {ops.command(f'ops run reexecute {run_id} --from-failure')}")


LAUNCH = Script(
    "launch",
    "Launch one run of a job once and follow it until it has ended.",
    LaunchConfig,
    run,
    (Run, RunWithChecks, RunTarget),
)
