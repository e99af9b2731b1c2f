"""A pytest plugin that checks that the tests print no secrets.

Every token, password and header value of the tests contains the same marker. The plugin searches all output of `ops`
and other processes, and everything that pytest prints about a test: captured output and logs, errors, tracebacks and
the test's name. A test with the marker in one of them fails, and is shown with the marker masked.
"""

import base64
import re
import subprocess
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from dagster_ops_cli.settings.target import is_secret

# In two parts, because hypothesis also draws texts from the project's literals and must not draw the marker.
MARKER = "s3c" + "r3t"
TOKEN = f"{MARKER}-t0ken"
# Options and variables that hold secrets of the user.
_OPTIONS = ("--header", "--api-token")
_VARIABLES = ("OPS_HEADERS", "DAGSTER_CLOUD_API_TOKEN")
_LOGIN = re.compile(r"//[^/@]*:[^/@]*@")
_PROPERTY = "secret_scan"


def _in_base64() -> Iterator[str]:
    """Return the marker in base64, without the characters that also encode text next to it."""
    bits = 8 * len(MARKER)
    for before in (0, 1, 2):
        text = base64.b64encode(b" " * before + MARKER.encode() + b"  ").decode()
        yield text[-(-8 * before // 6) : (8 * before + bits) // 6]


_FORMS = re.compile("|".join([f"(?i:{MARKER})", *_in_base64()]))


class SecretPrintedError(AssertionError):
    """A secret was printed."""


@dataclass
class Scan:
    """The number of outputs checked in this process since the last report, and the places of secrets."""

    outputs: int = 0
    leaks: list[str] = field(default_factory=list)


@dataclass
class Total:
    """The sums for all tests of all workers."""

    outputs: int = 0
    tests: int = 0
    leaks: list[str] = field(default_factory=list)


_scan, _total = Scan(), Total()
_lock = threading.Lock()
# Whether `ops` runs in this thread; it does not print what it reads from its children.
_inside = threading.local()


def has_secret(text: str) -> bool:
    return bool(_FORMS.search(text))


def masked(text: str) -> str:
    return _FORMS.sub("***", text)


def look(text: "str | bytes | None", where: str) -> None:
    """Check an output. Raises SecretPrintedError; the test fails even if that is caught."""
    text = text.decode(errors="replace") if isinstance(text, bytes) else text or ""
    found = has_secret(text)
    with _lock:
        _scan.outputs += bool(text)
        _scan.leaks += [where] if found else []
    if found:
        raise SecretPrintedError(f"a secret in {where}:\n{masked(text)}")


def check_marked(args: Sequence[str], environ: Mapping[str, str]) -> None:
    """Refuse secrets without the marker: the scan could not find them."""
    given = [value for name, value in pairwise(args) if name in _OPTIONS and value not in ("-", "")]
    # A header that holds no secret needs no marker.
    plain = [line.partition(":") for line in given]
    given = [line for line, (name, _, value) in zip(given, plain, strict=True) if not value or is_secret(name, value)]
    given += [text for text in args if _LOGIN.search(text)]
    given += [environ[name] for name in _VARIABLES if environ.get(name)]
    assert all(MARKER in text for text in given), f"a secret without the marker of the tests: {given}"


@contextmanager
def inside() -> Iterator[None]:
    """Mark that `ops` runs in this thread. Anyone can see its children's command lines, so those are checked."""
    _inside.ops = True
    try:
        yield
    finally:
        _inside.ops = False


_communicate = subprocess.Popen.communicate


def _looking(self: "subprocess.Popen[Any]", *args: Any, **options: Any) -> tuple[Any, Any]:
    command = [self.args] if isinstance(self.args, (str, bytes)) else list(self.args)  # type: ignore[arg-type]
    if getattr(_inside, "ops", False):
        look(" ".join(map(str, command)), "the process list")
        return _communicate(self, *args, **options)
    out, err = _communicate(self, *args, **options)
    look(out, "the stdout of a process")
    look(err, "the stderr of a process")
    return out, err


def pytest_configure() -> None:
    # subprocess.run() calls this too.
    subprocess.Popen.communicate = _looking  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    subprocess.Popen.communicate = _communicate  # type: ignore[method-assign]


def pytest_make_parametrize_id(val: object) -> "str | None":
    """Parameters are part of a test's name, which pytest prints."""
    return masked(val) if isinstance(val, str) and has_secret(val) else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> "Generator[None, pytest.TestReport, pytest.TestReport]":
    report = yield
    told = report.longreprtext if report.longrepr else ""
    # A report repeats the captured output of earlier phases.
    new = [(name, text) for name, text in report.sections if name.endswith(f" {report.when}")]
    shown = [*new, ("what pytest tells of the test", told), ("the name of the test", report.nodeid)]
    with _lock:
        outputs = _scan.outputs + sum(bool(text) for _, text in shown[:-1])
        leaks = [*_scan.leaks, *(name for name, text in shown if has_secret(text))]
        _scan.outputs, _scan.leaks = 0, []
    report.sections = [(name, masked(text)) for name, text in report.sections]
    if leaks:
        report.outcome = "failed"
        report.longrepr = f"secret scan: a secret in {', '.join(dict.fromkeys(leaks))}\n\n{masked(told)}"
    # The reports of other workers reach the printing process with these.
    report.user_properties.append((_PROPERTY, [outputs, len(leaks)]))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, value in report.user_properties:
        if name == _PROPERTY and isinstance(value, (list, tuple)):
            _total.outputs += value[0]
            _total.leaks += [report.nodeid] * value[1]
    _total.tests += report.when == "call"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _total.tests:
        told = f"secret scan: {_total.outputs} outputs of {_total.tests} tests, {len(_total.leaks)} secrets"
        where = "".join(f"\n  {masked(name)}" for name in dict.fromkeys(_total.leaks))
        terminalreporter.write_line(told + where, red=bool(_total.leaks))
