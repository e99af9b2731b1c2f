"""The effective settings: the address of one Dagster, and the credentials for it."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from dagster_ops_cli.errors import InvalidRequestError

if TYPE_CHECKING:
    from dagster_ops_cli.settings.header_command import HeaderCommand

DEFAULT_URL = "http://localhost:3000"
DEFAULT_SOURCE = "default"
DEFAULT_TIMEOUT = 60.0
# Launching more runs than this needs a confirmation on a terminal.
DEFAULT_CONFIRM_ABOVE = 50
_SHORTEST_SECRET = 4
# A secret of this length is masked anywhere; a shorter one only as a whole word.
_LONG_SECRET = 16
# The shortest part of a header that is masked by itself, such as the value of a cookie.
_SHORTEST_PART = 8
_SCHEMES = {"apikey", "basic", "bearer", "digest", "negotiate", "token"}
# A header with one of these words in its name holds a secret; SECURITY.md lists them.
_SECRET_WORDS = {
    *("auth", "authentication", "authorization", "cookie", "cookies", "token", "key", "apikey", "jwt"),
    *("assertion", "credential", "credentials", "session", "signature"),
}
_SECRET_PARTS = ("secret", "password", "passwd")
# No ordinary word: 16 letters and digits in a row.
_OPAQUE = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16}")
# What precedes a whole word: no word character, or an escape of JSON or of a URL.
_WORD_BEGINS = r"(?:(?<!\w)|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"


@dataclass(frozen=True)
class Setting:
    """One effective value for display, and its source."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Settings:
    """The address of one Dagster, and the credentials for it.

    ``url`` is the address of the UI, without ``/graphql``, trailing slash or password; ``timeout`` is in seconds;
    ``endpoint`` is the address to post to if that is not below ``url``. ``shown`` are the values for display;
    ``warnings`` are shown to the user. ``profile`` is the name of the profile that names the target, if one does.
    Launching more than ``confirm_above`` runs needs a confirmation. ``repr`` shows no credential.
    """

    url: str = DEFAULT_URL
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = DEFAULT_TIMEOUT
    source: str = DEFAULT_SOURCE
    login: tuple[str, str] | None = field(default=None, repr=False)
    endpoint: str | None = None
    header_command: "HeaderCommand | None" = field(default=None, repr=False)
    ca_bundle: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    insecure: bool = False
    allow_http_token: bool = False
    shown: tuple[Setting, ...] = ()
    warnings: tuple[str, ...] = ()
    profile: str | None = None
    confirm_above: int = DEFAULT_CONFIRM_ABOVE

    @property
    def is_default(self) -> bool:
        """Whether no address is set anywhere."""
        return self.source == DEFAULT_SOURCE and self.url == DEFAULT_URL

    @property
    def graphql_url(self) -> str:
        """The address to post operations to."""
        return self.endpoint or f"{self.url}/graphql"

    @property
    def secrets(self) -> list[str]:
        """Texts that must be masked, longest first."""
        own = [value for name, value in self.headers.items() if is_secret(name, value)]
        values = [*own, *(self.header_command.known if self.header_command else ())]
        words = {word for value in values for word in _words(value)}
        if self.login:
            # The user name may be a token, without a password.
            secret = self.login[1] or self.login[0]
            basic = base64.b64encode(":".join(self.login).encode()).decode()
            words |= {secret, quote(secret, safe=""), basic}
        return sorted((word for word in words if len(word) >= _SHORTEST_SECRET), key=len, reverse=True)

    def mask(self, text: str) -> str:
        """Return ``text`` with every secret replaced by ``***``, a short one only as a whole word."""
        for secret in self.secrets:
            # A quoted answer may hold the secret with the escapes of JSON.
            for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
                if len(form) >= _LONG_SECRET:
                    text = text.replace(form, "***")
                elif form in text:
                    text = re.sub(_whole(form), "***", text)
        return text

    def mask_values(self, value: Any) -> Any:
        """Return JSON data with every secret in its texts replaced by ``***``; keys are unchanged."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {key: self.mask_values(each) for key, each in value.items()}
        return [self.mask_values(each) for each in value] if isinstance(value, (list, tuple)) else value

    def check_clear_text(self, proxy: str | None = None) -> None:
        """Raise InvalidRequestError if credentials would travel to another machine in clear text.

        ``proxy`` is the address of the proxy, if there is one.
        """
        parts = urlsplit(self.graphql_url)
        if parts.scheme == "https" or self.allow_http_token or not (self.headers or self.login or self.header_command):
            return
        if not is_loopback(parts.hostname or ""):
            raise InvalidRequestError(
                f"{self.url} is not https: a token or header would travel in clear text to {parts.hostname}",
                hint="Use https, or --allow-http-token if you trust the network.",
            )
        if proxy and not is_loopback(urlsplit(proxy).hostname or ""):
            raise InvalidRequestError(
                f"{self.url} is not https: a token or header would travel in clear text to the proxy",
                hint="Add the host to NO_PROXY, or use --allow-http-token if you trust the network.",
            )


def is_secret(name: str, value: str) -> bool:
    """Return whether a header holds a secret, judged by its name or by a value that looks like a credential."""
    lower = name.lower()
    if any(part in lower for part in _SECRET_PARTS) or _SECRET_WORDS & set(re.split(r"[^a-z0-9]", lower)):
        return True
    scheme, _, rest = value.partition(" ")
    return bool(rest and scheme.lower() in _SCHEMES) or bool(_OPAQUE.search(value))


def _words(value: str) -> set[str]:
    """Return the parts of a secret header that may appear by themselves."""
    scheme, _, rest = value.partition(" ")
    whole = {value, rest.strip().strip('"')} if scheme.lower() in _SCHEMES else {value}
    return whole | {part for part in re.split(r'[\s;,="]+', value) if len(part) >= _SHORTEST_PART}


def _whole(form: str) -> str:
    before = _WORD_BEGINS if re.match(r"\w", form) else ""
    return before + re.escape(form) + (r"(?!\w)" if re.search(r"\w$", form) else "")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
