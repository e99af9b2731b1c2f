"""Write the reports that a command was asked for when it ends, however it ends."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli import times
from dagster_ops_cli.cli.streams import write_workflow_command
from dagster_ops_cli.cli.workflow import CommandFilter
from dagster_ops_cli.errors import (
    DagsterError,
    InterruptedByUserError,
    InvalidRequestError,
    NoAnswerError,
    OpsError,
    OutputError,
)
from dagster_ops_cli.files import replace_file
from dagster_ops_cli.settings.target import is_secret

if TYPE_CHECKING:
    from dagster_ops_cli.cli.context import Ops
    from dagster_ops_cli.schemas.command_report import Report
    from dagster_ops_cli.schemas.model import Model
    from dagster_ops_cli.schemas.run.result import WatchedRun

# How long Dagster is asked for details after an interrupt, in seconds. What sent SIGTERM soon sends SIGKILL.
_AFTER_INTERRUPT = 5.0
# How many failures GitHub shows beside the summary.
_MOST_ANNOTATIONS = 10
SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass
class Reporting:
    """The reports that a command writes, and what it knows for them so far.

    ``files`` are formats and paths; ``summary`` is the file of GitHub's job summary.
    """

    files: Sequence[tuple[str, Path]] = ()
    summary: Path | None = None
    config_file: str | None = None
    config: str | None = None
    secrets: list[str] = field(default_factory=list)
    state: "Model | Sequence[WatchedRun] | None" = None

    @classmethod
    def prepared(cls, files: Sequence[tuple[str, str]], summary: str | None) -> "Reporting":
        """Return what writes these reports. Raises InvalidRequestError for a file that can't be written."""
        known: dict[Path, tuple[str, Path]] = {}
        for name, path in files:
            whole = _real(path)
            if whole in known:
                raise InvalidRequestError(f"two reports can't be written to {path}")
            if summary and whole == _real(summary):
                raise InvalidRequestError(
                    f"two reports can't be written to {path}: it is the job summary ({SUMMARY})",
                    hint="Leave this report out, or pass --report none as well.",
                )
            # A pipe such as /dev/fd/63 has no other path.
            known[whole] = name, Path(path).absolute() if is_special(Path(path)) else whole
            _check_writable(known[whole][1], path)
        return cls(list(known.values()), Path(summary) if summary else None)

    def know(self, state: "Model | Sequence[WatchedRun]") -> None:
        """Keep the newest state of what the command works on, or of the runs that it waits for."""
        from dagster_ops_cli.api.command_report.known import known_report

        if known_report(state):
            self.state = state

    def know_config(self, config: "Mapping[str, Any] | str", name: str | None = None) -> None:
        """Keep the configuration that is run, without its secrets; ``name`` is that of its file."""
        from dagster_ops_cli.scripts.masked import masked_config

        masked = masked_config(config, lambda name: is_secret(name, ""))
        self.config_file, self.config, self.secrets = name, masked.text, masked.secrets

    @contextmanager
    def written(self, ctx: click.Context) -> Iterator[None]:
        """Write the reports when the command ends."""
        try:
            yield
        except click.exceptions.Exit as exit_:
            self._write(ctx, None, exit_.exit_code)
            raise
        except BaseException as error:
            # If nobody reads the answer any more, the command has not failed.
            is_unread = isinstance(error, OutputError) and isinstance(error.__cause__, BrokenPipeError)
            # The error of the command is what counts, even if another signal arrives meanwhile.
            with suppress(KeyboardInterrupt):
                self._write(ctx, None if is_unread else error, 0 if is_unread else 1)
            raise
        self._write(ctx, None, 0)

    def _write(self, ctx: click.Context, error: BaseException | None, exit_code: int) -> None:
        ops: Ops = ctx.obj
        gatherer = _Gatherer(self, ops, ctx, error, exit_code)
        interrupted = isinstance(error, InterruptedByUserError) or not isinstance(error, (Exception, type(None)))
        if interrupted:
            # What stopped the command may kill it before Dagster answers.
            self._write_files(gatherer.known())
        try:
            report = gatherer.whole(_AFTER_INTERRUPT if interrupted else None)
        except OpsError as missing:
            ops.note(f"The report lacks details: {ops.mask(missing.message)}")
            report = gatherer.known()
        except BaseException:
            self._write_files(gatherer.known())
            raise
        lost = self._write_files(report)
        if self.summary:
            self._write_summary(ops, report)
        if lost:
            if error or exit_code:
                ops.warn(lost.message)
            else:
                raise lost

    def _write_files(self, report: "Report") -> OutputError | None:
        """Write all reports, and return the first error."""
        lost = None
        for name, path in self.files:
            lost = _replace(path, _writer(name)(report)) or lost
        return lost

    def _write_summary(self, ops: "Ops", report: "Report") -> None:
        """Append to GitHub's job summary, and write a line to stderr for each of the first failures."""
        from dagster_ops_cli.reports.markdown import MOST_BYTES, write_annotations, write_markdown

        path = self.summary or Path()
        for line in write_annotations(report, _MOST_ANNOTATIONS):
            write_workflow_command(line)
        try:
            # All commands of a step share one file, and GitHub refuses one that is too large.
            room = MOST_BYTES - (path.stat().st_size if path.exists() else 0)
            text = write_markdown(report, room)
            if not text:
                ops.note("The job summary is full; nothing was appended.")
                return
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            ops.warn(f"can't write the job summary: {error.strerror}")


@dataclass(frozen=True)
class _Gatherer:
    """Makes the report of a command that has ended, from what it knows and from what Dagster says."""

    reporting: Reporting
    ops: "Ops"
    ctx: click.Context
    error: BaseException | None
    exit_code: int

    def known(self) -> "Report":
        """Return the report without asking Dagster."""
        from dagster_ops_cli.api.command_report.known import known_report

        return self._finished(known_report(self.reporting.state) or self._empty())

    def whole(self, seconds: float | None) -> "Report":
        """Return the report with its details. Asks Dagster for at most ``seconds``; nothing if it was lost.

        Raises OpsError if Dagster does not answer.
        """
        state = self.reporting.state
        if state is None or isinstance(self.error, DagsterError):
            return self.known()
        if seconds is None:
            return self._finished(self.ops.command_reports.get(state))
        found: list[Report | OpsError] = []

        def ask() -> None:
            try:
                found.append(self.ops.command_reports.get(state))
            except OpsError as error:
                found.append(error)

        thread = Thread(target=ask, daemon=True)
        thread.start()
        thread.join(seconds)
        if not found:
            raise NoAnswerError(f"Dagster did not answer within {seconds:g} s")
        if isinstance(found[0], OpsError):
            raise found[0]
        return self._finished(found[0])

    def _empty(self) -> "Report":
        """Return the report of a command that has no runs or backfills to report on."""
        from dagster_ops_cli.schemas.command_report import SUCCEEDED, Report

        ended_well = self.error is None and not self.exit_code
        return Report(
            title=self.ctx.command_path,
            outcome=SUCCEEDED if ended_well else "error",
            target=self.ctx.command_path,
        )

    def _finished(self, report: "Report") -> "Report":
        """Return the report with what is the same for all, and with secrets masked."""
        from dagster_ops_cli.schemas.command_report import CANCELED, FAILED

        error = self.error
        message = error.message if isinstance(error, OpsError) else None
        if isinstance(error, click.ClickException):
            message = error.format_message()
        if error and message is None:
            message = "Interrupted."
        if message is None and self.exit_code and not {FAILED, CANCELED} & set(report.by_state):
            message = f"the command ended with exit code {self.exit_code}"
        whole = report.model_copy(
            update={
                "error": message or report.error,
                "server": self._server(),
                "written_at": times.now(),
                "config_file": self.reporting.config_file,
                "config": self.reporting.config,
            }
        )
        return whole.masked(self._mask)

    def _server(self) -> str | None:
        try:
            return self.ops.settings.url
        except OpsError:
            return None

    def _mask(self, text: str) -> str:
        text = self.ops.mask(text)
        for secret in self.reporting.secrets:
            text = text.replace(secret, "***")
        return text


def _writer(name: str) -> "Callable[[Report], str]":
    """Return the function that writes a format."""
    if name == "junit":
        from dagster_ops_cli.reports.junit import write_junit

        return write_junit
    if name == "html":
        from dagster_ops_cli.reports.html import write_html

        return write_html
    from dagster_ops_cli.reports.markdown import write_markdown

    return write_markdown


def _check_writable(path: Path, shown: str) -> None:
    """Make the folder of a report. Raises InvalidRequestError if the report can't be written there."""
    try:
        with suppress(FileNotFoundError):
            # A name that is too long, or a link to itself.
            path.stat()
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if is_special(path):
            # Opening it would tell the reader of a pipe that everything has been written.
            if not os.access(path, os.W_OK):
                raise PermissionError(0, "it is not writable")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InvalidRequestError(f"can't write the report {shown}: {error.strerror}") from error


def _real(path: str) -> Path:
    """Return the path without links. Path.resolve raises RuntimeError for a link to itself."""
    return Path(os.path.realpath(path))


def is_special(path: Path) -> bool:
    """Whether a pipe or a device is at a path."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _replace(path: Path, text: str) -> OutputError | None:
    """Write a file, and return the error if that fails: readers see either what was there before or the whole text."""
    data = text.encode(errors="backslashreplace")
    try:
        if is_special(path):
            # It may lead to GitHub's log.
            path.write_bytes(CommandFilter()(data) if os.environ.get("GITHUB_ACTIONS") else data)
        else:
            replace_file(path, data)
    except OSError as error:
        return OutputError(f"can't write the report {path}: {error.strerror}")
    return None
