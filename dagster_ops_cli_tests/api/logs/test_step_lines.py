"""Which step each line of a shared log belongs to."""

from dagster_ops_cli.api.logs.step_lines import StepLines

HEAD = "2026-11-20 17:01:09 +0000 - dagster - DEBUG - survey - with a dash - 1-2-3"
LINES = [
    f"{HEAD} - 11757 - LOGS_CAPTURED - Capturing logs for process (pid: 11757).",
    f'{HEAD} - 11757 - a - STEP_START - Started execution of step "a".',
    "raw of a",
    f"{HEAD} - a - ERROR - said by a",
    "its second line",
    f"{HEAD} - 11757 - a - STEP_UP_FOR_RETRY - failed",
    "stack of a",
    f"{HEAD} - 11757 - a.b - STEP_START - Started",
    "raw of a.b",
    f"{HEAD} - 11757 - a.b - STEP_SUCCESS - Finished",
    f"{HEAD} - 11757 - a - STEP_RESTARTED - Started",
    "second raw of a",
    f"{HEAD} - a - said by a again",
    f"{HEAD} - 11757 - a - STEP_FAILURE - failed",
    "second stack of a",
    f"{HEAD} - c - Dependencies for step c failed",
]


def _reader() -> StepLines:
    return StepLines("1-2-3", ["a", "a.b", "c"])


def test_every_line_has_its_owner() -> None:
    reader = _reader()
    owners = [reader.owner(line.encode()) for line in LINES]
    assert owners == [None, *["a"] * 6, *["a.b"] * 3, *["a"] * 5, "c"]
    assert reader.has_named_step


def test_own_words_are_those_of_the_last_attempt_without_dagsters_prefix() -> None:
    words = _reader().own_words([line.encode() for line in LINES], "a")
    assert words == [b"second raw of a", b"said by a again"]


def test_where_lines_have_another_form_nothing_is_told() -> None:
    reader = _reader()
    lines = [b'{"message": "json"}', b"raw", b"2026-11-20 17:01:09 +0000 - other - INFO - text - another run - a - x"]
    assert [reader.owner(line) for line in lines] == [None] * 3
    assert not reader.has_named_step
    assert _reader().own_words(lines, "a") == lines
