"""Parse and check single values: addresses, headers, times, names."""

import json
import os
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit, urlunsplit

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.times import parse_duration

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", ""}


def parse_url(text: str, source: str) -> tuple[str, tuple[str, str] | None]:
    """Return the address of Dagster's UI, and the user and password in it.

    A trailing slash and ``/graphql`` are removed. Raises InvalidRequestError.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
        if host and ":" not in host:
            # Raises UnicodeError for labels that are empty or too long.
            host.encode("idna")
    except ValueError:
        # The original message shows what was taken for the port, which may be a password.
        raise InvalidRequestError(f"{source} is not a URL: its host or port is malformed") from None
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in parts.netloc):
        shown = text.rpartition("@")[2]
        hint = f"Write it with its scheme: http://{shown}" if re.fullmatch(r"[\w.-]+(:\d+)?(/\S*)?", shown) else None
        raise InvalidRequestError(f"{source} is not a URL that starts with http:// or https://: {shown!r}", hint=hint)
    if "@" in parts.path:
        raise InvalidRequestError(
            f"{source} is not a URL: there is an @ after its host", hint="In a password, write / as %2F and # as %23."
        )
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    path = parts.path.rstrip("/").removesuffix("/graphql").rstrip("/")
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username is not None else None
    return urlunsplit((parts.scheme, netloc, path, "", "")), login


def parse_header_lines(lines: Sequence[str], source: str = "--header") -> dict[str, str]:
    """Return ``Name: value`` lines as a mapping. Raises InvalidRequestError, which shows no value."""
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise InvalidRequestError(f"{source} is not of the form 'Name: value'")
        headers[name.strip()] = value.strip()
    return check_headers(headers, source)


def parse_header_json(text: str) -> dict[str, str]:
    """Return the JSON object of OPS_HEADERS. Raises InvalidRequestError, which shows no value."""
    try:
        headers = json.loads(text)
    except (ValueError, RecursionError):
        headers = None
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise InvalidRequestError(
            "OPS_HEADERS is not a JSON object of texts", hint="""OPS_HEADERS='{"Authorization": "Bearer ..."}'"""
        )
    return check_headers(headers, "OPS_HEADERS")


def check_headers(headers: dict[str, str], source: str) -> dict[str, str]:
    """Return the headers unchanged. Raises InvalidRequestError, which shows no value, if HTTP can't carry them."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            # The text is not shown: it may be a token with a colon in it.
            raise InvalidRequestError(f"{source}: the text before the colon can't be the name of a header")
        if not value.isprintable() or not value.isascii():
            raise InvalidRequestError(f"{source}: the value of {name} has characters that a header can't hold")
    return headers


def parse_timeout(text: str, source: str) -> float:
    """Return seconds. Raises InvalidRequestError."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidRequestError(f"{source}: {error}") from None


def parse_whole_number(text: str, source: str) -> int:
    """Return a number of 0 or more. Raises InvalidRequestError."""
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise InvalidRequestError(f"{source} is not a whole number: {text!r}")
    return int(text)


def parse_switch(text: str, source: str) -> bool:
    """Return True or False for a text such as ``yes`` or ``0``. Raises InvalidRequestError."""
    if text.strip().lower() in _YES:
        return True
    if text.strip().lower() in _NO:
        return False
    raise InvalidRequestError(f"{source} must be true or false: {text!r}")


def parse_organization(text: str, source: str) -> str:
    """Return an organization's name, which becomes part of a host name. Raises InvalidRequestError."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", text.strip()):
        raise InvalidRequestError(f"{source} can't be the name of an organization: {text!r}")
    return text.strip()


def parse_deployment(text: str, source: str) -> str:
    """Return a deployment's name, which becomes part of a path and a header. Raises InvalidRequestError."""
    if not re.fullmatch(r"[A-Za-z0-9_][\w.-]*", text.strip(), re.ASCII):
        raise InvalidRequestError(f"{source} can't be the name of a deployment: {text!r}")
    return text.strip()


def expand_home(path: str) -> str:
    """Return a path with ``~`` and ``~user`` expanded, or unchanged if that home is unknown."""
    # pathlib would raise for a user without a home, as in some containers.
    return os.path.expanduser(path)  # noqa: PTH111
