"""The errors of all commands: one class per kind of failure, one code per case.

OpsError
├── InvalidRequestError      400  exit 2    the request is invalid
│   └── InvalidContentError  422  exit 2    a file or run config is invalid
├── NotFoundError            404  exit 3    what the command line names does not exist
├── UnauthorizedError        401  exit 4    no token, or a wrong one
├── ForbiddenError           403  exit 4    no permission
├── DagsterError                  exit 5    Dagster failed or can't be reached
│   ├── ServerFaultError     500            it failed, or its answer is empty or unknown
│   ├── UnsupportedError     501            this version lacks a field or type
│   ├── BadResponseError     502            the answer is not Dagster's GraphQL
│   ├── UnreachableError     503            no connection
│   └── NoAnswerError        504            no answer in time
├── WaitTimeoutError         408  exit 6    gave up waiting; the run or backfill continues
├── ConflictError            409  exit 7    not possible in the current state
├── InterruptedByUserError   499  exit 130  Ctrl-C, SIGTERM (exit 143) or SIGHUP (129)
└── OutputError              507  exit 1    the answer can't be written
"""

from collections.abc import Mapping, Sequence
from typing import Any


class OpsError(Exception):
    """The root of the tree.

    ``status`` (an HTTP status) and ``exit_code`` (of the process) belong to the class, ``code`` to the case.
    ``passing``: the same request may succeed a little later. ``in_doubt``: a mutation was sent, and may or may not have
    been executed; look before sending it again. ``data``: the part of the answer that came with the error.
    """

    status: int
    exit_code: int
    code: str
    passing = False
    in_doubt = False
    data: Mapping[str, Any] | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        passing: bool | None = None,
        **ids: str,
    ) -> None:
        """``commands`` are what to run next: the words of an ``ops`` command, by what it is for.

        ``ids`` are the requested ids by their names in JSON, such as ``run_id``.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.commands: dict[str, Sequence[str]] = dict(commands or {})
        self.ids = ids
        if code is not None:
            self.code = code
        if passing is not None:
            self.passing = passing

    @property
    def hint(self) -> str | None:
        """What to do about the error: advice, then a line for each command. Setting it removes the commands."""
        import shlex

        lines = [f"{purpose}: {shlex.join(words)}" for purpose, words in self.commands.items()]
        return "\n".join([self._advice, *lines] if self._advice else lines) or None

    @hint.setter
    def hint(self, advice: str | None) -> None:
        self._advice = advice
        self.commands = {}

    def add_options(self, options: Sequence[str]) -> None:
        """Add options to every command of the hint, such as those that say where Dagster is."""
        self.commands = {purpose: [*words, *options] for purpose, words in self.commands.items()}

    def document(self) -> dict[str, object]:
        """Return the error as a JSON object; the keys have a fixed order."""
        return {
            "error": self.message,
            "code": self.code,
            "status_code": self.status,
            **({"hint": self.hint} if self.hint else {}),
            **self.ids,
        }


class InvalidRequestError(OpsError):
    """The request is invalid; nothing was changed."""

    status, exit_code, code = 400, 2, "INVALID_REQUEST"


def invalid_cursor(cursor: str) -> InvalidRequestError:
    """Return the error for a cursor that no answer of this list can have had."""
    hint = "Pass the cursor of an earlier answer, or leave out --cursor."
    return InvalidRequestError(f"{cursor!r} is not a cursor of this list", code="INVALID_CURSOR", hint=hint)


class InvalidContentError(InvalidRequestError):
    """A configuration file or a run config is invalid; nothing was changed."""

    status, code = 422, "INVALID_CONFIG_FILE"


class NotFoundError(OpsError):
    """Something that the command line names does not exist."""

    status, exit_code, code = 404, 3, "NOT_FOUND"


def run_deleted(run_id: str) -> NotFoundError:
    """Return the error for a run that was deleted while it was followed."""
    return NotFoundError(f"Run {run_id} was deleted", code="RUN_NOT_FOUND", run_id=run_id)


class UnauthorizedError(OpsError):
    """There is no token, a wrong one, or a login page instead of Dagster."""

    status, exit_code, code = 401, 4, "UNAUTHORIZED"


class ForbiddenError(OpsError):
    """You lack the permission."""

    status, exit_code, code = 403, 4, "FORBIDDEN"


class DagsterError(OpsError):
    """Dagster failed, or can't be reached."""

    exit_code = 5


class ServerFaultError(DagsterError):
    """Dagster failed (SERVER_ERROR), or its answer is empty or unknown (INTERNAL_ERROR)."""

    status, code = 500, "SERVER_ERROR"
    passing = True


class UnsupportedError(DagsterError):
    """The version of Dagster lacks a field or type that the operation needs."""

    status, code = 501, "UNSUPPORTED_BY_SERVER"


class BadResponseError(DagsterError):
    """The answer is not Dagster's GraphQL, or a code location does not load."""

    status, code = 502, "BAD_RESPONSE"
    passing = True


class UnreachableError(DagsterError):
    """There is no connection: refused, reset, no such host, no trusted certificate."""

    status, code = 503, "UNREACHABLE"
    passing = True


class NoAnswerError(DagsterError):
    """There was no answer in time."""

    status, code = 504, "TIMEOUT"
    passing = True


class WaitTimeoutError(OpsError):
    """Waiting took too long; the run or backfill continues."""

    status, exit_code, code = 408, 6, "WAIT_TIMEOUT"


class ConflictError(OpsError):
    """The request is not possible in the current state, such as canceling a finished run."""

    status, exit_code, code = 409, 7, "CONFLICT"


class InterruptedByUserError(OpsError):
    """Ctrl-C, SIGTERM or SIGHUP; the message says what continues and what does not."""

    status, exit_code, code = 499, 130, "INTERRUPTED"


class OutputError(OpsError):
    """Standard output does not accept the answer, for instance because the disk is full."""

    status, exit_code, code = 507, 1, "OUTPUT_FAILED"
