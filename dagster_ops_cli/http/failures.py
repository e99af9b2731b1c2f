"""Errors for answers that are not GraphQL, and for no answer. The libraries' own messages would show whole URLs."""

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from traceback import walk_tb
from urllib.parse import urlsplit

import requests
import urllib3

from dagster_ops_cli.errors import (
    BadResponseError,
    ForbiddenError,
    InvalidRequestError,
    NoAnswerError,
    OpsError,
    UnauthorizedError,
    UnreachableError,
)
from dagster_ops_cli.http.transport import MOST_BYTES, Answer, AnswerTooLargeError, UnknownEncodingError, proxy_of
from dagster_ops_cli.settings import Settings

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
_NO_ADDRESS = (
    "No address is set, so ops tried the default. Set yours with --url URL, OPS_URL or: ops config set NAME --url URL"
)
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: ([1-5]\d\d)")


def status_error(status: int, settings: Settings) -> OpsError:
    """Return the error for an HTTP status that came without GraphQL."""
    message = f"{settings.url} answered {_named(status)}"
    if status == HTTPStatus.UNAUTHORIZED:
        hint = "Pass it with --header or OPS_HEADERS."
        if "dagster-cloud-api-token" in map(str.lower, settings.headers):
            hint = "Pass it with --api-token, or set DAGSTER_CLOUD_API_TOKEN."
        return UnauthorizedError(f"{message}: no token, or a wrong one", hint=hint)
    if status == HTTPStatus.FORBIDDEN:
        return ForbiddenError(f"{message}: not allowed")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return BadResponseError(
            f"{message}: there is no GraphQL at {settings.graphql_url}",
            hint="Check the path prefix: --url takes the address of Dagster's UI.",
        )
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return UnreachableError(message)
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        return NoAnswerError(message)
    not_let_through = status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    return _proxy_error(status, settings) if not_let_through else BadResponseError(f"{message} instead of GraphQL")


def _named(status: int) -> str:
    known = {each.value: each.phrase for each in HTTPStatus}
    return f"HTTP {status} ({known[status]})" if status in known else f"HTTP {status}"


def _proxy_error(status: int | None, settings: Settings) -> UnreachableError:
    """Return the error for a proxy that refuses or is down; ``status`` is that of its answer, if any."""
    proxy = proxy_of(settings.graphql_url)
    named = f"the proxy {proxy}" if proxy else "a proxy"
    why = f"answered {_named(status)}" if status else "could not be reached"
    hint = "HTTPS_PROXY and HTTP_PROXY name the proxy, NO_PROXY the hosts to reach without it."
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        hint = "The proxy needs a login: set HTTPS_PROXY or HTTP_PROXY to http://user:password@host:port."
    return UnreachableError(
        f"can't reach Dagster at {settings.url}: {named} {why}",
        hint=hint,
        passing=not status or status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def is_redirect(answer: Answer) -> bool:
    """Return whether an answer is a redirect; a success with an address is not."""
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST and "location" in answer.headers


def not_graphql(answer: Answer, settings: Settings) -> OpsError:
    """Return the error for an answer without an error status that is not GraphQL: a redirect or a login page, say."""
    kind = answer.headers.get("content-type", "")
    if is_redirect(answer):
        return _redirect_error(answer.headers["location"], settings)
    if "html" in kind.lower():
        text = answer.body.decode(errors="replace").lower()
        if any(word in text for word in _LOGIN_WORDS):
            return _login_error(f"{settings.url} answered with a login page instead of GraphQL")
        return bad_response("an HTML page", settings)
    return bad_response("JSON that is not GraphQL" if "json" in kind else "something that is not JSON", settings)


def _redirect_error(location: str, settings: Settings) -> OpsError:
    # Don't show the query of a redirect, which may hold tokens, or the part before an @, which may hold a password.
    try:
        here, there = urlsplit(settings.graphql_url), urlsplit(location)
    except ValueError:
        return bad_response("a redirect to a malformed address", settings)
    leads_to = there.path
    if there.hostname:
        leads_to = f"{there.scheme or here.scheme}://{there.netloc.rpartition('@')[2]}{there.path}"
    message = f"{settings.url} redirects to {leads_to}"
    elsewhere = there.hostname and there.hostname != here.hostname
    if elsewhere or any(word in there.path.lower() for word in _LOGIN_WORDS):
        return _login_error(f"{message}, probably a login page")
    hint = f"Use that address: --url {leads_to.rstrip('/').removesuffix('/graphql')}" if there.hostname else None
    return BadResponseError(message, hint=hint)


def bad_response(what: str, settings: Settings) -> BadResponseError:
    """Return the error for an answer that Dagster never sends."""
    return BadResponseError(
        f"{settings.url} answered with {what}", hint="Check that this is the address of Dagster's UI."
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the server asks to wait, None if it does not say; it may send seconds or a time."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _login_error(message: str) -> OpsError:
    return UnauthorizedError(message, hint="Something in front of Dagster needs a login: pass its token with --header.")


def timeout_error(settings: Settings) -> OpsError:
    """Return the error for an answer that did not arrive in time."""
    return NoAnswerError(
        f"{settings.url} did not answer within {settings.timeout:g} s", hint="Allow more time with --timeout."
    )


def connection_error(cause: BaseException, settings: Settings, has_answered: bool = True) -> tuple[OpsError, bool]:
    """Return the error for a failed connection, and whether the operation may have been sent.

    ``has_answered`` says whether this address has answered before.
    """
    if what := _unreadable(cause):
        return BadResponseError(f"{settings.url} {what}", passing=False), True
    if isinstance(cause, requests.Timeout):
        return timeout_error(settings), not isinstance(cause, requests.ConnectTimeout)
    if isinstance(cause, requests.exceptions.InvalidJSONError):
        message = f"a value in the request can't be written as JSON ({cause})"
        return InvalidRequestError(message), False
    if isinstance(cause, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
        message = f"can't reach {settings.url}: the address or a header is malformed"
        return InvalidRequestError(message), False
    # urllib3 also blames the proxy for a connection that breaks after the request was sent through it.
    if isinstance(cause, requests.exceptions.ProxyError) and _while_connecting(cause):
        status = _TUNNEL_REFUSED.match(str(_innermost(cause)))
        error = _proxy_error(int(status[1]) if status else None, settings)
        return error, False
    why, passing, sent = _reason(cause, settings)
    message = f"can't reach Dagster at {settings.url}: {why}"
    hint = "Check that it is running, and its address: --url or OPS_URL."
    if settings.is_default and not has_answered and _never_connected(cause):
        # The address is only the default, so repeating the request would delay the hint for nothing.
        hint, passing = _NO_ADDRESS, False
    if isinstance(_innermost(cause), ssl.SSLCertVerificationError):
        hint = "Name the certificates to trust with --ca-bundle."
    return UnreachableError(message, hint=hint, passing=passing), sent


def _unreadable(cause: BaseException) -> str | None:
    """Return what is wrong with an answer that arrived and can't be read, None if it is something else."""
    if isinstance(cause, AnswerTooLargeError):
        return f"answers with more than {MOST_BYTES // 2**20} MiB; ops stopped reading"
    if isinstance(cause, UnknownEncodingError):
        return f"sent an answer that ops can't decompress ({cause})"
    # requests raises the same error for a header of the answer as for one of ours.
    of_answer = isinstance(_innermost(cause), urllib3.exceptions.HTTPError)
    is_header = isinstance(cause, requests.exceptions.InvalidHeader) and of_answer
    return "answered with malformed HTTP headers" if is_header else None


def _reason(cause: BaseException, settings: Settings) -> tuple[str, bool, bool]:
    """Return what happened, whether it may pass, and whether the operation may have been sent."""
    reason = _innermost(cause)
    if isinstance(cause, requests.exceptions.SSLError):
        message = getattr(reason, "verify_message", None) or getattr(reason, "reason", None) or reason
        # An interrupted handshake may work a moment later; a wrong certificate stays wrong.
        sent = not _while_connecting(cause)
        if message == "WRONG_VERSION_NUMBER":
            message = "the server does not speak TLS; its address may begin with http://"
        return f"no trusted connection ({message})", isinstance(reason, ssl.SSLEOFError), sent
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return f"no such host: {urlsplit(settings.url).hostname}", "temporary" in str(reason).lower(), False
    if isinstance(reason, ConnectionRefusedError):
        return "connection refused", True, False
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower(), True, not _never_connected(cause)
    return "the connection broke before the answer was complete", True, True


def _while_connecting(error: BaseException) -> bool:
    """Return whether an error came before the connection was usable; a tunnel and a handshake belong to connecting.

    The class of the error doesn't tell: the same ones come after a request was sent.
    """
    frames = (frame for each in _inwards(error) for frame, _ in walk_tb(each.__traceback__))
    return any(frame.f_code.co_name == "connect" for frame in frames)


def _never_connected(error: BaseException | None) -> bool:
    """Return whether no connection was made, for instance because the host is unreachable."""
    return any(isinstance(each, urllib3.exceptions.NewConnectionError) for each in _inwards(error))


def _innermost(error: BaseException | None) -> BaseException | None:
    """Return the error of urllib3 or of the socket, inside the wrappers of requests."""
    innermost = None
    for innermost in _inwards(error):
        if isinstance(innermost, urllib3.exceptions.NameResolutionError):
            break
    return innermost


def _inwards(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and the errors it wraps, outermost first."""
    while error is not None:
        yield error
        below = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, Exception)), None)
        error = below if isinstance(below, BaseException) else error.__cause__ or error.__context__
