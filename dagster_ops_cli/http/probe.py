"""Check the connection to Dagster step by step, before any operation is sent."""

import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from dagster_ops_cli.http.transport import check, proxy_of, trusting
from dagster_ops_cli.settings import Settings

TIMEOUT = 10.0
_DAY = 86400


@dataclass(frozen=True)
class Step:
    """One step: whether it worked, and what it found."""

    name: str
    worked: bool
    message: str


def probe(settings: Settings) -> list[Step]:
    """Look up the name, connect and make a TLS handshake; stop at the first step that fails.

    Behind a proxy there is nothing to try: the proxy takes all these steps.
    """
    parts = urlsplit(settings.graphql_url)
    host, port = parts.hostname or "", {"https": 443}.get(parts.scheme, 80) if parts.port is None else parts.port
    # Raises the same errors for bad files and proxy addresses as any command.
    check(settings)
    if proxy := proxy_of(settings.graphql_url):
        return [Step("network", True, f"through the proxy {proxy}")]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return [Step("name", False, f"{host}: {getattr(error, 'strerror', None) or 'not a name'}")]
    addresses = dict.fromkeys(str(each[4][0]) for each in found)
    is_address = host in addresses
    steps = [Step("name", True, f"{host} is an IP address" if is_address else f"{host} is {', '.join(addresses)}")]
    try:
        connection = socket.create_connection((host, port), min(TIMEOUT, settings.timeout))
    except OSError as error:
        return [*steps, Step("connection", False, f"port {port}: {(error.strerror or str(error)).lower()}")]
    with connection:
        if parts.scheme != "https":
            return [*steps, Step("connection", True, f"port {port}, not encrypted")]
        return [*steps, Step("connection", True, f"port {port}"), _shake_hands(connection, host, settings)]


def _trusting_anyone() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shake_hands(connection: socket.socket, host: str, settings: Settings) -> Step:
    context = _trusting_anyone() if settings.insecure else trusting(settings)
    try:
        if settings.client_cert:
            context.load_cert_chain(settings.client_cert, settings.client_key, password=lambda: "")
        with context.wrap_socket(connection, server_hostname=host) as secured:
            certificate = secured.getpeercert() or {}
            version = secured.version()
    except ssl.SSLError as error:
        return Step("tls", False, str(getattr(error, "verify_message", None) or error.reason or error))
    except OSError as error:
        return Step("tls", False, error.strerror or str(error))
    until = certificate.get("notAfter")
    if not isinstance(until, str):
        return Step("tls", True, f"{version}, the certificate is not checked")
    days = (ssl.cert_time_to_seconds(until) - time.time()) / _DAY
    return Step("tls", True, f"{version}, the certificate is good for {days:.0f} days")
