"""Dagster behind a forward proxy: tunnels, which headers go where, and the errors of a proxy that lets nothing
through."""

import base64
import json
import os

import pytest

from dagster_ops_cli.errors import UnreachableError
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.connect_proxy import forward
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.pki import Pki
from dagster_ops_cli_tests.scripted_server import serve
from dagster_ops_cli_tests.secret_scan import MARKER, TOKEN

pytestmark = pytest.mark.slow

PASSWORD = f"{MARKER}-of-the-proxy"
HEADER = f"--header 'X-Token: {TOKEN}'"


@pytest.fixture(autouse=True)
def _no_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}:
            monkeypatch.delenv(name)


def get(options: str) -> Outcome:
    outcome = invoke(f"ops api run get 1 --timeout 5 {options}")
    assert "Traceback" not in outcome.stderr
    return outcome


class TestTunnels:
    def test_the_proxy_is_told_where_to_and_nothing_else(self, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
        with forward() as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
            outcome = get(f"--url {stub.url}/prefix --ca-bundle {pki.bundle} {HEADER}")
            assert (outcome.exit_code, outcome.stderr) == (0, "")
            (asked,) = proxy.asked
            assert asked.line == f"CONNECT {stub.url.removeprefix('https://')}"
            assert set(asked.headers) <= {"host", "user-agent"}
            (request,) = stub.requests
            assert (request.path, request.headers["x-token"]) == ("/prefix/graphql", TOKEN)
            # Everything went through the tunnel, and none of it is readable: a request, an answer and the handshakes.
            assert len(proxy.wire) > 1000
            for text in (MARKER, "prefix", "graphql", "POST", "SUCCESS"):
                assert text.encode() not in proxy.wire

    def test_its_password_is_for_the_proxy_alone(self, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
        with forward() as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@{proxy.address}")
            assert get(f"--url {stub.url} --ca-bundle {pki.bundle} --view-graphql {HEADER}").exit_code == 0
            login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
            assert proxy.asked[0].headers["proxy-authorization"] == f"Basic {login}"
            sent = stub.requests[0].headers
            assert not {"proxy-authorization", "authorization"} & set(sent)
            assert sent["x-token"] == TOKEN

    @pytest.mark.parametrize("hosts", ["localhost", "example.com,localhost", "*"])
    def test_no_proxy_goes_past_it(self, pki: Pki, monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
        with forward() as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@{proxy.address}")
            monkeypatch.setenv("NO_PROXY", hosts)
            assert get(f"--url {stub.url} --ca-bundle {pki.bundle} {HEADER}").exit_code == 0
            assert (proxy.asked, len(stub.requests)) == ([], 1)

    def test_certificates_are_checked_behind_it(self, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
        with forward() as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
            outcome = get(f"--url {stub.url} {HEADER}")
            assert outcome.exit_code == 5
            assert "no trusted connection (unable to get local issuer certificate)" in outcome.stderr
            assert stub.requests == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "told", "hint"),
        [
            (407, "HTTP 407 (Proxy Authentication Required)", "The proxy needs a login: set HTTPS_PROXY"),
            (403, "HTTP 403 (Forbidden)", "NO_PROXY the hosts"),
            (502, "HTTP 502 (Bad Gateway)", "NO_PROXY the hosts"),
        ],
    )
    def test_are_the_proxys_and_not_dagsters(
        self, pki: Pki, monkeypatch: pytest.MonkeyPatch, status: int, told: str, hint: str
    ) -> None:
        with forward(*[status] * 100) as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@{proxy.address}")
            outcome = get(f"--url {stub.url} --ca-bundle {pki.bundle} {HEADER} --timeout 1.5 --json")
            assert outcome.exit_code == 5
            document = json.loads(outcome.stderr.splitlines()[-1])
            assert document["code"] == "UNREACHABLE"
            assert document["error"] == (
                f"can't reach Dagster at {stub.url}: the proxy http://{proxy.address} answered {told}"
            )
            assert hint in document["hint"]
            assert stub.requests == []

    @pytest.mark.parametrize(("status", "exit_code", "asked"), [(502, 0, 2), (407, 5, 1), (403, 5, 1)])
    def test_that_may_pass_are_tried_again(
        self, pki: Pki, monkeypatch: pytest.MonkeyPatch, status: int, exit_code: int, asked: int
    ) -> None:
        with forward(status) as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
            assert get(f"--url {stub.url} --ca-bundle {pki.bundle} {HEADER}").exit_code == exit_code
            assert (len(proxy.asked), len(stub.requests)) == (asked, 1 if exit_code == 0 else 0)

    def test_leave_no_doubt_about_a_change(self, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
        with forward(502, 407) as proxy, serve(context=pki.context()) as stub:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
            client = HttpClient(Settings(stub.url, timeout=5, ca_bundle=str(pki.bundle)))
            with pytest.raises(UnreachableError) as raised:
                client.execute("mutation OpsTest { launchRun }")
            assert not raised.value.in_doubt
            assert (len(proxy.asked), stub.requests) == (2, [])

    def test_in_clear_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with forward(407) as proxy:
            monkeypatch.setenv("http_proxy", f"http://me:{PASSWORD}@{proxy.address}")
            outcome = get("--url http://dagster.example.com")
            assert outcome.exit_code == 5
            assert f"the proxy http://{proxy.address} answered HTTP 407 (Proxy Auth" in outcome.stderr
            assert len(proxy.asked) == 1

    def test_nobody_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", f"http://me:{PASSWORD}@localhost:9")
        outcome = get("--url https://dagster.example.com --timeout 1")
        assert outcome.exit_code == 5
        assert "the proxy http://localhost:9 could not be reached" in outcome.stderr


def test_plain_http_goes_by_the_proxy_without_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as proxy, serve() as stub:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert get("--url http://dagster.example.com/x").exit_code == 0
        assert proxy.requests[0].path == "http://dagster.example.com/x/graphql"
        monkeypatch.setenv("no_proxy", "localhost")
        assert get(f"--url {stub.url}").exit_code == 0
        assert (len(proxy.requests), len(stub.requests)) == (1, 1)


def test_doctor_goes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def way(url: str) -> list[tuple[str, str]]:
        checks = json.loads(invoke(f"ops doctor --url {url} --json --timeout 2").stdout)["checks"]
        return [(check["name"], check["message"]) for check in checks[:2]]

    with serve() as proxy, serve() as stub:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert way("http://dagster.example.com")[0] == ("network", f"through the proxy {proxy.url}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
        address = stub.url.replace("localhost", "127.0.0.1")
        assert [name for name, _ in way(address)] == ["name", "connection"]
        monkeypatch.setenv("ALL_PROXY", "ftp://proxy")
        assert "the proxy that the environment names" in way("http://dagster.example.com")[0][1]


@pytest.mark.parametrize(
    "address",
    [
        f"http://me:{MARKER}@",
        f"http://me:{MARKER}@[::1",
        f"http://me:{MARKER}@proxy:port",
        f"http://me:1/{MARKER}@proxy:3128",
        f"http://me:1#{MARKER}@proxy:3128",
        f"http://me:1?{MARKER}@proxy:3128",
        f"me:{MARKER}@proxy:3128",
        f"ftp://me:{MARKER}@proxy:3128",
        f"http://me:{MARKER}@proxy..example.com:3128",
        f"http://me:{MARKER}@{'a' * 64}:3128",
        "proxy:3128",
        "http://",
    ],
)
@pytest.mark.parametrize("url", ["https://dagster.example.com", "http://localhost:1"])
def test_an_address_that_is_no_proxys(monkeypatch: pytest.MonkeyPatch, address: str, url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    outcome = get(f"--url {url} {HEADER}")
    assert outcome.exit_code == 2
    assert "the proxy that the environment names" in outcome.stderr
    assert "Its form is http://host:port" in outcome.stderr
