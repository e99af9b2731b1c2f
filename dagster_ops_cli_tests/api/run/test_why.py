"""Explanations of runs in situations that are hard to produce in a real Dagster: many failures, a daemon that is
gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import pytest

from dagster_ops_cli import times
from dagster_ops_cli.api.run.why import RunExplanationApi
from dagster_ops_cli.errors import OpsError, ServerFaultError, UnsupportedError
from dagster_ops_cli.formatters.run.why import format_run_explanation
from dagster_ops_cli.schemas.run.why import RunExplanation
from dagster_ops_cli_tests.replay import operation_name

Answer = dict[str, Any]


def explained(why: RunExplanation) -> str:
    return str(format_run_explanation(why))


def event(kind: str, step: str | None = None, message: str = "", **more: Any) -> Answer:
    return {
        "runId": "1",
        "message": message,
        "timestamp": "1700000000000",
        "level": "DEBUG",
        "stepKey": step,
        "eventType": kind,
        **more,
    }


def error(name: str, message: str, *causes: Answer) -> Answer:
    return {
        "message": f"acme.jobs.{name}: {message}\n",
        "className": name,
        "stack": [],
        "errorChain": [{"error": cause} for cause in causes],
    }


def wrapped(*errors: Answer) -> Answer:
    return error("DagsterExecutionStepExecutionError", "Error occurred while executing op", *errors)


def failed(step: str, *errors: Answer) -> list[Answer]:
    return [event("STEP_START", step), event("STEP_FAILURE", step, error=wrapped(*errors))]


@dataclass
class OneRun:
    """Answers about one run."""

    status: str
    events: Sequence[Answer] | OpsError = ()
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    instance: Answer | OpsError = field(default_factory=dict)
    pools: list[Answer] | OpsError = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    log: str | OpsError = ""
    counts: tuple[int, int] = (0, 1)
    has_more: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = "http://localhost:3000"

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> Answer:
        name = operation_name(query)
        self.asked.append(name)
        if name == "OpsGetCapturedLog":
            if isinstance(self.log, OpsError):
                raise self.log
            assert variables
            text = self.log[int(variables["cursor"].partition(":")[2]) :][: variables["limit"]]
            end = int(variables["cursor"].partition(":")[2]) + len(text)
            return {"capturedLogs": {"cursor": f"0:{end}", "stderr": text or None}}
        if name == "OpsGetRunQueue" and isinstance(self.instance, OpsError):
            raise self.instance
        if name == "OpsListPools" and isinstance(self.pools, OpsError):
            raise self.pools
        answers: dict[str, Answer] = {
            "OpsGetRun": {"runOrError": self._run()},
            "OpsGetRunPlan": {"runOrError": self._run()},
            "OpsListRunEvents": {"logsForRun": self._log()},
            "OpsListRunEventDetails": {"runOrError": self._run(), "logsForRun": self._log()},
            "OpsGetRunQueue": {
                "instance": self.instance,
                "going": {"__typename": "Runs", "count": self.counts[0]},
                "queued": {"__typename": "Runs", "count": self.counts[1]},
            },
            "OpsListPools": {
                "runOrError": {"__typename": "Run", "rootConcurrencyKeys": self.first},
                "instance": {"concurrencyLimits": self.pools},
            },
        }
        return answers[name]

    def _run(self) -> Answer:
        steps = [
            {"key": key, "inputs": [{"dependsOn": [{"key": need} for need in needs]}]}
            for key, needs in self.needs.items()
        ]
        return {
            "__typename": "Run",
            "runId": "1",
            "status": self.status,
            "pipelineName": "job",
            "jobName": "job",
            "mode": "default",
            "tags": [{"key": key, "value": value} for key, value in self.tags.items()],
            "stepKeysToExecute": None,
            "executionPlan": {"steps": steps} if steps else None,
            **self.more,
        }

    def _log(self) -> Answer:
        if isinstance(self.events, OpsError):
            raise self.events
        events = list(self.events)
        return {"__typename": "EventConnection", "events": events, "cursor": "c", "hasMore": self.has_more}


def explain(run: OneRun) -> RunExplanation:
    return RunExplanationApi(run).get("1")


def waits(run: OneRun) -> list[tuple[str, str]]:
    return [(wait.kind, wait.message) for wait in explain(run).waiting_for]


def test_the_wrapper_is_left_out_and_the_root_cause_comes_last() -> None:
    events = failed("a", error("Outer", "went wrong"), error("Middle", "because"), error("Root", "of it"))
    (step,) = explain(OneRun("FAILURE", events)).failed_steps
    assert [(cause.class_name, cause.message) for cause in step.errors] == [
        ("Outer", "went wrong"),
        ("Middle", "because"),
        ("Root", "of it"),
    ]


def test_a_step_that_was_retried_well_has_not_failed() -> None:
    events = [
        event("STEP_START", "a"),
        event("STEP_UP_FOR_RETRY", "a", secondsToWait=1.0),
        event("STEP_RESTARTED", "a"),
        event("STEP_SUCCESS", "a"),
        *failed("b", error("Bad", "luck")),
    ]
    why = explain(OneRun("FAILURE", events))
    assert [(step.step_key, step.attempts) for step in why.failed_steps] == [("b", 1)]


def test_a_step_that_a_resumed_run_began_anew_has_not_failed() -> None:
    events = [*failed("a"), event("STEP_START", "a"), event("STEP_SUCCESS", "a"), *failed("b")]
    assert [step.step_key for step in explain(OneRun("FAILURE", events)).failed_steps] == ["b"]


def test_only_what_needs_a_failed_step_was_skipped_because_of_it() -> None:
    needs = {"a": [], "b": ["a"], "c": ["b"], "other": [], "after": ["other"]}
    why = explain(OneRun("FAILURE", failed("a", error("Bad", "luck")), needs))
    assert {step.step_key: step.because_of for step in why.skipped_steps} == {
        "b": ["a"],
        "c": ["a"],
        "other": [],
        "after": [],
    }
    text = explained(why)
    assert "Skipped because of this: b, c\n" in text
    assert "Not started: other, after\n" in text


def test_many_failures_still_fit_on_a_screen() -> None:
    chain = [error(f"E{number}", "line one\nline two\n3\n4\n5\n6") for number in range(9)]
    events = [each for number in range(40) for each in failed(f"step_{number}", *chain)]
    why = explain(OneRun("FAILURE", events))
    assert len(why.failed_steps) == 40
    text = explained(why)
    assert len(text.splitlines()) < 66
    assert "... and 28 more failed steps" in text
    assert "caused by: E8: line one" in text
    assert "... 5 more causes ..." in text


def test_the_engine_tells_where_no_step_does() -> None:
    events = [
        event("ENGINE_EVENT", message="Launching"),
        event("ENGINE_EVENT", message="Caught an unrecoverable error", error=error("CodeLocationError", "no module x")),
        event("RUN_FAILURE", message="Failed from outside"),
        event("ENGINE_EVENT", message="said after the end"),
    ]
    why = explain(OneRun("FAILURE", events))
    assert [cause.message for cause in why.errors] == ["no module x"]
    assert why.engine == ["Launching", "Caught an unrecoverable error", "Failed from outside"]
    text = explained(why)
    assert "CodeLocationError: no module x" in text
    assert "Last messages from Dagster:" in text


def test_logs_that_cant_be_read_do_not_hide_the_error() -> None:
    captured = event("LOGS_CAPTURED", fileKey="k", stepKeys=["a"])
    run = OneRun("FAILURE", [captured, *failed("a", error("Bad", "luck"))], log=ServerFaultError("no such bucket"))
    (step,) = explain(run).failed_steps
    assert step.errors
    assert step.stderr == []


def test_the_last_lines_of_stderr_are_kept() -> None:
    captured = event("LOGS_CAPTURED", fileKey="k", stepKeys=["a"])
    log = "".join(f"line {number}\n\n" for number in range(50))
    (step,) = explain(OneRun("FAILURE", [captured, *failed("a")], log=log)).failed_steps
    assert step.stderr == [f"line {number}" for number in range(40, 50)]


def test_a_stderr_that_is_elsewhere() -> None:
    captured = event("LOGS_CAPTURED", fileKey="k", stepKeys=["a"], externalStderrUrl="https://logs.example/1")
    why = explain(OneRun("FAILURE", [captured, *failed("a")], log=ServerFaultError("not asked for")))
    assert why.failed_steps[0].stderr_url == "https://logs.example/1"
    assert "stderr: https://logs.example/1" in explained(why)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"dagster/auto_retry_run_id": "2", "dagster/will_retry": "true"}, "Dagster retried it as 2"),
        ({"dagster/will_retry": "true"}, "Dagster will retry it"),
    ],
)
def test_what_becomes_of_it(tags: dict[str, str], told: str) -> None:
    assert told in explained(explain(OneRun("FAILURE", failed("a"), tags=tags)))


def daemon(healthy: bool) -> Answer:
    return {
        "runQueueConfig": {"maxConcurrentRuns": 3, "tagConcurrencyLimitsYaml": "- key: team\n  limit: 1\n"},
        "daemonHealth": {
            "daemonStatus": {
                "required": True,
                "healthy": healthy,
                "lastHeartbeatTime": 1700000000.0,
                "lastHeartbeatErrors": [{"message": "out of disk\n"}],
            }
        },
    }


def test_a_daemon_that_is_gone_comes_first() -> None:
    first, second = waits(OneRun("QUEUED", instance=daemon(healthy=False), counts=(1, 4)))
    assert first[0] == "daemon"
    assert first[1].endswith("its last heartbeat was at 2023-11-14T22:13:20Z. Error: out of disk")
    assert second[1].endswith("3 other runs in the queue.")


def test_limits_of_its_tags_are_told() -> None:
    kinds = [kind for kind, _ in waits(OneRun("QUEUED", instance=daemon(healthy=True), tags={"team": "air"}))]
    assert kinds == ["queue", "concurrency"]
    kinds = [kind for kind, _ in waits(OneRun("QUEUED", instance=daemon(healthy=True), tags={"crew": "air"}))]
    assert kinds == ["queue"]


def test_a_server_without_a_queue_and_without_pools() -> None:
    told = waits(OneRun("QUEUED", counts=(1, 1), pools=UnsupportedError("no pools")))
    assert told == [("queue", "1 run is in progress; waiting for the daemon.")]


def test_a_server_that_tells_nothing_of_its_queue() -> None:
    run = OneRun("QUEUED", instance=UnsupportedError("no queue"), pools=UnsupportedError("no pools"))
    assert waits(run) == [("queue", "The run is in the queue; Dagster gives no details.")]


def test_a_step_that_is_to_be_retried_and_one_that_is_started() -> None:
    events = [
        event("STEP_START", "a"),
        event("STEP_UP_FOR_RETRY", "a", secondsToWait=30.0, error=wrapped(error("Bad", "luck"))),
        event("STEP_WORKER_STARTING", "b"),
        event("STEP_START", "c"),
        event("STEP_SUCCESS", "c"),
    ]
    assert waits(OneRun("STARTED", events)) == [
        ("retry", "a failed and will be retried after 30 s: Bad: luck"),
        ("start-up", "The process of b is starting."),
    ]


def test_a_run_that_is_being_started_and_one_that_is_being_stopped() -> None:
    assert waits(OneRun("STARTING", [event("ENGINE_EVENT", message="Creating the pod")])) == [
        ("start-up", "The run's process is starting; latest message: Creating the pod")
    ]
    assert [kind for kind, _ in waits(OneRun("CANCELING", [event("STEP_START", "a")]))] == ["stop", "step"]
    assert [kind for kind, _ in waits(OneRun("STARTED"))] == ["step"]


def test_whatever_comes_from_outside_is_escaped() -> None:
    events = failed("a\x1b[31m", error("Bad", "luck\u202e\x07"))
    text = explained(explain(OneRun("FAILURE", events)))
    assert "\x1b" not in text
    assert "Bad: luck\\u202e\\x07" in text


def test_lines_of_user_code_come_without_dagsters_prefix() -> None:
    captured = event("LOGS_CAPTURED", fileKey="f", stepKeys=["a"])
    head = "2026-11-20 17:01:09 +0000 - dagster"
    log = f"{head} - DEBUG - job - 1 - 77 - a - STEP_START - Started\n{head} - ERROR - job - 1 - a - no coffee left\n"
    why = explain(OneRun("FAILURE", [captured, *failed("a")], log=log))
    assert why.failed_steps[0].stderr == ["no coffee left"]
    assert "  | no coffee left\n" in explained(why)


def test_the_traceback_is_that_of_user_code_and_fits_the_screen() -> None:
    stack = [f'  File "/opt/jobs/deep.py", line {line}, in down\n    down()\n' for line in range(1, 9)]
    library = '  File "/usr/lib/python3.11/site-packages/requests/api.py", line 73, in get\n    return request()\n'
    deep = {**error("Bad", "luck"), "stack": [*stack, library]}
    why = explain(OneRun("FAILURE", failed("a", deep)))
    (cause,) = why.failed_steps[0].errors
    assert [frame.line for frame in cause.frames] == list(range(1, 9))
    assert cause.frame == cause.frames[-1]
    text = explained(why)
    assert "  Bad: luck\n    ... 3 more frames\n    at /opt/jobs/deep.py:4 in down\n      down()\n" in text
    assert "requests" not in text


@pytest.mark.parametrize(
    ("events", "line"),
    [
        (failed("a", error("Bad", "luck\nand more of it")), "a: Bad: luck"),
        ([*failed("a", error("Bad", "luck")), event("RUN_FAILURE", message="Steps failed.")], "a: Bad: luck"),
        ([event("RUN_FAILURE", message="The process is gone.\nSee below.")], "The process is gone."),
        (
            [event("ENGINE_EVENT", error=error("Launch", "no image")), event("RUN_FAILURE", message="x")],
            "Launch: no image",
        ),
        ([event("STEP_UP_FOR_RETRY", "a", error=error("Bad", "luck")), event("RUN_FAILURE", message="x")], "x"),
        ([event("ENGINE_EVENT", error=error("Launch", "no image"))], None),
        ([event("RUN_START")], None),
    ],
)
def test_a_failed_run_has_its_first_error_in_one_line(events: Sequence[Answer], line: str | None) -> None:
    assert RunExplanationApi(OneRun("FAILURE", events)).summarize("1") == line


def test_a_log_that_cannot_be_read_leaves_the_first_error_out() -> None:
    assert RunExplanationApi(OneRun("FAILURE", ServerFaultError("no such table"))).summarize("1") is None


def test_the_first_error_is_not_looked_for_without_end() -> None:
    run = OneRun("FAILURE", [event("LOG")], has_more=True)
    assert RunExplanationApi(run).summarize("1") is None
    assert run.asked == ["OpsListRunEvents"] * 10


def test_what_still_runs_tells_how_long_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: datetime.fromtimestamp(1_700_000_065, timezone.utc))
    run = OneRun("STARTED", more={"startTime": 1_700_000_000.0, "repositoryOrigin": {"repositoryLocationName": "here"}})
    why = explain(run)
    assert (why.duration, why.location_name, why.partition) == (65, "here", None)
    assert "\nStarted 2023-11-14T22:13:20Z, duration 1m05s so far\nLocation here\n" in explained(why)
