"""A Dagster behind something: TLS with real certificates, tokens that expire, clear text."""

import json
import shlex
import ssl
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.settings import load_settings
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.pki import Pki
from dagster_ops_cli_tests.scripted_server import GOOD, Answer, serve
from dagster_ops_cli_tests.secret_scan import MARKER, TOKEN

DENIED = Answer(401, b"who are you?")


def get(options: str) -> Outcome:
    outcome = invoke(f"ops api run get 1 --timeout 5 {options}")
    assert "Traceback" not in str(outcome)
    return outcome


def tls(url: str) -> str | None:
    """What doctor says about it, if it gets that far."""
    checks = json.loads(invoke(f"ops doctor --url {url} --json --timeout 5").stdout)["checks"]
    return next((str(check["state"]) for check in checks if check["name"] == "tls"), None)


class TestTls:
    def test_an_authority_of_ones_own(self, pki: Pki) -> None:
        with serve(context=pki.context()) as stub:
            assert get(f"--url {stub.url} --ca-bundle {pki.bundle}").exit_code == 0

    def test_nobody_to_trust(self, pki: Pki) -> None:
        with serve(context=pki.context()) as stub:
            outcome = get(f"--url {stub.url} --header 'X-A: {TOKEN}'")
            assert outcome.exit_code == 5
            assert "no trusted connection (unable to get local issuer certificate)" in outcome.stderr
            assert "attempt" not in outcome.stderr, "a wrong certificate stays wrong"
            assert not stub.requests

    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_the_environment_tells_whom_to_trust_and_doctor_agrees(
        self, pki: Pki, variable: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serve(context=pki.context()) as stub:
            assert "Name the certificates to trust with --ca-bundle" in get(f"--url {stub.url}").stderr
            assert tls(stub.url) == "failed"
            monkeypatch.setenv(variable, str(pki.bundle))
            assert get(f"--url {stub.url}").exit_code == 0
            assert tls(stub.url) == "ok"
            monkeypatch.setenv(variable, "/nowhere")
            assert f"{variable}: there is no certificate" in get(f"--url {stub.url}").stderr
            assert tls(stub.url) is None
            assert get(f"--url {stub.url} --ca-bundle {pki.bundle}").exit_code == 0

    def test_insecure_says_so(self, pki: Pki) -> None:
        with serve(context=pki.context()) as stub:
            outcome = get(f"--url {stub.url} --insecure --quiet")
            assert outcome.exit_code == 0
            assert outcome.stderr.startswith("Warning: --insecure: the certificate of localhost is not checked")

    @pytest.mark.parametrize(
        ("names", "until", "told"),
        [
            (("elsewhere.example.com",), None, "Hostname mismatch"),
            (("localhost",), datetime(2020, 1, 2, tzinfo=timezone.utc), "certificate has expired"),
        ],
    )
    def test_a_certificate_of_somebody_else_or_of_the_past(
        self, pki: Pki, names: tuple[str], until: datetime | None, told: str
    ) -> None:
        with serve(context=pki.context(*names, until=until)) as stub:
            outcome = get(f"--url {stub.url} --ca-bundle {pki.bundle} --header 'X-A: {TOKEN}'")
            assert outcome.exit_code == 5
            assert told in outcome.stderr
            assert not stub.requests

    def test_a_client_certificate(self, pki: Pki) -> None:
        context = pki.context()
        context.verify_mode = ssl.CERT_REQUIRED
        pki.authority.configure_trust(context)
        both, cert, key = pki.client()
        with serve(context=context) as stub:
            trust = f"--url {stub.url} --ca-bundle {pki.bundle}"
            assert get(f"{trust} --client-cert {both}").exit_code == 0
            assert get(f"{trust} --client-cert {cert} --client-key {key}").exit_code == 0
            assert get(f"{trust} --timeout 0.6").exit_code == 5
            assert len(stub.requests) == 2

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ("--ca-bundle /nowhere", "--ca-bundle: can't read /nowhere: No such file"),
            ("--ca-bundle {junk}", "no certificate in PEM format in"),
            ("--client-cert {junk}", "can't be used as a client's certificate"),
            ("--client-cert {cert}", "can't be used as a client's certificate"),
            ("--client-key {key}", "--client-key: a client key needs --client-cert"),
        ],
    )
    def test_files_that_cannot_be_used(self, pki: Pki, options: str, told: str) -> None:
        _, cert, key = pki.client()
        junk = pki.folder / "junk.pem"
        junk.write_text("junk")
        with serve(context=pki.context()) as stub:
            outcome = get(f"--url {stub.url} " + options.format(junk=junk, cert=cert, key=key))
            assert outcome.exit_code == 2
            assert told in outcome.stderr
            assert not stub.requests

    def test_plain_http_where_https_is_expected(self) -> None:
        with serve() as stub:
            outcome = get(f"--url https{stub.url.removeprefix('http')}")
            assert outcome.exit_code == 5
            assert "no trusted connection (the server does not speak TLS; its address may begin with http://)" in (
                outcome.stderr
            )
            assert "attempt" not in outcome.stderr


def command(tmp_path: Path, code: str) -> str:
    """The option for a header command that runs some Python, and counts how often in a file."""
    script = tmp_path / "header.py"
    script.write_text(
        f"from pathlib import Path\nruns = Path({str(tmp_path / 'runs')!r})\n"
        "count = len(runs.read_text()) + 1 if runs.exists() else 1\n"
        f"runs.write_text('x' * count)\n{code}\n"
    )
    return "--header-command " + shlex.quote(f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}")


class TestHeaderCommand:
    def test_its_output_is_the_header(self, tmp_path: Path) -> None:
        option = command(tmp_path, f"print('X-Token: {TOKEN}')\nprint('X-Other: {MARKER}')")
        with serve() as stub:
            # The secret scan checks the command line, too, so no marked secret may be in it.
            assert get(f"--url {stub.url} --view-graphql {option} --header 'X-A: {TOKEN}-a'").exit_code == 0
            assert (stub.requests[0].headers["x-token"], stub.requests[0].headers["x-other"]) == (TOKEN, MARKER)
        assert (tmp_path / "runs").read_text() == "x"

    def test_run_again_after_a_401(self, tmp_path: Path) -> None:
        option = command(tmp_path, f"print(f'X-Token: {TOKEN}-{{count}}')")
        with serve(DENIED, GOOD, GOOD) as stub:
            assert get(f"--url {stub.url} {option}").exit_code == 0
            assert [request.headers["x-token"][-2:] for request in stub.requests] == ["-1", "-2"]

    def test_but_once(self, tmp_path: Path) -> None:
        option = command(tmp_path, f"print(f'X-Token: {TOKEN}-{{count}}')")
        with serve(rest=DENIED) as stub:
            assert get(f"--url {stub.url} {option}").exit_code == 4
            assert len(stub.requests) == 2

    @pytest.mark.parametrize(
        ("code", "exit_code", "told"),
        [
            (f"print('{TOKEN}'); raise SystemExit(3)", 4, "the header command failed with exit code 3"),
            ("pass", 2, "printed nothing"),
            (f"print('{TOKEN}')", 2, "not of the form"),
            (f"print('{TOKEN} {TOKEN}: x')", 2, "can't be the name of a header"),
            (f"print('X: {TOKEN}\\x01')", 2, "characters that a header can't hold"),
            ("import time; time.sleep(20)", 4, "took longer than 5 s"),
        ],
    )
    def test_a_command_that_fails(self, tmp_path: Path, code: str, exit_code: int, told: str) -> None:
        with serve() as stub:
            outcome = get(f"--url {stub.url} {command(tmp_path, code)}")
            assert outcome.exit_code == exit_code
            assert told in outcome.stderr
            assert not stub.requests


@pytest.mark.parametrize("url", ["http://a..b", f"http://{'a' * 64}.example.com", "http://u:443/pass@host"])
def test_what_can_not_be_a_host(url: str) -> None:
    outcome = get(f"--url {url}")
    assert (outcome.exit_code, "--url is not a URL" in outcome.stderr) == (2, True)


@pytest.mark.parametrize("where", ["http://[::bad", "//elsewhere.example.com/x"])
def test_a_redirect_to_anything(where: str) -> None:
    with serve(rest=Answer(302, b"", {"Location": where})) as stub:
        outcome = get(f"--url {stub.url}")
    assert outcome.exit_code == (5 if "bad" in where else 4)
    told = "redirect to a malformed address" if "bad" in where else "redirects to http://elsewhere.example.com/x"
    assert told in outcome.stderr


class TestClearText:
    @pytest.mark.parametrize(
        "options",
        [
            f"--header 'X-A: {MARKER}'",
            f"--api-token {MARKER}",
            # The words of a user's own command are visible in the process list.
            "--header-command 'echo X-A: b'",
            f"--url http://me:{MARKER}@dagster.example.com",
        ],
    )
    def test_refused_to_other_machines(self, options: str) -> None:
        outcome = get(f"--url http://dagster.example.com {options}")
        assert outcome.exit_code == 2
        assert "clear text to dagster.example.com" in outcome.stderr

    def test_before_a_header_command_runs(self, tmp_path: Path) -> None:
        outcome = get(f"--url http://dagster.example.com {command(tmp_path, 'pass')}")
        assert outcome.exit_code == 2
        assert not (tmp_path / "runs").exists()

    @pytest.mark.parametrize(
        ("url", "refused"),
        [
            ("http://localhost:1", False),
            ("http://127.9.9.9", False),
            ("http://[::1]:1", False),
            ("https://dagster.example.com", False),
            ("http://localhost.example.com", True),
            ("http://127.0.0.1.example.com", True),
            ("http://10.0.0.1", True),
            ("http://[::ffff:10.0.0.1]", True),
        ],
    )
    def test_what_is_another_machine(self, url: str, refused: bool) -> None:
        settings = load_settings({}, url, [f"X-A: {MARKER}"])
        if refused:
            with pytest.raises(InvalidRequestError):
                settings.check_clear_text()
        else:
            settings.check_clear_text()
        load_settings({}, url, [f"X-A: {MARKER}"], allow_http_token=True).check_clear_text()
        load_settings({}, url).check_clear_text()

    def test_nor_to_a_proxy(self) -> None:
        with pytest.raises(InvalidRequestError, match="to the proxy"):
            load_settings({}, "http://localhost:1", [f"X-A: {MARKER}"]).check_clear_text(
                "http://proxy.example.com:3128"
            )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(302, b"", {"Location": "https://login.example.com/?return=x"}),
        Answer(200, b"<html><form action='/login'><input type=\"password\">", {"Content-Type": "text/html"}),
        Answer(401, b"<html>", {"Content-Type": "text/html"}),
    ],
)
def test_a_login_page_is_named(answer: Answer) -> None:
    with serve(rest=answer) as stub:
        outcome = get(f"--url {stub.url} --header 'X-A: {TOKEN}' --json")
        assert outcome.exit_code == 4
        assert json.loads(outcome.stderr)["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (f"-o hooli -d prod --api-token {TOKEN}", "Pass it with --api-token, or set DAGSTER_CLOUD_API_TOKEN."),
        (f"--header 'Authorization: Bearer {TOKEN}'", "Pass it with --header or OPS_HEADERS."),
    ],
)
def test_the_hint_after_a_wrong_token_names_the_option_for_it(options: str, hint: str) -> None:
    with serve(rest=DENIED) as stub:
        outcome = get(f"--url {stub.url} {options}")
        assert outcome.exit_code == 4
        assert f"HTTP 401 (Unauthorized): no token, or a wrong one\n{hint}\n" in outcome.stderr


def test_a_redirect_takes_no_credentials_along() -> None:
    with serve() as other, serve(rest=Answer(307, b"", {"Location": f"{other.url}/graphql"})) as stub:
        assert get(f"--url {stub.url} --header 'Authorization: {TOKEN}'").exit_code == 5
        assert (len(stub.requests), len(other.requests)) == (1, 0)
