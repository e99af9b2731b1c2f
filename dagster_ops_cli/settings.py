"""Where Dagster is and who asks.

The target is one unit: the highest level that names one decides, and credentials of lower levels never travel to it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.times import parse_duration

DEFAULT_URL = "http://localhost:3000"
DEFAULT_TIMEOUT = 60.0
# The variables that name a target, the stronger one first.
_URL_VARIABLES = ("OPS_URL", "DAGSTER_URL")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SHORTEST_SECRET = 4


@dataclass(frozen=True)
class Settings:
    """One Dagster and the credentials that go with it.

    ``url`` is where the UI is, without ``/graphql``, a trailing slash or a password; ``timeout`` is in seconds.
    ``repr`` shows no credential.
    """

    url: str = DEFAULT_URL
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = DEFAULT_TIMEOUT
    source: str = "default"
    login: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def graphql_url(self) -> str:
        """Where operations are posted."""
        return f"{self.url}/graphql"

    @property
    def secrets(self) -> list[str]:
        """Texts that must never be shown, longest first: header values, their parts, and the URL's password."""
        words = {word for value in self.headers.values() for word in (value, *value.split())}
        if self.login:
            words.add(self.login[1])
        return sorted((word for word in words if len(word) >= _SHORTEST_SECRET), key=len, reverse=True)

    def mask(self, text: str) -> str:
        """Return ``text`` with every secret in it replaced by ``***``."""
        for secret in self.secrets:
            # A quoted answer may hold the secret as JSON writes it.
            for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
                text = text.replace(form, "***")
        return text


def load_settings(
    environ: Mapping[str, str],
    url: str | None = None,
    headers: Sequence[str] = (),
    timeout: float | None = None,
) -> Settings:
    """Weigh the command line against the environment and return what holds.

    ``headers`` are ``Name: value`` lines, ``timeout`` is in seconds. Raises InvalidRequestError that names the option
    or variable at fault, and never its secret.
    """
    named = [("--url", url, 0), *((name, environ.get(name), 1) for name in _URL_VARIABLES), ("default", DEFAULT_URL, 2)]
    source, text, level = next((source, text, level) for source, text, level in named if text is not None)
    target, login = _parse_url(text or "", source)
    found = [_parse_header_lines(headers), _parse_header_json(environ.get("OPS_HEADERS")), {}]
    merged: dict[str, str] = {}
    for credentials in reversed(found[: level + 1]):
        # Header names have no case: a later one replaces an earlier one however it is written.
        lowered = {name.lower() for name in credentials}
        merged = {name: value for name, value in merged.items() if name.lower() not in lowered} | credentials
    if timeout is None:
        timeout = _parse_timeout(environ.get("OPS_TIMEOUT"))
    return Settings(target, merged, timeout, source, login)


def _parse_url(text: str, source: str) -> tuple[str, tuple[str, str] | None]:
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidRequestError(f"{source} is not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in parts.netloc):
        shown = text.rpartition("@")[2]
        hint = f"Write it with its scheme: http://{shown}" if re.fullmatch(r"[\w.-]+(:\d+)?(/\S*)?", shown) else None
        raise InvalidRequestError(f"{source} is not a URL that starts with http:// or https://: {shown!r}", hint=hint)
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    path = parts.path.rstrip("/").removesuffix("/graphql").rstrip("/")
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username is not None else None
    return urlunsplit((parts.scheme, netloc, path, "", "")), login


def _parse_header_lines(lines: Sequence[str]) -> dict[str, str]:
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise InvalidRequestError("--header is not of the form 'Name: value'")
        headers[name.strip()] = value.strip()
    return _checked(headers, "--header")


def _parse_header_json(text: str | None) -> dict[str, str]:
    if not text:
        return {}
    try:
        headers = json.loads(text)
    except ValueError:
        headers = None
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise InvalidRequestError(
            "OPS_HEADERS is not a JSON object of texts", hint="""OPS_HEADERS='{"Authorization": "Bearer ..."}'"""
        )
    return _checked(headers, "OPS_HEADERS")


def _checked(headers: dict[str, str], source: str) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidRequestError(f"{source}: {name!r} can't be the name of a header")
        if not value.isprintable() or not value.isascii():
            raise InvalidRequestError(f"{source}: the value of {name} holds characters that a header can't carry")
    return headers


def _parse_timeout(text: str | None) -> float:
    if not text:
        return DEFAULT_TIMEOUT
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidRequestError(f"OPS_TIMEOUT: {error}") from None
