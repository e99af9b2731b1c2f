"""What the steps of a run wrote to standard output and standard error."""

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
from dagster_ops_cli.api.run_events.pages import follow_pages, walk_pages
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
        """Return at once what ``stream`` yields; streams without a word in them are left out."""
        parts: dict[tuple[str, str], list[LogOutput]] = {}
        for output in self.stream(run_id, step, streams, tail):
            if output.file and output.stream:
                parts.setdefault((output.file.file_key, output.stream), []).append(output)
        return CapturedLogs(run_id=run_id, items=[_whole(outputs) for outputs in parts.values()])

    def stream(
        self, run_id: str, step: str | None = None, streams: Sequence[str] = STREAMS, tail: int | None = None
    ) -> Iterator[LogOutput]:
        """Yield what there is, process by process: ``stdout``, then ``stderr``, of the last ``tail`` lines each.

        ``step`` is a step key, or part of one, in any case. Where several steps share a file, the part of ``step`` is
        cut out of its standard error; nothing tells whose line on standard output it is. Raises NotFoundError for an
        unknown run, or a step that it does not have.
        """
        logs = _Logs(self.client, step, streams, tail, _ask_once)
        choice = StepChoice(step, get_run_plan(self.client, run_id))
        files: list[LogFile] = []
        for page in read_ahead(walk_pages(partial(list_run_event_details, self.client, run_id))):
            choice.saw(page.events)
            files += log_files(page.events, files)
        choice.check(run_id)
        for file in files:
            yield from logs.open(file, choice)
            yield from logs.news(over=True)
        yield from logs.last_words(run_id)

    def follow(
        self,
        run_id: str,
        step: str | None = None,
        streams: Sequence[str] = STREAMS,
        tail: int | None = None,
        interval: float = 1.0,
    ) -> Iterator[LogOutput]:
        """Yield what there is, and then what is new every ``interval`` seconds, until the run's last word.

        A failed poll is repeated: nothing is lost and nothing comes twice. Raises what ``stream`` raises.
        """
        logs = _Logs(self.client, step, streams, tail, self.poll.ask)
        choice = StepChoice(step, get_run_plan(self.client, run_id))
        files: list[LogFile] = []
        ask = partial(list_run_event_details, self.client, run_id)
        for page in follow_pages(ask, self.poll, interval):
            choice.saw(page.events)
            choice.check(run_id)
            for event in page.events:
                for file in log_files([event], files):
                    files.append(file)
                    yield from logs.open(file, choice)
                logs.saw(event)
            if page.count < page.limit:
                yield from logs.news(over=not page.has_more)
        yield from logs.last_words(run_id)


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
        # What a step's process says at its very end may come after the step's last event: it is read once more.
        self._ended: list[LogReader] = []
        self._ending: list[LogReader] = []
        self._found = self._opened = False

    def open(self, file: LogFile, choice: StepChoice) -> Iterator[LogOutput]:
        """Begin to read a file, where it holds anything that is wanted."""
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
                    note=f"stdout of {steps} is in one file with that of {', '.join(shared)}, and nothing in it tells "
                    "whose line it is: here is all of it."
                )
            cut = chosen if stream == "stderr" and len(chosen) < len(file.step_keys) else []
            self._going.append(LogReader(LogStream(self._client, file, stream), self._tail, cut, self._ask))

    def news(self, over: bool) -> Iterator[LogOutput]:
        """Yield what is new; ``over`` says that nothing will be new any more."""
        for reader in [*self._going]:
            last = over or reader in self._ending
            yield from self._read(reader, last)
            if last:
                self._going.remove(reader)
                yield from self._close(reader)
        self._ending, self._ended = self._ended, []

    def saw(self, event: RunEvent) -> None:
        """Learn from a run's events which processes end."""
        if event.type in _ENDED:
            own = [reader for reader in self._going if reader.stream.file.attempt]
            self._ended += [reader for reader in own if event.step_key in reader.stream.file.step_keys]

    def last_words(self, run_id: str) -> Iterator[LogOutput]:
        """Say so where there was nothing."""
        what = f"step {self._step!r} of run {run_id}" if self._step is not None else f"run {run_id}"
        if not self._opened:
            yield LogOutput(note=f"Nothing was captured of {what}: it has not begun, or captures nothing.")
        elif not self._found:
            yield LogOutput(note=f"No {' or '.join(self._streams)} of {what}: it wrote none, or it is no longer kept.")

    def _read(self, reader: LogReader, last: bool) -> Iterator[LogOutput]:
        for data in reader.read(last):
            self._found = True
            yield LogOutput(file=reader.stream.file, stream=reader.stream.name, data=data)

    def _close(self, reader: LogReader) -> Iterator[LogOutput]:
        file, stream = reader.stream.file, reader.stream.name
        if not reader.apart:
            yield LogOutput(
                note=f"{stream} of {', '.join(file.step_keys)} is in one file, and its lines are not in Dagster's own "
                "form, which names the step: here is all of it."
            )
            yield from self._read(LogReader(reader.stream, self._tail, (), self._ask), last=True)
        if not reader.exact:
            address = f"{self._client.url}{reader.stream.path}"
            yield LogOutput(
                note=f"Some of the {stream} is no UTF-8; it came as U+FFFD. The bytes themselves: {address}"
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
