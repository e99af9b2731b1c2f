"""Every way in which a command can fail: one tree, one class per kind of failure, one code per case.

OpsError
├── InvalidRequestError      400  exit 2    the request can't be right
│   └── InvalidContentError  422  exit 2    a file or run config in it can't be right
├── NotFoundError            404  exit 3    what the command line names does not exist
├── UnauthorizedError        401  exit 4    Dagster does not know who asks
├── ForbiddenError           403  exit 4    Dagster knows, and does not allow it
├── DagsterError                  exit 5    Dagster is at fault, or out of reach
│   ├── ServerFaultError     500            it failed, or gave an answer that says nothing
│   ├── UnsupportedError     501            this version of it lacks what was asked for
│   ├── BadResponseError     502            what answered is not Dagster's GraphQL
│   ├── UnreachableError     503            nothing answered
│   └── NoAnswerError        504            nothing answered in time
├── WaitTimeoutError         408  exit 6    gave up waiting; what was waited for goes on
├── ConflictError            409  exit 7    the state of things forbids it
├── InterruptedByUserError   499  exit 130  Ctrl-C, or SIGTERM (exit 143)
└── OutputError              507  exit 1    the answer is there and can't be written
"""

from collections.abc import Mapping, Sequence
from typing import Any


class OpsError(Exception):
    """The root of the tree.

    ``status`` (an HTTP status) and ``exit_code`` (of the process) belong to the class, ``code`` to the case;
    ``passing`` says that the same question may well be answered a little later; ``in_doubt`` that a change was sent
    and nobody knows whether it was made: look before it is sent again; ``data`` is what was answered all the same.
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

        ``ids`` are the ids that were asked for, by the name they have in JSON, such as ``run_id``.
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
        """The error as scripts read it: one JSON object, the same keys in the same order."""
        return {
            "error": self.message,
            "code": self.code,
            "status_code": self.status,
            **({"hint": self.hint} if self.hint else {}),
            **self.ids,
        }


class InvalidRequestError(OpsError):
    """The request can't be right; nothing was changed."""

    status, exit_code, code = 400, 2, "INVALID_REQUEST"


class InvalidContentError(InvalidRequestError):
    """A configuration file or a run config can't be right; nothing was changed."""

    status, code = 422, "INVALID_CONFIG_FILE"


class NotFoundError(OpsError):
    """What the command line names does not exist."""

    status, exit_code, code = 404, 3, "NOT_FOUND"


class UnauthorizedError(OpsError):
    """Dagster does not know who asks: no token, a wrong one, or a login page in its place."""

    status, exit_code, code = 401, 4, "UNAUTHORIZED"


class ForbiddenError(OpsError):
    """Dagster does not allow it to whoever asks."""

    status, exit_code, code = 403, 4, "FORBIDDEN"


class DagsterError(OpsError):
    """Dagster is at fault, or out of reach."""

    exit_code = 5


class ServerFaultError(DagsterError):
    """Dagster failed on its side (SERVER_ERROR), or its answer says nothing (INTERNAL_ERROR)."""

    status, code = 500, "SERVER_ERROR"
    passing = True


class UnsupportedError(DagsterError):
    """A field or type that the operation needs is not there in this version of Dagster."""

    status, code = 501, "UNSUPPORTED_BY_SERVER"


class BadResponseError(DagsterError):
    """What answered is not Dagster's GraphQL, or a code location behind it does not load."""

    status, code = 502, "BAD_RESPONSE"
    passing = True


class UnreachableError(DagsterError):
    """Nothing answered: refused, reset, no such host, no trusted certificate."""

    status, code = 503, "UNREACHABLE"
    passing = True


class NoAnswerError(DagsterError):
    """Nothing answered in time."""

    status, code = 504, "TIMEOUT"
    passing = True


class WaitTimeoutError(OpsError):
    """Gave up waiting; what was waited for goes on."""

    status, exit_code, code = 408, 6, "WAIT_TIMEOUT"


class ConflictError(OpsError):
    """The state of things forbids what was asked for."""

    status, exit_code, code = 409, 7, "CONFLICT"


class InterruptedByUserError(OpsError):
    """Ctrl-C or SIGTERM; the message says what goes on and what does not."""

    status, exit_code, code = 499, 130, "INTERRUPTED"


class OutputError(OpsError):
    """The answer is there, and standard output does not take it (a full disk, say)."""

    status, exit_code, code = 507, 1, "OUTPUT_FAILED"
