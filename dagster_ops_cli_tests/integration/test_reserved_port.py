"""The port of a server stays its own while it is restarted."""

import asyncio
import socket
import sys

import pytest

from dagster_ops_cli_tests.integration.servers import free_port


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give such a port to nobody")
def test_a_port_is_given_to_its_server_alone() -> None:
    port = free_port()

    async def serve() -> None:
        async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", port):
            pass

    for _ in range(2):
        asyncio.run(serve())
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
        # As those do it that ask for any port.
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
