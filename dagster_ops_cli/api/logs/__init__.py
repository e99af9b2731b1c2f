"""The API for the captured output of steps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from dagster_ops_cli.adapters.logs import STREAMS
from dagster_ops_cli.adapters.run.plan import get_run_plan
from dagster_ops_cli.adapters.run_events import list_run_event_details
from dagster_ops_cli.api.logs.files import log_files
from dagster_ops_cli.api.logs.reader import Ask, LogReader
from dagster_ops_cli.api.logs.step_choice import StepChoice
from dagster_ops_cli.api.logs.stream import LogStream, Piece
from dagster_ops_cli.api.run_events.pages import follow_pages, walk_event_pages
from dagster_ops_cli.api.waiting.paging import read_ahead
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.logs.output import CapturedLog, CapturedLogs, LogOutput
from dagster_ops_cli.schemas.run_events import RunEvent

_ENDED = {"STEP_SUCCESS", "STEP_FAILURE", "STEP_UP_FOR_RETRY"}


@dataclass(frozen=True)
class CapturedLogApi:
    """The captured logs of the runs of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def get(
        self, run_id: str, step: str | None = None, streams: Sequence[str] = STREAMS, tail: int | None = None
    ) -> CapturedLogs:
        """Return what ``stream`` yields as one value, without empty streams."""
        parts: dict[tuple[str, str], list[LogOutput]] = {}
        for output in self.stream(run_id, step, streams, tail):
            if output.file and output.stream:
                parts.setdefault((output.file.file_key, output.stream), []).append(output)
        return CapturedLogs(run_id=run_id, items=[_whole(outputs) for outputs in parts.values()])

    def stream(
        self, run_id: str, step: str | None = None, streams: Sequence[str] = STREAMS, tail: int | None = None
    ) -> Iterator[LogOutput]:
        """Yield the output process by process: ``stdout``, then ``stderr``, only the last ``tail`` lines of each.

        ``step`` is a step key or part of one, in any case. If several steps share a file, only the lines of ``step``
        are yielded from standard error; lines on standard output can't be assigned to steps. Raises NotFoundError for
        a run or step that does not exist.
        """
        logs = _Logs(self.client, step, streams, tail, _ask_once)
        choice = StepChoice(step, get_run_plan(self.client, run_id))
        files: list[LogFile] = []
        for page in read_ahead(walk_event_pages(partial(list_run_event_details, self.client, run_id))):
            choice.learn(page.events)
            files += log_files(page.events, files)
        choice.check(run_id)
        for file in files:
            yield from logs.open(file, choice)
            yield from logs.read_new(over=True)
        yield from logs.explain_nothing(run_id)

    def follow(
        self,
        run_id: str,
        step: str | None = None,
        streams: Sequence[str] = STREAMS,
        tail: int | None = None,
        interval: float = 1.0,
    ) -> Iterator[LogOutput]:
        """Yield what ``stream`` yields, then new output every ``interval`` seconds, until the run has ended.

        A failed poll is repeated, without losing or repeating output. Raises what ``stream`` raises.
        """
        logs = _Logs(self.client, step, streams, tail, self.poll.ask)
        choice = StepChoice(step, get_run_plan(self.client, run_id))
        files: list[LogFile] = []
        ask = partial(list_run_event_details, self.client, run_id)
        for page in follow_pages(ask, self.poll, interval):
            choice.learn(page.events)
            choice.check(run_id)
            for event in page.events:
                for file in log_files([event], files):
                    files.append(file)
                    yield from logs.open(file, choice)
                logs.note_end(event)
            if page.count < page.limit:
                yield from logs.read_new(over=not page.has_more)
        yield from logs.explain_nothing(run_id)


class _Logs:
    """The streams that are being read."""

    def __init__(
        self, client: GraphQLClient, step: str | None, streams: Sequence[str], tail: int | None, ask: Ask
    ) -> None:
        self._client = client
        self._step = step
        self._streams = streams
        self._tail = tail
        self._ask = ask
        self._going: list[LogReader] = []
        # A process may write after the last event of its step, so that its streams are read once more.
        self._ended: list[LogReader] = []
        self._ending: list[LogReader] = []
        self._found = self._opened = False

    def open(self, file: LogFile, choice: StepChoice) -> Iterator[LogOutput]:
        """Start to read a file, if it contains a chosen step."""
        chosen = choice.chosen(file)
        if not chosen:
            return
        self._opened = True
        shared = choice.others(file) if self._step is not None else []
        for stream in self._streams:
            steps = ", ".join(chosen)
            if url := file.url(stream):
                self._found = True
                note = f"The {stream} of {steps} is kept elsewhere: {url}"
                yield LogOutput(file=file, stream=stream, note=note, url=url)
                continue
            if shared and stream == "stdout":
                yield LogOutput(
                    note=f"stdout of {steps} shares a file with {', '.join(shared)}, and its lines do not name their "
                    "step: showing the whole file."
                )
            cut = chosen if stream == "stderr" and len(chosen) < len(file.step_keys) else []
            self._going.append(LogReader(LogStream(self._client, file, stream), self._tail, cut, self._ask))

    def read_new(self, over: bool) -> Iterator[LogOutput]:
        """Yield new output; ``over`` says that no more will follow."""
        for reader in [*self._going]:
            last = over or reader in self._ending
            yield from self._read(reader, last)
            if last:
                self._going.remove(reader)
                yield from self._close(reader)
        self._ending, self._ended = self._ended, []

    def note_end(self, event: RunEvent) -> None:
        """Note which processes end with this event."""
        if event.type in _ENDED:
            own = [reader for reader in self._going if reader.stream.file.attempt]
            self._ended += [reader for reader in own if event.step_key in reader.stream.file.step_keys]

    def explain_nothing(self, run_id: str) -> Iterator[LogOutput]:
        """Yield a note if there was no output."""
        what = f"step {self._step!r} of run {run_id}" if self._step is not None else f"run {run_id}"
        if not self._opened:
            yield LogOutput(note=f"No captured output of {what}: it has not started, or output is not captured.")
        elif not self._found:
            yield LogOutput(note=f"No {' or '.join(self._streams)} of {what}: the file is empty or was deleted.")

    def _read(self, reader: LogReader, last: bool) -> Iterator[LogOutput]:
        for data in reader.read(last):
            self._found = True
            yield LogOutput(file=reader.stream.file, stream=reader.stream.name, data=data)

    def _close(self, reader: LogReader) -> Iterator[LogOutput]:
        file, stream = reader.stream.file, reader.stream.name
        if not reader.is_separated:
            yield LogOutput(
                note=f"{stream} of {', '.join(file.step_keys)} shares a file, and its lines are not in Dagster's "
                "format, which names the step: showing the whole file."
            )
            yield from self._read(LogReader(reader.stream, self._tail, (), self._ask), last=True)
        if not reader.exact:
            address = f"{self._client.url}{reader.stream.path}"
            yield LogOutput(
                note=f"Some bytes of {stream} are not UTF-8 and are shown as U+FFFD. The original: {address}"
            )


def _whole(outputs: list[LogOutput]) -> CapturedLog:
    first = outputs[0]
    text = b"".join(output.data for output in outputs).decode(errors="replace")
    return CapturedLog(
        step_keys=first.file.step_keys if first.file else [],
        attempt=first.file.attempt if first.file else None,
        stream=first.stream or "",
        text=None if first.url else text,
        url=first.url,
    )


def _ask_once(question: Callable[[], Piece]) -> Piece:
    return question()
