"""HTTP: one GraphQL operation out, its data or an error back. Nothing else imports gql."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, NoReturn, Protocol, TypeAlias, cast, runtime_checkable

import requests
from gql import Client, GraphQLRequest
from gql.client import SyncClientSession
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportError,
    TransportProtocolError,
    TransportQueryError,
    TransportServerError,
)
from gql.transport.requests import RequestsHTTPTransport

from dagster_ops_cli import __version__
from dagster_ops_cli.errors import (
    NoAnswerError,
    OpsError,
    ServerFaultError,
    UnauthorizedError,
    UnsupportedError,
)
from dagster_ops_cli.http.failures import (
    bad_response,
    connection_error,
    not_graphql,
    retry_after,
    status_error,
    timeout_error,
)
from dagster_ops_cli.http.retry import FailedError, Retry, repeat
from dagster_ops_cli.http.transport import (
    OutOfTimeError,
    certificate_of,
    check,
    in_time,
    is_deep,
    mount,
    parse_json,
    verify_of,
)
from dagster_ops_cli.settings import Settings

# How graphql-core words what a schema lacks: in the document, and in the value of a variable.
_LACKING = ("Cannot query field", "Unknown type", "Unknown argument", "is not defined by type", "Unknown fragment")
GET_VERSION = "query OpsGetVersion { version }"
_VERSION_TIMEOUT = 5
# Statuses with which the server, or a proxy, gives up on what it may have passed on.
_BROKEN_OFF = (HTTPStatus.REQUEST_TIMEOUT, 499)
_TRANSIENT = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
# Statuses that tell more than what may come with them. Dagster itself answers with 200, 400 and 500.
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, *_TRANSIENT)


@dataclass(frozen=True)
class Exchange:
    """One operation as it went: ``answer`` is its data, or the error that came instead; ``seconds`` is how long."""

    query: str
    variables: Mapping[str, Any]
    answer: Mapping[str, Any] | OpsError
    seconds: float


Observer: TypeAlias = Callable[[Exchange | Retry], None]
"""Is shown every exchange once it has ended, and every retry before it begins."""


class GraphQLClient(Protocol):
    """Whatever answers GraphQL operations; the tests have one that replays."""

    @property
    def url(self) -> str:
        """Where Dagster's UI is, without a trailing slash."""

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one operation and return its ``data``.

        Raises OpsError: UnauthorizedError, ForbiddenError or a DagsterError.
        """


@runtime_checkable
class FileClient(Protocol):
    """Whatever can also fetch files that Dagster keeps: GraphQL carries text, and loses bytes that are none."""

    def download(self, path: str, start: int, end: int) -> bytes | None:
        """Return the bytes from ``start`` to ``end`` of a file below Dagster's address, None where it can't be had."""


class HttpClient:
    """The GraphQLClient that asks a real Dagster: one HTTP session, kept open between calls, one call at a time."""

    def __init__(self, settings: Settings, observe: Observer | None = None) -> None:
        """``observe`` is shown every exchange once it has ended, and every retry before it begins."""
        self._settings = settings
        self._observe = observe
        self._lock = threading.Lock()
        self._open: tuple[RequestsHTTPTransport, SyncClientSession] | None = None
        self._has_answered = False

    @property
    def url(self) -> str:
        """Where Dagster's UI is, without a trailing slash."""
        return self._settings.url

    @property
    def answer_headers(self) -> Mapping[str, str]:
        """The HTTP headers of the last answer."""
        return (self._open and self._open[0].response_headers) or {}

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one operation and return its ``data``.

        A query is sent again, as long as there is time, after failures that may pass; a mutation only if it certainly
        was not sent. ``in_doubt`` is true on errors after which nobody knows whether a mutation has arrived.
        """
        given = dict(variables or {})
        with self._lock:
            deadline = time.monotonic() + self._settings.timeout
            # What is wrong with the settings, or with a header command, is no answer of the server's.
            self._session()
            changes = _is_mutation(query)
            try:
                return self._execute(query, given, changes, deadline)
            except UnauthorizedError as error:
                command = self._settings.header_command
                if not command or error.in_doubt:
                    raise
                # Its token may have expired. What was not let in has changed nothing, so a mutation goes again as well.
                command.headers(fresh=True)
                if time.monotonic() >= deadline:
                    raise
                self._close()
                return self._execute(query, given, changes, deadline)

    def _execute(self, query: str, given: dict[str, Any], changes: bool, deadline: float) -> dict[str, Any]:
        def attempt() -> dict[str, Any]:
            started = time.monotonic()
            try:
                answer = self._send(query, given, changes, deadline)
            except (OpsError, FailedError) as error:
                self._tell(query, given, error.error if isinstance(error, FailedError) else error, started)
                raise
            self._tell(query, given, answer, started)
            return answer

        return repeat(attempt, changes, deadline, self._observe)

    def _tell(self, query: str, given: Mapping[str, Any], answer: Mapping[str, Any] | OpsError, started: float) -> None:
        if self._observe:
            self._observe(Exchange(query, given, answer, time.monotonic() - started))

    def download(self, path: str, start: int, end: int) -> bytes | None:
        """Return the bytes from ``start`` to ``end`` of a file below Dagster's address, None where it can't be had."""
        with self._lock:
            self._session()
            transport, _ = cast("tuple[RequestsHTTPTransport, SyncClientSession]", self._open)
            get = partial(
                cast("requests.Session", transport.session).get,
                f"{self.url}{path}",
                headers={
                    **(transport.headers or {}),
                    "Accept-Encoding": "identity",
                    "Range": f"bytes={start}-{end - 1}",
                },
                auth=transport.auth,
                timeout=self._settings.timeout,
                verify=verify_of(self._settings),
                cert=certificate_of(self._settings),
                allow_redirects=False,
            )
            try:
                answer = in_time(get, self._settings.timeout)
            except requests.RequestException:
                self._close()
                return None
        if answer.status_code == HTTPStatus.PARTIAL_CONTENT:
            data = answer.content
        elif answer.status_code == HTTPStatus.OK:
            # Not every server knows of ranges.
            data = answer.content[start:end]
        else:
            return None
        return data if len(data) == end - start else None

    def _session(self) -> SyncClientSession:
        if self._open:
            return self._open[1]
        settings = self._settings
        # Before a header command runs: what it brings would be of no use.
        check(settings)
        command = settings.header_command
        transport = RequestsHTTPTransport(
            settings.graphql_url,
            headers={
                "User-Agent": f"dagster-ops-cli/{__version__}",
                **settings.headers,
                **(command.headers() if command else {}),
            },
            # Without an auth of ours, requests would take one from ~/.netrc and overwrite the user's header with it.
            auth=requests.auth.HTTPBasicAuth(*settings.login) if settings.login else _no_auth,  # type: ignore[arg-type]
            # gql's own retries repeat mutations and lose the body of an HTTP 500.
            retries=0,
            json_deserialize=parse_json,
            verify=verify_of(settings),
            cert=certificate_of(settings),
            # A redirected POST arrives as a GET, and takes the credentials along.
            allow_redirects=False,
        )
        session: SyncClientSession = Client(transport=transport).connect_sync()  # type: ignore[no-untyped-call]
        self._adapter = mount(cast("requests.Session", transport.session), settings)
        self._open = transport, session
        return session

    def _close(self) -> None:
        """Begin anew with the next operation; who still reads from the old session reads to its end, unheard."""
        self._open = None

    def _send(self, query: str, variables: dict[str, Any], changes: bool, deadline: float) -> dict[str, Any]:
        session = self._session()
        left = deadline - time.monotonic()
        # A question that gets no answer at all in half of its time is asked again in the other half.
        silence = max(left if changes else min(left, self._settings.timeout / 2), 0.001)
        request = GraphQLRequest(_parsed(query), variable_values=variables)
        try:
            data = in_time(lambda: session.execute(request, timeout=silence), left)
            self._has_answered = True
        except TransportQueryError as error:
            if self._adapter.status in _REFUSALS:
                # Something in front of Dagster may word its refusal as GraphQL does.
                self._raise_status_error(self._adapter.status, changes, error)
            self._raise_query_error(error, changes)
        except OutOfTimeError as error:
            self._close()
            raise self._in_doubt(timeout_error(self._settings), changes) from error
        except TransportConnectionFailed as error:
            self._close()
            self._raise_connection_error(error, changes, silence)
        except TransportServerError as error:
            self._raise_status_error(error.code or 0, changes, error)
        except TransportProtocolError as error:
            told = not_graphql(str(error), self.answer_headers, self._settings)
            # Who sends elsewhere has not done it.
            raise self._in_doubt(told, changes and "location" not in self.answer_headers) from error
        except (TransportError, AttributeError, TypeError, AssertionError) as error:
            # gql trusts that what has "data" or "errors" in it is shaped like GraphQL.
            raise self._in_doubt(bad_response("JSON that is not GraphQL", self._settings), changes) from error
        if not isinstance(data, dict):
            raise self._in_doubt(bad_response("JSON that is not GraphQL", self._settings), changes)
        if is_deep(data):
            raise self._in_doubt(bad_response("JSON that is nested too deeply", self._settings), changes)
        return data

    def _in_doubt(self, error: OpsError, changes: bool) -> OpsError:
        if changes:
            error.in_doubt = True
            error.message += "; whether the change was made is not known"
        return error

    def _raise_connection_error(self, error: TransportConnectionFailed, changes: bool, silence: float) -> NoReturn:
        told, transient, sent = connection_error(error.__cause__, self._settings, self._has_answered)
        if sent:
            told = self._in_doubt(told, changes)
        if transient:
            silent = isinstance(told, NoAnswerError)
            reason = f"{self.url} did not answer for {silence:.1f} s" if silent else None
            raise FailedError(told, sent, reason=reason) from error
        raise told from error

    def _raise_status_error(self, status: int, changes: bool, origin: TransportError) -> NoReturn:
        error = status_error(status, self._settings)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _BROKEN_OFF:
            error = self._in_doubt(error, changes)
        if status in _TRANSIENT:
            raise FailedError(error, retry_after=retry_after(self.answer_headers)) from origin
        raise error from origin

    def _raise_query_error(self, error: TransportQueryError, changes: bool) -> NoReturn:
        errors = error.errors if isinstance(error.errors, list) else []
        messages = [str(each["message"]) for each in errors if isinstance(each, dict) and each.get("message")]
        if not messages:
            raise self._in_doubt(bad_response("errors without a message", self._settings), changes) from error
        told = "; ".join(dict.fromkeys(messages))
        # What a schema lacks is found before anything is done; what happens in doing it has a path, or data beside it.
        begun = error.data is not None or any(isinstance(each, dict) and each.get("path") for each in errors)
        if not begun and any(word in told for word in _LACKING):
            raise UnsupportedError(
                f"{self._server_version()} at {self.url} can't serve this command: {told}",
                hint="This version lacks a field that the command needs; ops doctor tells what it can serve.",
            ) from error
        fault = ServerFaultError(f"Dagster failed: {told}")
        fault.data = error.data if isinstance(error.data, dict) and not is_deep(error.data) else None
        raise fault from error

    def _server_version(self) -> str:
        try:
            session = self._session()
            request = GraphQLRequest(_parsed(GET_VERSION))
            version = in_time(lambda: session.execute(request, timeout=_VERSION_TIMEOUT), _VERSION_TIMEOUT)["version"]
        except (TransportError, OutOfTimeError, KeyError, TypeError, AttributeError, AssertionError):
            return "Dagster (its version is not known)"
        return f"Dagster {version}"


@lru_cache
def _parsed(query: str) -> Any:
    return GraphQLRequest(query).document


def _is_mutation(query: str) -> bool:
    """Tell whether the operation changes something, and must not arrive twice."""
    operations = (getattr(each, "operation", None) for each in _parsed(query).definitions)
    return any(getattr(operation, "value", None) == "mutation" for operation in operations)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
