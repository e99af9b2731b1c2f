"""Certificates for the servers of the tests, from an authority of their own."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Pki:
    """A certificate authority of the test's own, with what it has issued, as files."""

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
        """A client's certificate with its key in one file, then one by one."""
        issued = self.authority.issue_cert("me@example.com")
        both, cert, key = (self.folder / name for name in ("both.pem", "cert.pem", "key.pem"))
        issued.private_key_and_cert_chain_pem.write_to_path(str(both))
        issued.cert_chain_pems[0].write_to_path(str(cert))
        issued.private_key_pem.write_to_path(str(key))
        return both, cert, key
