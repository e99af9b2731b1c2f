"""What holds once all levels are weighed: one Dagster, and the credentials that go with it."""

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
# Launching more runs than these asks first, on a terminal.
DEFAULT_CONFIRM_ABOVE = 50
_SHORTEST_SECRET = 4
# Masked wherever it stands; a shorter secret could be part of an ordinary word.
_LONG_SECRET = 16
# The shortest part of a header that is masked by itself: a cookie's value, say.
_SHORTEST_PART = 8
_SCHEMES = {"apikey", "basic", "bearer", "digest", "negotiate", "token"}
# Headers that hold secrets, by a word of their names; SECURITY.md lists them.
_SECRET_WORDS = {
    *("auth", "authentication", "authorization", "cookie", "cookies", "token", "key", "apikey", "jwt"),
    *("assertion", "credential", "credentials", "session", "signature"),
}
_SECRET_PARTS = ("secret", "password", "passwd")
# What no word looks like: letters and digits, many in a row.
_OPAQUE = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16}")
# Before a whole word: no other character of a word, unless it belongs to an escape of JSON or of a URL.
_WORD_BEGINS = r"(?:(?<!\w)|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"


@dataclass(frozen=True)
class Setting:
    """One effective value as it may be shown, and where it is from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Settings:
    """One Dagster and the credentials that go with it.

    ``url`` is where the UI is, without ``/graphql``, a trailing slash or a password; ``timeout`` is in seconds;
    ``endpoint`` is where operations are posted if not at ``url``. ``shown`` are the values with their sources, secrets
    masked; ``warnings`` is what the user should know. ``profile`` is the name of the profile that names the target;
    launching more than ``confirm_above`` runs asks first. ``repr`` shows no credential.
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
        """Whether no address was given anywhere."""
        return self.source == DEFAULT_SOURCE and self.url == DEFAULT_URL

    @property
    def graphql_url(self) -> str:
        """Where operations are posted."""
        return self.endpoint or f"{self.url}/graphql"

    @property
    def secrets(self) -> list[str]:
        """Texts that must never be shown, longest first."""
        own = [value for name, value in self.headers.items() if is_secret(name, value)]
        values = [*own, *(self.header_command.known if self.header_command else ())]
        words = {word for value in values for word in _words(value)}
        if self.login:
            # A token may stand in place of the user.
            secret = self.login[1] or self.login[0]
            basic = base64.b64encode(":".join(self.login).encode()).decode()
            words |= {secret, quote(secret, safe=""), basic}
        return sorted((word for word in words if len(word) >= _SHORTEST_SECRET), key=len, reverse=True)

    def mask(self, text: str) -> str:
        """Return ``text`` with every secret in it replaced by ``***``; a short one only where it is a whole word."""
        for secret in self.secrets:
            # A quoted answer may hold the secret as JSON writes it.
            for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
                if len(form) >= _LONG_SECRET:
                    text = text.replace(form, "***")
                elif form in text:
                    text = re.sub(_whole(form), "***", text)
        return text

    def mask_values(self, value: Any) -> Any:
        """Return JSON data with every secret in its texts replaced by ``***``; keys stay as they are."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {key: self.mask_values(each) for key, each in value.items()}
        return [self.mask_values(each) for each in value] if isinstance(value, (list, tuple)) else value

    def check_clear_text(self, proxy: str | None = None) -> None:
        """Refuse to send credentials that anyone on the way could read. Raises InvalidRequestError.

        ``proxy`` is the address of the proxy on the way, if there is one.
        """
        parts = urlsplit(self.graphql_url)
        if parts.scheme == "https" or self.allow_http_token or not (self.headers or self.login or self.header_command):
            return
        if not is_loopback(parts.hostname or ""):
            raise InvalidRequestError(
                f"{self.url} is not https: a token or header would travel in clear text to {parts.hostname}",
                hint="Use https, or --allow-http-token where the network can be trusted.",
            )
        if proxy and not is_loopback(urlsplit(proxy).hostname or ""):
            raise InvalidRequestError(
                f"{self.url} is not https: a token or header would travel in clear text to the proxy",
                hint="Name the host in NO_PROXY, or use --allow-http-token where the network can be trusted.",
            )


def is_secret(name: str, value: str) -> bool:
    """Tell whether a header holds a secret: by its name, or because its value looks like a credential."""
    lower = name.lower()
    if any(part in lower for part in _SECRET_PARTS) or _SECRET_WORDS & set(re.split(r"[^a-z0-9]", lower)):
        return True
    scheme, _, rest = value.partition(" ")
    return bool(rest and scheme.lower() in _SCHEMES) or bool(_OPAQUE.search(value))


def _words(value: str) -> set[str]:
    """Return what of a secret header may stand somewhere by itself."""
    scheme, _, rest = value.partition(" ")
    whole = {value, rest.strip().strip('"')} if scheme.lower() in _SCHEMES else {value}
    return whole | {part for part in re.split(r'[\s;,="]+', value) if len(part) >= _SHORTEST_PART}


def _whole(form: str) -> str:
    before = _WORD_BEGINS if re.match(r"\w", form) else ""
    return before + re.escape(form) + (r"(?!\w)" if re.search(r"\w$", form) else "")


def is_loopback(host: str) -> bool:
    """Tell whether what is sent to this host stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
