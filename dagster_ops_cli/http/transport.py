"""HTTP requests with limits on size and time, and the certificates that they trust."""

import json
import os
import ssl
import zlib
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.settings import Settings

T = TypeVar("T")

# Far above what Dagster sends: 17,500 partitions take 3 MB, as do 1,000 events with whole tracebacks.
MOST_BYTES = 64 * 2**20
# GraphQL answers are about as deep as the query; JSON metadata from user code can be deeper.
MOST_LEVELS = 200
_CHUNK = 64 * 1024
# The variables of requests, curl and OpenSSL; the first that is set counts.
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class AnswerTooLargeError(requests.RequestException):
    """The answer is larger than ops reads."""


class UnknownEncodingError(requests.RequestException):
    """The answer is compressed in a way that ops did not ask for, or its compression is broken."""


class OutOfTimeError(Exception):
    """There was no complete answer in time."""


class Answer(NamedTuple):
    """An HTTP answer with its whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def open_session(settings: Settings, headers: Mapping[str, str]) -> requests.Session:
    """Return a session that sends these headers with every request."""
    session = requests.Session()
    # The body is decompressed here, and only these encodings can be.
    session.headers.update({"Accept-Encoding": "gzip, deflate", **headers})
    # Without an auth of ours, requests would replace the user's header with a login from ~/.netrc.
    session.auth = requests.auth.HTTPBasicAuth(*settings.login) if settings.login else _no_auth
    return session


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def send(
    session: requests.Session,
    settings: Settings,
    url: str,
    timeout: float,
    json: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send ``json`` with POST, or use GET without it, and return the answer.

    ``timeout`` is how many seconds the server may be silent. Redirects are not followed: a redirected POST would arrive
    as a GET, and take the credentials along. Raises OSError (the base of requests' errors) or urllib3's HTTPError.
    """
    method = "GET" if json is None else "POST"
    request = session.prepare_request(requests.Request(method, url, headers=headers, json=json))
    _check_text(request.body)
    # Not session.send: it would read the whole body of a redirect, however large.
    with session.get_adapter(url).send(
        request,
        stream=True,
        timeout=timeout,
        verify=verify_of(settings),
        cert=certificate_of(settings),
        proxies=requests.utils.get_environ_proxies(url),
    ) as response:
        session.cookies.update(response.cookies)
        return Answer(response.status_code, response.headers, _read(response))


def _check_text(body: object) -> None:
    """Refuse half a surrogate pair in a request: Dagster stores it, and can't write an answer that contains it."""
    if not isinstance(body, bytes) or b"\\ud" not in body:
        return
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise requests.exceptions.InvalidJSONError("it is not valid Unicode") from error


def _read(response: requests.Response) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise UnknownEncodingError(f"Content-Encoding: {encoding}")
    unpacker = None if encoding in ("identity", "") else zlib.decompressobj(_GZIP_OR_ZLIB)
    parts, size = [], 0
    try:
        while chunk := response.raw.read(_CHUNK, decode_content=False):
            part = unpacker.decompress(chunk, MOST_BYTES + 1) if unpacker else chunk
            size += len(part)
            if size > MOST_BYTES:
                raise AnswerTooLargeError("too large")
            parts.append(part)
    except zlib.error as error:
        raise UnknownEncodingError("broken compression") from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.ReadTimeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error
    return b"".join(parts)


def check(settings: Settings) -> None:
    """Raise InvalidRequestError for unusable certificates, and for secrets that would travel in clear text."""
    _check_certificates(settings)
    settings.check_clear_text(proxy_of(settings.graphql_url))


def verify_of(settings: Settings) -> bool | str:
    """Return the value of requests' ``verify``: False, or a file or folder of trusted certificates."""
    return False if settings.insecure else bundle_of(settings)[0]


def bundle_of(settings: Settings) -> tuple[str, str]:
    """Return the file or folder of trusted certificates, and the option or variable that names it."""
    if settings.ca_bundle:
        return settings.ca_bundle, "--ca-bundle"
    named = next((name for name in _BUNDLE_VARIABLES if os.environ.get(name)), None)
    return (os.environ[named], named) if named else (DEFAULT_CA_BUNDLE_PATH, "certifi")


def trusting(settings: Settings) -> ssl.SSLContext:
    """Return a context that checks servers as ``send`` does. Raises InvalidRequestError for a bad bundle."""
    bundle, source = bundle_of(settings)
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except (ssl.SSLError, OSError):
        raise InvalidRequestError(f"{source}: there is no certificate in PEM format in {bundle}") from None


def certificate_of(settings: Settings) -> str | tuple[str, str] | None:
    """Return the value of requests' ``cert``: one file, certificate and key, or None."""
    if settings.client_cert and settings.client_key:
        return settings.client_cert, settings.client_key
    return settings.client_cert


def _check_certificates(settings: Settings) -> None:
    """Check the files here: the errors of requests name neither the file nor the option."""
    is_asked = settings.graphql_url.startswith("https:") and not settings.insecure
    # The bundle that comes with requests is good, and slow to read.
    if is_asked and bundle_of(settings)[1] != "certifi":
        trusting(settings)
    try:
        if settings.client_cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # Without this, OpenSSL would ask for a password on the terminal.
            context.load_cert_chain(settings.client_cert, settings.client_key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError):
        files = " and ".join(filter(None, (settings.client_cert, settings.client_key)))
        raise InvalidRequestError(
            f"{files} can't be used as a client's certificate and key",
            hint="Both must be in PEM format and belong together; the key must have no password.",
        ) from None


def _no_password() -> str:
    raise ValueError("the key needs a password")


def proxy_of(url: str) -> str | None:
    """Return the address of the proxy for ``url`` without user and password, or None.

    Raises InvalidRequestError for a malformed address: the error of requests would name another one.
    """
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not proxy:
        return None
    try:
        parts = urllib3.util.parse_url(proxy)
        # Raises UnicodeError for labels that are empty or too long.
        (parts.host or "").strip("[]").encode("idna")
    except ValueError:
        parts = urllib3.util.Url()
    scheme = parts.scheme or "http"
    known = scheme in ("http", "https") or (scheme.startswith("socks") and find_spec("socks"))
    # A / or # in the password ends what the parser takes for the host.
    if not (known and parts.host) or parts.path not in (None, "", "/") or parts.query or parts.fragment:
        raise InvalidRequestError(
            "the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) can't be used",
            hint="Its form is http://host:port or http://user:password@host:port; write / and # in a password as %2F "
            "and %23. A socks5:// proxy needs the package pysocks.",
        )
    return f"{scheme}://{parts.netloc}"


def in_time(work: Callable[[], T], seconds: float) -> T:
    """Return what ``work`` returns. Raises OutOfTimeError when it takes longer than ``seconds``.

    ``work`` runs in a daemon thread, which continues in the background: nothing can interrupt a name lookup, a
    handshake or an answer that comes byte by byte.
    """
    return in_background(work)(max(seconds, 0.001))


def in_background(work: Callable[[], T]) -> Callable[[float | None], T]:
    """Start ``work`` in a daemon thread. Return a function that waits, for so many seconds or None, for its result.

    That function raises OutOfTimeError when it has waited in vain, and the errors of ``work``.
    """
    box: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            box.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again below
            box.put((None, error))

    def wait(seconds: float | None) -> T:
        try:
            result, error = box.get(timeout=seconds)
        except Empty:
            raise OutOfTimeError(f"no complete answer within {seconds:g} s") from None
        if error is not None:
            raise error
        return result  # type: ignore[return-value]

    Thread(target=run, daemon=True).start()
    return wait


def is_deep(answer: object) -> bool:
    """Return whether a parsed answer is nested deeper than any answer of Dagster's."""
    # One comprehension for each level: large answers have ten thousands of values.
    level = [answer] if isinstance(answer, (dict, list)) else []
    for _ in range(MOST_LEVELS):
        level = [
            value
            for each in level
            for value in (each.values() if isinstance(each, dict) else each)
            if isinstance(value, (dict, list))
        ]
        if not level:
            return False
    return True


def parse_json(body: bytes) -> Any:
    """Return the JSON value in an answer. Raises ValueError or RecursionError for anything else."""
    # GraphQL is UTF-8, even if the header says something else.
    text = body.decode(errors="replace")
    answer = json.loads(text)
    if "\\ud" in text or "\\uD" in text:
        # JSON allows half a surrogate pair, but no encoding can write it.
        answer = json.loads(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))
    return answer
