"""HTTP: sends one GraphQL operation and returns its data, or raises an error."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import requests
import urllib3

from dagster_ops_cli import __version__
from dagster_ops_cli.errors import (
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    OpsError,
    ServerFaultError,
    UnauthorizedError,
    UnsupportedError,
)
from dagster_ops_cli.http.failures import (
    bad_response,
    connection_error,
    is_redirect,
    not_graphql,
    retry_after,
    status_error,
    timeout_error,
)
from dagster_ops_cli.http.retry import FailedError, repeat
from dagster_ops_cli.http.transport import (
    Answer,
    OutOfTimeError,
    check,
    in_background,
    in_time,
    is_deep,
    open_session,
    parse_json,
    send,
)
from dagster_ops_cli.schemas.exchange import Exchange, RequestRetry
from dagster_ops_cli.settings import Settings

T = TypeVar("T")

# The words of graphql-core for what a schema lacks, in a document or in the value of a variable.
_LACKING = ("Cannot query field", "Unknown type", "Unknown argument", "is not defined by type", "Unknown fragment")
# An operation begins the document or a line, or follows the } of another definition.
_MUTATION = re.compile(r"(?:\A|[}\r\n])[\s,\ufeff]*mutation\b")
GET_VERSION = "query OpsGetVersion { version }"
_VERSION_TIMEOUT = 5
# With these statuses the server, or a proxy, gives up on a request that may have arrived.
_GAVE_UP = (HTTPStatus.REQUEST_TIMEOUT, 499)
_TRANSIENT = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
# With these statuses the body is not read: a proxy may word its refusal as GraphQL. Dagster sends 200, 400 and 500.
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, *_TRANSIENT)


Observer: TypeAlias = Callable[[Exchange | RequestRetry], None]
"""Is called with every exchange after it has ended, and with every retry before it begins."""


class GraphQLClient(Protocol):
    """Answers GraphQL operations; the tests have one that replays recorded answers."""

    @property
    def url(self) -> str:
        """The address of Dagster's UI, without a trailing slash."""

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one operation and return its ``data``.

        Raises OpsError: UnauthorizedError, ForbiddenError or a DagsterError.
        """


@runtime_checkable
class FileClient(Protocol):
    """Also fetches files from Dagster: GraphQL carries only text, and damages other bytes."""

    def download(self, path: str, start: int, end: int) -> bytes | None:
        """Return the bytes from ``start`` to ``end`` of a file below Dagster's address, None if that fails."""


@runtime_checkable
class EarlyClient(Protocol):
    """Also sends a query before its answer is needed."""

    def begin(self, query: str, variables: Mapping[str, Any] | None = None) -> None:
        """Send a query in the background: ``execute`` returns its answer if it is called next, and with the same."""


class RestClient(GraphQLClient, Protocol):
    """Also sends changes to Dagster's REST endpoints, which take what GraphQL does not."""

    def post(self, path: str, body: Mapping[str, Any]) -> None:
        """Send a change to an endpoint below Dagster's address, once.

        Raises what ``execute`` raises for a mutation, InvalidRequestError if Dagster rejects the body, and
        UnsupportedError if there is no such endpoint.
        """


class HttpClient:
    """The RestClient for a real Dagster: one HTTP session, kept open between calls, one call at a time."""

    def __init__(self, settings: Settings, observe: Observer | None = None) -> None:
        """``observe`` is called with every exchange after it has ended, and with every retry before it begins."""
        self.answer_headers: Mapping[str, str] = {}
        """The HTTP headers of the last answer."""
        self._settings = settings
        self._observe = observe
        self._lock = threading.Lock()
        self._open: requests.Session | None = None
        self._has_answered = False
        # The query that was begun, and what waits for its answer.
        self._begun: tuple[tuple[str, Mapping[str, Any]], Callable[[float | None], dict[str, Any]]] | None = None

    @property
    def url(self) -> str:
        """The address of Dagster's UI, without a trailing slash."""
        return self._settings.url

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one operation and return its ``data``.

        A query is repeated after failures that may pass, as long as there is time; a mutation only if it certainly was
        not sent. ``in_doubt`` is true on errors that leave open whether a mutation has arrived.
        """
        given = dict(variables or {})
        begun, self._begun = self._begun, None
        if begun and begun[0] == (query, given):
            return begun[1](None)
        return self._execute(query, given)

    def begin(self, query: str, variables: Mapping[str, Any] | None = None) -> None:
        """Send a query in the background: ``execute`` returns its answer if it is called next, and with the same."""
        given = dict(variables or {})
        self._begun = (query, given), in_background(partial(self._execute, query, given))

    def _execute(self, query: str, given: Mapping[str, Any]) -> dict[str, Any]:
        changes = is_mutation(query)
        body = {"query": query.strip(), **({"variables": given} if given else {})}

        def attempt(deadline: float) -> dict[str, Any]:
            return self._data(self._post(self._settings.graphql_url, body, changes, deadline), changes, deadline)

        return self._send(query, given, changes, attempt)

    def post(self, path: str, body: Mapping[str, Any]) -> None:
        """Send a change to an endpoint below Dagster's address.

        It is sent again only if it certainly was not sent. ``in_doubt`` is true on errors that leave open whether it
        has arrived. Raises InvalidRequestError if Dagster rejects the body, UnsupportedError if there is no such
        endpoint.
        """

        def attempt(deadline: float) -> dict[str, Any]:
            return self._accepted(path, self._post(f"{self.url}{path}", body, True, deadline))

        self._send(f"POST {path}", body, True, attempt)

    def _send(
        self,
        operation: str,
        given: Mapping[str, Any],
        changes: bool,
        attempt: Callable[[float], dict[str, Any]],
    ) -> dict[str, Any]:
        """Return what ``attempt`` returns, which takes a deadline; call it again after failures that may pass."""

        def observed(deadline: float) -> dict[str, Any]:
            started = time.monotonic()
            try:
                answer = attempt(deadline)
            except (OpsError, FailedError) as error:
                self._report(operation, given, error.error if isinstance(error, FailedError) else error, started)
                raise
            self._report(operation, given, answer, started)
            return answer

        with self._lock:
            deadline = time.monotonic() + self._settings.timeout
            # Before the first attempt: errors of the settings or of a header command are not answers of the server.
            self._session()
            send = partial(repeat, partial(observed, deadline), changes, deadline, self._observe)
            try:
                return send()
            except UnauthorizedError as error:
                command = self._settings.header_command
                if not command or error.in_doubt:
                    raise
                # The token may have expired. A refused mutation changed nothing, so it can be sent again as well.
                command.headers(fresh=True)
                if time.monotonic() >= deadline:
                    raise
                self._close()
                return send()

    def _report(
        self, query: str, given: Mapping[str, Any], answer: Mapping[str, Any] | OpsError, started: float
    ) -> None:
        if self._observe:
            self._observe(Exchange(query, given, answer, time.monotonic() - started))

    def download(self, path: str, start: int, end: int) -> bytes | None:
        """Return the bytes from ``start`` to ``end`` of a file below Dagster's address, None if that fails."""
        timeout = self._settings.timeout
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={start}-{end - 1}"}
        with self._lock:
            get = partial(send, self._session(), self._settings, f"{self.url}{path}", timeout, headers=headers)
            try:
                answer = in_time(get, timeout)
            except (OutOfTimeError, OSError, urllib3.exceptions.HTTPError):
                self._close()
                return None
        if answer.status == HTTPStatus.PARTIAL_CONTENT:
            data = answer.body
        elif answer.status == HTTPStatus.OK:
            # This server does not support ranges.
            data = answer.body[start:end]
        else:
            return None
        return data if len(data) == end - start else None

    def close(self) -> None:
        """Close the HTTP session. The next call opens a new one."""
        with self._lock:
            if self._open:
                self._open.close()
            self._open = None

    def _session(self) -> requests.Session:
        if not self._open:
            settings, command = self._settings, self._settings.header_command
            # Before a header command runs: its output would be of no use.
            check(settings)
            agent = {"User-Agent": f"dagster-ops-cli/{__version__}"}
            self._open = open_session(settings, {**agent, **settings.headers, **(command.headers() if command else {})})
        return self._open

    def _close(self) -> None:
        """Start a new session with the next call. A thread may still read from the old one; its result is discarded."""
        self._open = None

    def _post(self, url: str, body: Mapping[str, Any], changes: bool, deadline: float) -> Answer:
        settings, session = self._settings, self._session()
        left = deadline - time.monotonic()
        # A query that gets no answer in half of the time is sent again in the other half.
        silence = max(left if changes else min(left, settings.timeout / 2), 0.001)
        try:
            answer = in_time(partial(send, session, settings, url, silence, json=body), left)
        except OutOfTimeError as error:
            self._close()
            raise _in_doubt(timeout_error(settings), changes) from error
        except RecursionError as error:
            raise InvalidRequestError("a value in the request is nested too deeply") from error
        except (OSError, urllib3.exceptions.HTTPError) as error:
            self._close()
            raise self._connection_error(error, changes, silence) from error
        self.answer_headers = answer.headers
        return answer

    def _connection_error(self, cause: Exception, changes: bool, silence: float) -> OpsError | FailedError:
        error, sent = connection_error(cause, self._settings, self._has_answered)
        error = _in_doubt(error, changes and sent)
        if not error.passing:
            return error
        silent = isinstance(error, NoAnswerError)
        return FailedError(error, sent, reason=f"{self.url} did not answer for {silence:.1f} s" if silent else None)

    def _data(self, answer: Answer, changes: bool, deadline: float) -> dict[str, Any]:
        if answer.status in _REFUSALS:
            raise self._status_error(answer, changes)
        try:
            document = parse_json(answer.body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or not {"data", "errors"} & set(document):
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise self._status_error(answer, changes)
            # A redirect means that the server did not execute the mutation.
            raise _in_doubt(not_graphql(answer, self._settings), changes and not is_redirect(answer))
        if document.get("errors"):
            raise self._query_error(document, changes, deadline)
        data = document.get("data")
        if not isinstance(data, dict):
            raise _in_doubt(bad_response("JSON that is not GraphQL", self._settings), changes)
        if is_deep(data):
            raise _in_doubt(bad_response("JSON that is nested too deeply", self._settings), changes)
        self._has_answered = True
        return data

    def _accepted(self, path: str, answer: Answer) -> dict[str, Any]:
        """Return the answer of a REST endpoint, a JSON object. Raises the error that it stands for."""
        try:
            document = parse_json(answer.body)
        except (ValueError, RecursionError):
            document = None
        reason = document.get("error") if isinstance(document, dict) else None
        if reason and answer.status == HTTPStatus.BAD_REQUEST:
            raise InvalidRequestError(f"Dagster rejected it: {reason}")
        if reason and answer.status == HTTPStatus.UNAUTHORIZED:
            raise ForbiddenError(f"{reason} The webserver is read-only, or you lack the permission.")
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            raise UnsupportedError(f"{self.url} has no endpoint {path}")
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _in_doubt(ServerFaultError(f"Dagster failed: {path} answered HTTP {answer.status}"), True)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise self._status_error(answer, True)
        if not isinstance(document, dict) or is_redirect(answer):
            raise _in_doubt(not_graphql(answer, self._settings), not is_redirect(answer))
        return document

    def _status_error(self, answer: Answer, changes: bool) -> OpsError | FailedError:
        may_have_acted = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _GAVE_UP
        error = _in_doubt(status_error(answer.status, self._settings), changes and may_have_acted)
        if answer.status in _TRANSIENT:
            return FailedError(error, retry_after=retry_after(answer.headers))
        return error

    def _query_error(self, document: Mapping[str, Any], changes: bool, deadline: float) -> OpsError:
        errors, data = document["errors"], document.get("data")
        errors = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
        messages = dict.fromkeys(str(each["message"]) for each in errors if each.get("message"))
        if not messages:
            return _in_doubt(bad_response("errors without a message", self._settings), changes)
        message = "; ".join(messages)
        # Dagster reports unknown fields before it executes anything; later errors have a path, or come with data.
        begun = data is not None or any(each.get("path") for each in errors)
        if not begun and any(word in message for word in _LACKING):
            return UnsupportedError(
                f"{self._server_version(deadline)} at {self.url} can't serve this command: {message}",
                hint="This version lacks a field that the command needs. ops doctor shows which commands work.",
            )
        fault = ServerFaultError(f"Dagster failed: {message}")
        fault.data = data if isinstance(data, dict) and not is_deep(data) else None
        return fault

    def _server_version(self, deadline: float) -> str:
        try:
            until = min(deadline, time.monotonic() + _VERSION_TIMEOUT)
            answer = self._post(self._settings.graphql_url, {"query": GET_VERSION}, False, until)
            return f"Dagster {parse_json(answer.body)['data']['version']}"
        except (OpsError, FailedError, LookupError, TypeError, ValueError, RecursionError):
            return "Dagster (unknown version)"


def is_mutation(document: str) -> bool:
    """Return whether a document has a mutation. True as well for a field of that name that begins a line."""
    return bool(_MUTATION.search(document))


def _in_doubt(error: OpsError, changes: bool) -> OpsError:
    if changes:
        error.in_doubt = True
        error.message += "; whether the change was made is not known"
    return error
