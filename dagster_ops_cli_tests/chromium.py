"""Drives a real Chromium without a window, over its DevTools protocol on two pipes."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    # The shared memory of a container may be too small for a large page.
    "--disable-dev-shm-usage",
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)
# Chromium reads commands from this descriptor, and writes answers to the next one.
_FIRST = 3
# How many seconds it may be silent.
_LONGEST_SILENCE = 180
# What a page may tell that its author should know.
_TOLD = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"}


@dataclass
class Chromium:
    """A browser with one page. ``told`` is what came on its console, ``asked`` are the addresses that it asked for."""

    commands: IO[bytes]
    answers: int
    told: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _session: str | None = None
    _number: int = 0
    _loaded: int = 0
    _unread: bytes = b""

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def start(self) -> None:
        """Open an empty page, and listen to what it tells and asks for."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for name in ("Page", "Runtime", "Log", "Network", "Inspector"):
            self.send(f"{name}.enable")

    def open(self, path: Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open a file and wait until it is loaded."""
        mobile = width < 600
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        before = self._loaded
        self.send("Page.navigate", url=path.as_uri())
        while self._loaded == before:
            self._read()

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, path: Path) -> bytes:
        """Write what the window shows as PNG, and return it."""
        data = base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(data)
        return data

    def pdf(self, path: Path) -> bytes:
        """Write the page as it is printed, and return it."""
        data = base64.b64decode(self.send("Page.printToPDF", printBackground=False)["data"])
        path.write_bytes(data)
        return data

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            assert select.select([self.answers], [], [], _LONGEST_SILENCE)[0], "Chromium does not answer"
            data = os.read(self.answers, 65536)
            assert data, "Chromium has ended"
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        assert message.get("method") != "Inspector.targetCrashed", "the page has crashed"
        self._hear(message.get("method"), message.get("params", {}))
        return message

    def _hear(self, method: str | None, params: dict[str, Any]) -> None:
        if method in _TOLD:
            self.told.append(params)
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded += 1


def find_chromium() -> str | None:
    """Return the path of Chromium, or None. ``install_chromium.sh`` installs it."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def running() -> Iterator[Chromium]:
    """Start Chromium with an empty profile, and end it."""
    program = find_chromium()
    assert program, "Chromium is not installed; run dagster_ops_cli_tests/install_chromium.sh"
    theirs, ours = os.pipe()
    heard, spoken = os.pipe()
    # Their ends must not be in each other's place when they get the numbers that Chromium expects.
    high = [fcntl.fcntl(number, fcntl.F_DUPFD, 10) for number in (theirs, spoken)]

    def place() -> None:
        for number, end in enumerate(high, _FIRST):
            os.dup2(end, number)

    # Processes of Chromium may still write to the folder while it is removed.
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=place,  # noqa: PLW1509 - only it can give a descriptor a certain number
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": profile},
        )
        for number in (theirs, spoken, *high):
            os.close(number)
        try:
            with os.fdopen(ours, "wb") as commands:
                browser = Chromium(commands, heard)
                browser.start()
                yield browser
        finally:
            os.close(heard)
            process.kill()
            process.wait()
