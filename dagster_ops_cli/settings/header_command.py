"""A command that prints headers, for identity-aware proxies whose tokens expire."""

from dagster_ops_cli.errors import InvalidRequestError, UnauthorizedError
from dagster_ops_cli.settings.values import parse_header_lines


class HeaderCommand:
    """Runs when the headers are first needed, and again when the server rejects them.

    ``known`` holds all header values it ever printed, which must be masked.
    """

    def __init__(self, command: str, source: str, timeout: float) -> None:
        """``command`` is a shell's command line; ``timeout`` is in seconds."""
        self.command = command
        self.source = source
        self.timeout = timeout
        self.known: list[str] = []
        self._headers: dict[str, str] | None = None

    def headers(self, fresh: bool = False) -> dict[str, str]:
        """Return the headers; with ``fresh`` run the command again.

        Raises UnauthorizedError if the command fails, InvalidRequestError if it does not print headers.
        """
        if self._headers is None or fresh:
            output = self._run()
            # Before they are checked, so that an error masks them too.
            self.known += [line.partition(":")[2].strip() or line for line in output]
            if not output:
                raise InvalidRequestError(f"{self.source}: the header command printed nothing")
            self._headers = parse_header_lines(output, f"{self.source}: the header command's output")
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
            raise UnauthorizedError(
                f"{self.source}: the header command took longer than {self.timeout:g} s and was stopped"
            ) from None
        except subprocess.CalledProcessError as error:
            # Its output may hold the token, so only the exit code is shown.
            raise UnauthorizedError(
                f"{self.source}: the header command failed with exit code {error.returncode}",
                hint="Run it by itself to see its output.",
            ) from None
        text = done.stdout.decode(errors="replace")
        return [line.strip() for line in text.splitlines() if line.strip()]
