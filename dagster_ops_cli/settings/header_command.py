"""A command whose output is the header: for identity-aware proxies whose tokens expire."""

from dagster_ops_cli.errors import InvalidRequestError, UnauthorizedError
from dagster_ops_cli.settings.values import parse_header_lines


class HeaderCommand:
    """Runs when a header is first needed, and again when the one it gave is no longer taken.

    ``known`` are all header values it ever gave: none of them may be shown.
    """

    def __init__(self, command: str, source: str, timeout: float) -> None:
        """``command`` is a shell's command line; ``timeout`` is in seconds."""
        self.command = command
        self.source = source
        self.timeout = timeout
        self.known: list[str] = []
        self._headers: dict[str, str] | None = None

    def headers(self, fresh: bool = False) -> dict[str, str]:
        """Return the headers; with ``fresh`` run the command anew.

        Raises UnauthorizedError where the command fails, InvalidRequestError where its output is no header.
        """
        if self._headers is None or fresh:
            output = self._run()
            # Before they are checked: an error must not show them either.
            self.known += [line.partition(":")[2].strip() or line for line in output]
            if not output:
                raise InvalidRequestError(f"{self.source}: the command printed nothing")
            self._headers = parse_header_lines(output, f"{self.source}: the command's output")
        return self._headers

    def _run(self) -> list[str]:
        import subprocess

        try:
            done = subprocess.run(  # noqa: S602 - it is the user's own command line, with their own pipes and quotes
                self.command,
                shell=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.timeout,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise UnauthorizedError(f"{self.source}: the command took longer than {self.timeout:g} s") from None
        except subprocess.CalledProcessError as error:
            # What it printed may hold the token: only how it ended is told.
            raise UnauthorizedError(
                f"{self.source}: the command failed with exit code {error.returncode}",
                hint="Run it by itself to see what it says.",
            ) from None
        text = done.stdout.decode(errors="replace")
        return [line.strip() for line in text.splitlines() if line.strip()]
