"""Captured logs, without a server: bytes, half characters, files that steps share, files that are elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dagster_ops_cli.api.logs import CapturedLogApi
from dagster_ops_cli.api.logs import stream as log_stream
from dagster_ops_cli.api.logs.stream import LogStream
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import NotFoundError, OpsError, UnreachableError
from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.logs.output import LogOutput
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import operation_name

Event = dict[str, Any]


def event(kind: str, step: str | None = None, **more: Any) -> Event:
    return {
        "runId": "1",
        "message": "",
        "timestamp": "1700000000000",
        "level": "DEBUG",
        "stepKey": step,
        "eventType": kind,
        **more,
    }


def captured(key: str, *steps: str, **more: Any) -> Event:
    return event("LOGS_CAPTURED", fileKey=key, stepKeys=list(steps), **more)


@dataclass
class LogServer:
    """Answers as Dagster does: it cuts where the limit falls, and replaces what is no UTF-8.

    ``turns`` are what happens from one poll for events to the next: events, and bytes by file and stream.
    """

    steps: Sequence[str]
    turns: list[tuple[list[Event], dict[tuple[str, str], bytes]]]
    status: str = "SUCCESS"
    faults: dict[int, OpsError] = field(default_factory=dict)
    url: str = "http://localhost:3000"
    asked: int = 0
    events: list[Event] = field(default_factory=list)
    written: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        assert variables
        self.asked += 1
        if fault := self.faults.get(self.asked):
            raise fault
        answer = {
            "OpsGetRunPlan": self._plan,
            "OpsListRunEventDetails": self._events,
            "OpsGetCapturedLog": self._log,
        }[operation_name(query)]
        return answer(variables)

    def _plan(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        plan = {"steps": [{"key": step, "inputs": []} for step in self.steps]}
        return {"runOrError": {"__typename": "Run", "stepKeysToExecute": None, "executionPlan": plan}}

    def _events(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        if self.turns:
            events, written = self.turns.pop(0)
            self.events += events
            for key, data in written.items():
                self.written[key] = self.written.get(key, b"") + data
        start = int(variables["cursor"] or 0)
        page = self.events[start:]
        connection = {"events": page, "cursor": str(start + len(page)), "hasMore": False}
        return {
            "runOrError": {"__typename": "Run", "status": "STARTED" if self.turns else self.status},
            "logsForRun": {"__typename": "EventConnection", **connection},
        }

    def _log(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        _, folder, key = variables["logKey"]
        assert folder == "compute_logs"
        answer: dict[str, Any] = {}
        ends = []
        for stream, offset in zip(("stdout", "stderr"), map(int, variables["cursor"].split(":")), strict=True):
            data = self.written.get((key, stream), b"")[offset : offset + variables["limit"]]
            answer[stream] = data.decode(errors="replace") or None
            ends.append(offset + len(data))
        return {"capturedLogs": {**answer, "cursor": ":".join(map(str, ends))}}


def stream_of(data: bytes) -> LogStream:
    server = LogServer([], [], written={("k", "stdout"): data})
    return LogStream(server, LogFile(run_id="1", file_key="k", step_keys=["a"], attempt=1), "stdout")


def api(server: LogServer) -> CapturedLogApi:
    clock = Clock()
    return CapturedLogApi(server, Poll(sleep=clock.sleep, clock=clock.time))


def data_of(outputs: Sequence[LogOutput], stream: str = "stdout") -> bytes:
    return b"".join(output.data for output in outputs if output.stream == stream)


def notes_of(outputs: Sequence[LogOutput]) -> list[str]:
    return [output.note for output in outputs if output.note]


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_stream, "PIECE", 5)


@pytest.mark.parametrize("size", [0, 1, 4, 5, 6, 19, 20, 21, 4000])
@pytest.mark.usefixtures("small_pieces")
def test_size(size: int) -> None:
    assert stream_of(b"x" * size).size() == size


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
@pytest.mark.parametrize(
    "text", ["", "\n", "one", "one\n", "one\ntwö\n", "a\n\n\nb", "long line of text\n🙂🙂🙂\nend\n"]
)
def test_where_the_last_lines_begin(text: str, count: int) -> None:
    data = text.encode()
    lines = data.splitlines(keepends=True)
    assert data[stream_of(data).start_of_last_lines(count) :] == b"".join(lines[max(0, len(lines) - count) :])


def test_the_last_bytes_are_whole_lines() -> None:
    assert stream_of("äöü\nsecond\n".encode()).last(10) == b"second\n"
    assert stream_of(b"short\n").last(10) == b"short\n"
    assert stream_of(b"one endless line").last(4) == b"line"


@pytest.mark.parametrize("limit", range(4, 12))
def test_no_character_is_lost_where_a_piece_ends(limit: int) -> None:
    text = "é🙂€\ufffd" * 9 + "\ufffd end"
    stream = stream_of(text.encode())
    data, position = b"", 0
    while piece := stream.read(position, limit):
        assert piece.exact
        data, position = data + piece.data, piece.end
    assert data.decode() == text


def test_half_a_character_waits_for_its_other_half() -> None:
    smile = "🙂".encode()
    turns = [
        ([captured("k", "a"), event("STEP_START", "a")], {("k", "stdout"): b"x" + smile[:3]}),
        ([], {("k", "stdout"): smile[3:] + b"y"}),
        ([event("STEP_SUCCESS", "a")], {("k", "stdout"): b"z"}),
    ]
    outputs = list(api(LogServer(["a"], turns)).follow("1"))
    assert data_of(outputs) == b"x" + smile + b"yz"
    assert notes_of(outputs) == []


def test_what_is_no_text_is_said_to_be_replaced() -> None:
    turns = [([captured("k", "a")], {("k", "stdout"): b"a\xff\xfeb\n\xf0\x9f"})]
    outputs = list(api(LogServer(["a"], turns)).stream("1", streams=["stdout"]))
    assert data_of(outputs).decode() == "a\ufffd\ufffdb\n\ufffd"
    (note,) = notes_of(outputs)
    assert note.endswith("The original: http://localhost:3000/logs/1/compute_logs/k/out")


HEAD = "2026-11-20 17:01:09 +0000 - dagster - DEBUG - survey - 1 - 77"
SHARED_ERR = "".join(
    f"{line}\n"
    for line in [
        f'{HEAD} - a - STEP_START - Started execution of step "a".',
        "of a",
        f"{HEAD} - a - STEP_SUCCESS - Finished",
        f"{HEAD} - b - STEP_START - Started",
        "of b",
        f"{HEAD} - b - STEP_SUCCESS - Finished",
    ]
).encode()
SHARED: list[Event] = [captured("k", "a", "b"), event("STEP_START", "a"), event("STEP_START", "b")]


def shared(err: bytes = SHARED_ERR) -> LogServer:
    return LogServer(["a", "b"], [(list(SHARED), {("k", "stdout"): b"out of both\n", ("k", "stderr"): err})])


@pytest.mark.parametrize("follow", [False, True])
def test_a_steps_part_of_a_shared_stderr(follow: bool) -> None:
    reader = api(shared())
    outputs = list(reader.follow("1", "b") if follow else reader.stream("1", "b"))
    assert data_of(outputs, "stderr") == b"".join(SHARED_ERR.splitlines(keepends=True)[3:])
    assert data_of(outputs) == b"out of both\n"
    (note,) = notes_of(outputs)
    assert note.startswith("stdout of b shares a file with a,")


def test_the_last_lines_of_a_steps_part() -> None:
    assert data_of(list(api(shared()).stream("1", "a", ["stderr"], tail=2)), "stderr").splitlines()[0] == b"of a"


def test_every_step_needs_no_cut() -> None:
    outputs = list(api(shared()).stream("1"))
    assert data_of(outputs, "stderr") == SHARED_ERR
    assert notes_of(outputs) == []


def test_lines_of_another_form_are_all_shown_and_it_is_said() -> None:
    outputs = list(api(shared(b'{"json": 1}\nraw\n')).stream("1", "b", ["stderr"]))
    assert data_of(outputs, "stderr") == b'{"json": 1}\nraw\n'
    assert len(notes_of(outputs)) == 1


def test_each_attempt_has_its_own_file() -> None:
    turns = [
        ([captured("k1", "a"), event("STEP_UP_FOR_RETRY", "a")], {("k1", "stdout"): b"one\n"}),
        ([captured("k2", "a")], {("k2", "stdout"): b"two\n", ("k1", "stdout"): b"last of one\n"}),
        ([event("STEP_FAILURE", "a")], {("k2", "stdout"): b"end\n"}),
    ]
    outputs = list(api(LogServer(["a"], turns)).follow("1"))
    assert [(output.file.attempt, output.data) for output in outputs if output.file] == [
        (1, b"one\n"),
        (1, b"last of one\n"),
        (2, b"two\n"),
        (2, b"end\n"),
    ]


def test_a_step_that_has_ended_is_asked_for_no_more() -> None:
    turns = [([captured("k", "a"), event("STEP_SUCCESS", "a")], {("k", "stdout"): b"one\n"})]
    server = LogServer(["a"], [*turns, *[([], {})] * 50])
    list(api(server).follow("1"))
    # The plan, 53 polls, and two streams that are read and found to be at their end twice.
    assert server.asked < 1 + 53 + 10


def test_failed_polls_lose_and_repeat_nothing() -> None:
    turns = [
        ([captured("k", "a")], {("k", "stdout"): b"one\n"}),
        *[([], {("k", "stdout"): f"{number}\n".encode()}) for number in range(5)],
    ]
    server = LogServer(["a"], turns, faults={number: UnreachableError("gone") for number in (3, 5, 6, 9, 12, 15)})
    assert data_of(list(api(server).follow("1"))) == b"one\n0\n1\n2\n3\n4\n"


def test_a_log_that_is_elsewhere() -> None:
    turns: list[tuple[list[Event], dict[tuple[str, str], bytes]]] = [
        ([captured("k", "a", externalUrl="https://logs.example/1")], {})
    ]
    outputs = list(api(LogServer(["a"], turns)).stream("1"))
    assert notes_of(outputs) == [
        "The stdout of a is kept elsewhere: https://logs.example/1",
        "The stderr of a is kept elsewhere: https://logs.example/1",
    ]


def test_all_at_once() -> None:
    turns = [
        (
            [captured("k", "a"), captured("l", "a", externalUrl="https://logs.example/1")],
            {("k", "stdout"): b"one\n\xff", ("k", "stderr"): b"two"},
        )
    ]
    logs = api(LogServer(["a"], turns)).get("1")
    assert [(log.attempt, log.stream, log.text, log.url) for log in logs.items] == [
        (1, "stdout", "one\n\ufffd", None),
        (1, "stderr", "two", None),
        (2, "stdout", None, "https://logs.example/1"),
        (2, "stderr", None, "https://logs.example/1"),
    ]
    assert logs.count == 4


def test_nothing_was_captured() -> None:
    (note,) = notes_of(list(api(LogServer(["a"], [([], {})])).stream("1", "a")))
    assert note == "No captured output of step 'a' of run 1: it has not started, or output is not captured."


def test_nothing_was_written_or_kept() -> None:
    (note,) = notes_of(list(api(LogServer(["a"], [([captured("k", "a")], {})])).stream("1", streams=["stdout"])))
    assert note == "No stdout of run 1: the file is empty or was deleted."


@pytest.mark.parametrize("follow", [False, True])
def test_a_step_that_does_not_exist(follow: bool) -> None:
    reader = api(LogServer(["fetch", "store"], [([], {})]))
    with pytest.raises(NotFoundError, match="no step with 'fetsh'") as raised:
        list(reader.follow("1", "fetsh") if follow else reader.stream("1", "fetsh"))
    assert raised.value.code == "STEP_NOT_FOUND"
    assert raised.value.hint == "Its steps include fetch."


def test_a_whole_key_is_preferred_to_parts() -> None:
    events = [captured("1", "store"), captured("2", "store_all")]
    written = {("1", "stdout"): b"one", ("2", "stdout"): b"two"}
    server = LogServer(["store", "store_all"], [(events, written)])
    assert data_of(list(api(server).stream("1", "STORE"))) == b"one"
    server = LogServer(["store", "store_all"], [(events, written)])
    assert data_of(list(api(server).stream("1", "stor"))) == b"onetwo"


def test_a_step_that_is_still_to_be_multiplied() -> None:
    server = LogServer(["load[?]"], [([], {})])
    assert len(notes_of(list(api(server).stream("1", "load[nl]")))) == 1


def test_on_a_terminal_control_characters_are_escaped() -> None:
    turns = [([captured("k", "a")], {("k", "stdout"): "a\tb \x1b[31mred\r\n\u202e\n".encode()})]
    outcome = invoke("ops api run logs 1 --stdout", Ops(connect=lambda settings, observe: LogServer(["a"], turns)))
    assert outcome.stdout == "a\tb \\x1b[31mred\\r\n\\u202e\n"
    assert outcome.stderr == "==> a: stdout <==\n"
