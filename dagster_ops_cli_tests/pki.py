"""Certificates for the tests' servers, from the tests' own certificate authority."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Pki:
    """A certificate authority for tests, and the files of its certificates."""

    authority: trustme.CA
    folder: Path

    @property
    def bundle(self) -> Path:
        path = self.folder / "authority.pem"
        self.authority.cert_pem.write_to_path(str(path))
        return path

    def context(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*(names or ("localhost",)), not_after=until).configure_cert(context)
        return context

    def client(self) -> tuple[Path, Path, Path]:
        """Return a client's certificate and key: both in one file, the certificate alone, and the key alone."""
        issued = self.authority.issue_cert("me@example.com")
        both, cert, key = (self.folder / name for name in ("both.pem", "cert.pem", "key.pem"))
        issued.private_key_and_cert_chain_pem.write_to_path(str(both))
        issued.cert_chain_pems[0].write_to_path(str(cert))
        issued.private_key_pem.write_to_path(str(key))
        return both, cert, key
