"""HTTP within bounds: how much an answer may hold, how long all of it may take, and whom to trust."""

import json
import os
import ssl
import zlib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.settings import Settings

T = TypeVar("T")

# Far above what Dagster answers with: 17,500 partitions are 3 MB, 1,000 events with whole tracebacks as much.
MOST_BYTES = 64 * 2**20
# GraphQL answers are about as deep as the question; what user code puts into JSON metadata can be deeper.
MOST_LEVELS = 200
_CHUNK = 64 * 1024
# Those that requests, curl and OpenSSL know, in this order.
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class AnswerTooLargeError(requests.RequestException):
    """The answer goes on behind the bound."""


class UnknownEncodingError(requests.RequestException):
    """The answer is packed in a way that was not asked for, or broken."""


class OutOfTimeError(requests.Timeout):
    """The answer is not complete, and its time is over."""


class BoundedAdapter(HTTPAdapter):
    """Reads an answer in chunks, and unpacks it itself, so that no answer takes more memory than its bound.

    ``status`` is the HTTP status of the last answer.
    """

    status = 0

    def __init__(self, cookies: RequestsCookieJar) -> None:
        """``cookies`` are those of the session."""
        super().__init__()
        self.cookies = cookies

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send the request and return the response with its body read."""
        response = super().send(request, **{**options, "stream": True})
        self.status = response.status_code
        try:
            body = _read(response)
        except BaseException:
            response.close()
            raise
        # requests reads on from here. It looks for cookies in what was there before, so they are kept here.
        response.raw = BytesIO(body)
        self.cookies.update(response.cookies)
        # GraphQL is UTF-8 whatever the header says; else requests would guess, for minutes on a large body.
        response.encoding = "utf-8"
        return response


def _read(response: requests.Response) -> bytes:
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    unpack: Callable[[bytes], bytes]
    if packing in ("gzip", "x-gzip", "deflate"):
        unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        unpack = lambda chunk: unpacker.decompress(chunk, MOST_BYTES + 1)  # noqa: E731
    elif packing in ("identity", ""):
        unpack = lambda chunk: chunk  # noqa: E731
    else:
        raise UnknownEncodingError(f"packed as {packing}")
    parts, size = [], 0
    try:
        for chunk in _chunks(response):
            part = unpack(chunk)
            size += len(part)
            if size > MOST_BYTES:
                raise AnswerTooLargeError("too large")
            parts.append(part)
    except zlib.error as error:
        raise UnknownEncodingError("its packing is broken") from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.ReadTimeout(error) from error
    except requests.RequestException:
        raise
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error
    return b"".join(parts)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        yield chunk


def check(settings: Settings) -> None:
    """Raise InvalidRequestError for certificates that can't be used, and for secrets that would go in clear text."""
    _check_certificates(settings)
    settings.check_clear_text(proxy_of(settings.graphql_url))


def mount(session: requests.Session, settings: Settings) -> BoundedAdapter:
    """Make a session read within bounds, and return what reads."""
    adapter = BoundedAdapter(session.cookies)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    # What is not asked for (br, zstd) is not unpacked.
    session.headers["Accept-Encoding"] = "gzip, deflate"
    return adapter


def verify_of(settings: Settings) -> bool | str:
    """Return whom to trust, as requests takes it: nobody is checked, or a file or folder of certificates."""
    return False if settings.insecure else bundle_of(settings)[0]


def bundle_of(settings: Settings) -> tuple[str, str]:
    """Return where the certificates of those are whom to trust, and what says so."""
    if settings.ca_bundle:
        return settings.ca_bundle, "--ca-bundle"
    named = next((name for name in _BUNDLE_VARIABLES if os.environ.get(name)), None)
    return (os.environ[named], named) if named else (DEFAULT_CA_BUNDLE_PATH, "certifi")


def trusting(settings: Settings) -> ssl.SSLContext:
    """Return what checks a server's certificate as our requests do. Raises InvalidRequestError for a bad bundle."""
    bundle, source = bundle_of(settings)
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except (ssl.SSLError, OSError):
        raise InvalidRequestError(f"{source}: there is no certificate in PEM format in {bundle}") from None


def certificate_of(settings: Settings) -> str | tuple[str, str] | None:
    """Return the client's certificate, as requests takes it."""
    if settings.client_cert and settings.client_key:
        return settings.client_cert, settings.client_key
    return settings.client_cert


def _check_certificates(settings: Settings) -> None:
    """What requests says of a bad file names neither the file nor the option."""
    is_asked = settings.graphql_url.startswith("https:") and not settings.insecure
    # Those that come with requests are good, and take a while to read.
    if is_asked and bundle_of(settings)[1] != "certifi":
        trusting(settings)
    try:
        if settings.client_cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # A password would be asked for on the terminal, in the middle of whatever runs.
            context.load_cert_chain(settings.client_cert, settings.client_key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError):
        files = " and ".join(filter(None, (settings.client_cert, settings.client_key)))
        raise InvalidRequestError(
            f"{files} can't be used as a client's certificate and key",
            hint="Both have to be in PEM format and belong together, and the key must not need a password.",
        ) from None


def _no_password() -> str:
    raise ValueError("the key needs a password")


def proxy_of(url: str) -> str | None:
    """Return the proxy on the way, without user and password; None where there is none.

    Raises InvalidRequestError for an address that can't be a proxy's: what requests says of it names another.
    """
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not proxy:
        return None
    try:
        parts = urllib3.util.parse_url(proxy)
        # Labels that are empty or too long.
        (parts.host or "").strip("[]").encode("idna")
    except ValueError:
        parts = urllib3.util.Url()
    scheme = parts.scheme or "http"
    known = scheme in ("http", "https") or (scheme.startswith("socks") and find_spec("socks"))
    # A password with a / or a # in it ends what is taken for the host.
    if not (known and parts.host) or parts.path not in (None, "", "/") or parts.query or parts.fragment:
        raise InvalidRequestError(
            "the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) can't be used",
            hint="Its form is http://host:port or http://user:password@host:port, with / and # in a password as %2F "
            "and %23. A socks5:// proxy needs the package pysocks.",
        )
    return f"{scheme}://{parts.netloc}"


def in_time(work: Callable[[], T], seconds: float) -> T:
    """Return what ``work`` returns if it does so in time.

    Raises OutOfTimeError otherwise, and leaves it to end by itself: looking up a name, shaking hands and an answer that
    comes byte by byte can't be hurried. Its thread is a daemon: the process does not wait for it.
    """
    box: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            box.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            box.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = box.get(timeout=max(seconds, 0.001))
    except Empty:
        raise OutOfTimeError(f"no complete answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def is_deep(answer: object) -> bool:
    """Tell whether a parsed answer is nested deeper than any of Dagster's."""
    level = [answer]
    for _ in range(MOST_LEVELS):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below.extend(value for value in each.values() if isinstance(value, (dict, list)))
            elif isinstance(each, list):
                below.extend(value for value in each if isinstance(value, (dict, list)))
        if not below:
            return False
        level = below
    return True


def parse_json(text: str) -> dict[str, Any]:
    """Return an answer. Raises ValueError where it is no JSON object."""
    answer: Any = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004 - gql takes any error here for "not JSON"
    if "\\ud" in text or "\\uD" in text:
        # Half a surrogate pair is legal in JSON, and in no encoding.
        answer = json.loads(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))
    return cast("dict[str, Any]", answer)
