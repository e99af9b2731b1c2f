"""What holds once all levels are weighed: one Dagster, and the credentials that go with it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from dagster_ops_cli.errors import InvalidRequestError

if TYPE_CHECKING:
    from dagster_ops_cli.settings.header_command import HeaderCommand

DEFAULT_URL = "http://localhost:3000"
DEFAULT_TIMEOUT = 60.0
_SHORTEST_SECRET = 4
# What Dagster+ is told beside the token: it stands in addresses and options as well.
_NO_SECRETS = {"dagster-cloud-scope", "dagster-cloud-organization", "dagster-cloud-deployment"}


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
    masked; ``warnings`` is what the user should know. ``repr`` shows no credential.
    """

    url: str = DEFAULT_URL
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = DEFAULT_TIMEOUT
    source: str = "default"
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

    @property
    def graphql_url(self) -> str:
        """Where operations are posted."""
        return self.endpoint or f"{self.url}/graphql"

    @property
    def secrets(self) -> list[str]:
        """Texts that must never be shown, longest first: header values, their parts, and the URL's password."""
        own = [value for name, value in self.headers.items() if name.lower() not in _NO_SECRETS]
        values = [*own, *(self.header_command.known if self.header_command else ())]
        words = {word for value in values for word in (value, *value.split())}
        if self.login:
            # A token may stand in place of the user.
            secret = self.login[1] or self.login[0]
            basic = base64.b64encode(":".join(self.login).encode()).decode()
            words |= {secret, quote(secret, safe=""), basic}
        return sorted((word for word in words if len(word) >= _SHORTEST_SECRET), key=len, reverse=True)

    def mask(self, text: str) -> str:
        """Return ``text`` with every secret in it replaced by ``***``."""
        for secret in self.secrets:
            # A quoted answer may hold the secret as JSON writes it.
            for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
                text = text.replace(form, "***")
        return text

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
