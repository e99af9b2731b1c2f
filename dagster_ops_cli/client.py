"""HTTP: one GraphQL operation out, its data or an error back. Nothing else imports gql."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, NoReturn, Protocol, runtime_checkable
from urllib.parse import urlsplit

import requests
import urllib3
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
    BadResponseError,
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    OpsError,
    ServerFaultError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedError,
)
from dagster_ops_cli.settings import Settings

# How graphql-core words what a schema lacks: in the document, and in the value of a variable.
_LACKING = ("Cannot query field", "Unknown type", "Unknown argument", "is not defined by type", "Unknown fragment")
_LOGIN_WORDS = (
    "login",
    "log-in",
    "signin",
    "sign-in",
    "sign in",
    "log in",
    "oauth",
    "saml",
    'type="password"',
    "/auth",
)
GET_VERSION = "query OpsGetVersion { version }"


@dataclass(frozen=True)
class Exchange:
    """One operation as it went: ``answer`` is its data, or the error that came instead; ``seconds`` is how long."""

    query: str
    variables: Mapping[str, Any]
    answer: Mapping[str, Any] | OpsError
    seconds: float


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

    def __init__(self, settings: Settings, observe: Callable[[Exchange], None] | None = None) -> None:
        """``observe`` is shown every exchange once it has ended."""
        self._settings = settings
        self._observe = observe
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where Dagster's UI is, without a trailing slash."""
        return self._settings.url

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one operation, once, and return its ``data``."""
        given = dict(variables or {})
        started = time.monotonic()
        answer: dict[str, Any] | OpsError
        with self._lock:
            try:
                answer = self._send(query, given)
            except OpsError as error:
                answer = error
        if self._observe:
            self._observe(Exchange(query, given, answer, time.monotonic() - started))
        if isinstance(answer, OpsError):
            raise answer
        return answer

    def download(self, path: str, start: int, end: int) -> bytes | None:
        """Return the bytes from ``start`` to ``end`` of a file below Dagster's address, None where it can't be had."""
        ranged = {**(self._transport.headers or {}), "Accept-Encoding": "identity", "Range": f"bytes={start}-{end - 1}"}
        try:
            answer = requests.get(
                f"{self.url}{path}",
                headers=ranged,
                auth=self._transport.auth,
                timeout=self._settings.timeout,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
        if answer.status_code == HTTPStatus.PARTIAL_CONTENT:
            data = answer.content
        elif answer.status_code == HTTPStatus.OK:
            # Not every server knows of ranges.
            data = answer.content[start:end]
        else:
            return None
        return data if len(data) == end - start else None

    @cached_property
    def _transport(self) -> RequestsHTTPTransport:
        settings = self._settings
        return RequestsHTTPTransport(
            settings.graphql_url,
            headers={"User-Agent": f"dagster-ops-cli/{__version__}", **settings.headers},
            # Without an auth of ours, requests would take one from ~/.netrc and overwrite the user's header with it.
            auth=requests.auth.HTTPBasicAuth(*settings.login) if settings.login else _no_auth,  # type: ignore[arg-type]
            timeout=settings.timeout,  # type: ignore[arg-type]
            # gql's own retries repeat mutations and lose the body of an HTTP 500.
            retries=0,
            json_deserialize=_parse_json,
            # A redirected POST arrives as a GET, and takes the credentials along.
            allow_redirects=False,
        )

    @cached_property
    def _session(self) -> SyncClientSession:
        session: SyncClientSession = Client(transport=self._transport).connect_sync()  # type: ignore[no-untyped-call]
        return session

    def _send(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        try:
            data = self._session.execute(GraphQLRequest(_parsed(query), variable_values=variables))
        except TransportQueryError as error:
            self._raise_query_error(error)
        except TransportConnectionFailed as error:
            raise _connection_error(error, self._settings) from error
        except TransportServerError as error:
            raise self._status_error(error.code or 0) from error
        except TransportProtocolError as error:
            raise self._not_graphql(str(error)) from error
        except (TransportError, AssertionError, AttributeError, TypeError) as error:
            # gql trusts that what has "data" or "errors" in it is shaped like GraphQL.
            raise self._bad_response("JSON that is not GraphQL") from error
        if not isinstance(data, dict):
            raise self._bad_response("JSON that is not GraphQL")
        return data

    def _raise_query_error(self, error: TransportQueryError) -> NoReturn:
        errors = error.errors if isinstance(error.errors, list) else []
        messages = [str(each["message"]) for each in errors if isinstance(each, dict) and each.get("message")]
        if not messages:
            raise self._bad_response("errors without a message") from error
        told = "; ".join(dict.fromkeys(messages))
        if any(word in told for word in _LACKING):
            raise UnsupportedError(
                f"{self._server_version()} at {self.url} can't serve this command: {told}",
                hint="The command needs a field that this version of Dagster lacks.",
            ) from error
        raise ServerFaultError(f"Dagster failed: {told}") from error

    def _server_version(self) -> str:
        try:
            version = self._session.execute(GraphQLRequest(_parsed(GET_VERSION)))["version"]
        except (TransportError, KeyError, TypeError, AttributeError):
            return "Dagster (its version is not known)"
        return f"Dagster {version}"

    def _status_error(self, status: int) -> OpsError:
        name = f"HTTP {status}"
        if status in HTTPStatus._value2member_map_:
            name += f" ({HTTPStatus(status).phrase})"
        told = f"{self.url} answered {name}"
        if status == HTTPStatus.UNAUTHORIZED:
            return UnauthorizedError(f"{told}: no token, or a wrong one", hint="Give it with --header or OPS_HEADERS.")
        if status == HTTPStatus.FORBIDDEN:
            return ForbiddenError(f"{told}: not allowed")
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            return BadResponseError(
                f"{told}: there is no GraphQL at {self._settings.graphql_url}",
                hint="Is the path prefix right? --url takes the address of Dagster's UI.",
            )
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            return UnreachableError(told)
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            return NoAnswerError(told)
        return BadResponseError(f"{told} instead of GraphQL")

    def _not_graphql(self, told: str) -> OpsError:
        headers: Mapping[str, str] = self._transport.response_headers or {}
        location, kind = headers.get("location"), headers.get("content-type", "")
        if location:
            return self._redirect_error(location)
        if "html" in kind:
            if any(word in told.lower() for word in _LOGIN_WORDS):
                return _login_error(f"{self.url} answered with a login page instead of GraphQL")
            return self._bad_response("an HTML page")
        return self._bad_response("JSON that is not GraphQL" if "json" in kind else "something that is not JSON")

    def _redirect_error(self, location: str) -> OpsError:
        # A redirect's query may carry tokens: only where it leads is shown.
        here, there = urlsplit(self._settings.graphql_url), urlsplit(location)
        leads_to = f"{there.scheme}://{there.hostname}{there.path}" if there.hostname else there.path
        told = f"{self.url} redirects to {leads_to}"
        elsewhere = there.hostname and there.hostname != here.hostname
        if elsewhere or any(word in there.path.lower() for word in _LOGIN_WORDS):
            return _login_error(f"{told}, a login page by the look of it")
        hint = f"Give that address: --url {leads_to.rstrip('/').removesuffix('/graphql')}" if there.hostname else None
        return BadResponseError(told, hint=hint)

    def _bad_response(self, what: str) -> BadResponseError:
        return BadResponseError(f"{self.url} answered with {what}", hint="Is that the address of Dagster's UI?")


@lru_cache
def _parsed(query: str) -> Any:
    return GraphQLRequest(query).document


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _parse_json(text: str) -> dict[str, Any]:
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004 - gql takes any error here for "not JSON"
    if "\\ud" in text or "\\uD" in text:
        # Half a surrogate pair is legal in JSON, and in no encoding.
        answer = json.loads(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))
    return answer  # type: ignore[no-any-return]


def _login_error(message: str) -> OpsError:
    return UnauthorizedError(
        message, hint="Something in front of Dagster asks who you are: give its token with --header."
    )


def _connection_error(error: TransportConnectionFailed, settings: Settings) -> OpsError:
    """Tell in our own words why nothing came back: those of the libraries hold addresses in memory, and URLs whole."""
    cause = error.__cause__
    reason = _innermost(cause)
    if isinstance(cause, requests.Timeout):
        return NoAnswerError(
            f"{settings.url} did not answer within {settings.timeout:g} s", hint="--timeout allows it more time."
        )
    if isinstance(cause, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
        return InvalidRequestError(f"{settings.url} can't be asked: its address or a header is malformed")
    if isinstance(cause, requests.exceptions.SSLError):
        why = f"no trusted connection ({getattr(reason, 'verify_message', None) or getattr(reason, 'reason', reason)})"
    elif isinstance(cause, requests.exceptions.ProxyError):
        why = "the proxy refused or could not be reached"
    elif isinstance(reason, urllib3.exceptions.NameResolutionError):
        why = f"no such host: {urlsplit(settings.url).hostname}"
    elif isinstance(reason, ConnectionRefusedError):
        why = "connection refused"
    elif isinstance(reason, OSError) and reason.strerror:
        why = reason.strerror.lower()
    else:
        why = "the connection broke before the answer was complete"
    return UnreachableError(
        f"can't reach Dagster at {settings.url}: {why}", hint="Is it up? --url or OPS_URL tells where it is."
    )


def _innermost(error: BaseException | None) -> BaseException | None:
    """Return what urllib3 or the socket said, below the wrappers of requests."""
    while error is not None:
        if isinstance(error, urllib3.exceptions.NameResolutionError):
            return error
        below = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, Exception)), None)
        if not isinstance(below, BaseException):
            below = error.__cause__ or error.__context__
        if below is None:
            return error
        error = below
    return None
