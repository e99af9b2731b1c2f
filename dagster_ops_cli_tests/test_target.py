"""Where Dagster is and who asks: the whole precedence, by what a recording server is asked for."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError, OpsError, UnauthorizedError
from dagster_ops_cli.settings import Settings, load_settings
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.scripted_server import Stub, serve
from dagster_ops_cli_tests.secret_scan import MARKER, has_secret

TOKEN = f"user:{MARKER}"
HEADER = "dagster-cloud-api-token"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serve() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def config(home: Path, text: str) -> Path:
    return write(home / ".config/ops/config.yaml", text)


def dg(home: Path, **values: str) -> Path:
    lines = [f'{name} = "{value}"' for name, value in values.items()]
    return write(home / ".config/dg.toml", "\n".join(["[cli.plus]", *lines, ""]))


def dagster_cloud(home: Path, **values: str) -> Path:
    return write(home / ".dagster_cloud_cli/config", "".join(f"{name}: {value}\n" for name, value in values.items()))


def get(options: str = "") -> Outcome:
    return invoke(f"ops api run get 1 {options}")


def load(environ: Mapping[str, str], **flags: object) -> Settings:
    return load_settings(environ, **flags)  # type: ignore[arg-type]


class TestWebserver:
    def test_default(self, home: Path) -> None:
        settings = load({"HOME": str(home)})
        assert (settings.url, settings.source, settings.timeout) == ("http://localhost:3000", "default", 60)
        assert settings.graphql_url == "http://localhost:3000/graphql"

    @pytest.mark.parametrize("suffix", ["", "/", "/graphql", "/graphql/"])
    def test_prefix_and_suffix(self, stub: Stub, suffix: str) -> None:
        assert get(f"--url {stub.url}/a/b{suffix}").exit_code == 0
        assert stub.requests[0].path == "/a/b/graphql"

    def test_flag_over_environment_over_profile_over_tools(
        self, home: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url=f"{stub.url}/tools")
        assert get().exit_code == 0
        config(home, f"current: p\nprofiles: {{p: {{url: '{stub.url}/profile'}}}}")
        assert get().exit_code == 0
        monkeypatch.setenv("DAGSTER_URL", f"{stub.url}/dagster")
        assert get().exit_code == 0
        monkeypatch.setenv("OPS_URL", f"{stub.url}/ops")
        assert get().exit_code == 0
        assert get(f"--url {stub.url}/flag").exit_code == 0
        paths = [request.path for request in stub.requests]
        assert paths == [
            "/tools/hooli/graphql",
            *(f"/{name}/graphql" for name in ("profile", "dagster", "ops", "flag")),
        ]

    def test_credentials_of_lower_levels_do_not_travel(
        self, home: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config(home, f"current: p\nprofiles: {{p: {{url: '{stub.url}', headers: {{X-Low: {TOKEN}}}}}}}")
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN)
        monkeypatch.setenv("OPS_HEADERS", json.dumps({"X-Mid": MARKER}))
        monkeypatch.setenv("DAGSTER_CLOUD_API_TOKEN", TOKEN)
        assert get(f"--url {stub.url} --header 'X-High: {MARKER}'").exit_code == 0
        sent = stub.requests[0].headers
        assert sent["x-high"] == MARKER
        assert not {"x-mid", "x-low", HEADER} & set(sent)

    def test_credentials_of_higher_levels_do(self, home: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
        low, mid, high = (f"{MARKER}-{level}" for level in ("low", "mid", "high"))
        headers = f"{{X-A: {low}, X-B: {low}, X-C: {low}}}"
        config(home, f"current: p\nprofiles: {{p: {{url: '{stub.url}', headers: {headers}}}}}")
        monkeypatch.setenv("OPS_HEADERS", json.dumps({"x-b": mid, "x-c": mid}))
        assert get(f"--header 'X-C: {high}'").exit_code == 0
        sent = stub.requests[0].headers
        assert (sent["x-a"], sent["x-b"], sent["x-c"]) == (low, mid, high)

    def test_dagster_cloud_token_with_a_url_of_its_level(self, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPS_URL", stub.url)
        monkeypatch.setenv("DAGSTER_CLOUD_API_TOKEN", TOKEN)
        assert get().exit_code == 0
        assert stub.requests[0].headers[HEADER] == TOKEN
        # Together with an organization it belongs to that one.
        monkeypatch.setenv("DAGSTER_CLOUD_ORGANIZATION", "hooli")
        assert get().exit_code == 0
        assert HEADER not in stub.requests[1].headers

    def test_login_in_the_url(self, stub: Stub) -> None:
        host = stub.url.removeprefix("http://")
        outcome = get(f"--url http://me:{MARKER}@{host} --view-graphql")
        assert outcome.exit_code == 0
        assert (
            stub.requests[0].headers["authorization"] == f"Basic {base64.b64encode(f'me:{MARKER}'.encode()).decode()}"
        )

    def test_timeout_holds_for_any_target(self, home: Path) -> None:
        config(home, "current: p\nprofiles: {p: {url: 'http://localhost:1', timeout: 5s}}")
        path = home / ".config/ops/config.yaml"
        assert load({}, config_path=path).timeout == 5
        assert load({"OPS_TIMEOUT": "7"}, config_path=path).timeout == 7
        assert load({"OPS_TIMEOUT": "7"}, config_path=path, profile="p").timeout == 5
        assert load({"OPS_TIMEOUT": "7"}, url="http://localhost:1").timeout == 7
        assert load({"OPS_TIMEOUT": "7"}, timeout=2.0).timeout == 2


class TestPlus:
    def test_address_and_headers_as_dagster_cloud_has_them(self) -> None:
        environ = {
            "DAGSTER_CLOUD_ORGANIZATION": "hooli",
            "DAGSTER_CLOUD_DEPLOYMENT": "prod",
            "DAGSTER_CLOUD_API_TOKEN": TOKEN,
        }
        settings = load(environ)
        assert settings.graphql_url == "https://hooli.dagster.cloud/prod/graphql"
        assert settings.url == "https://hooli.dagster.cloud/prod"
        assert settings.headers == {"Dagster-Cloud-Api-Token": TOKEN, "Dagster-Cloud-Scope": "deployment"}
        assert load(environ, deployment="branch-1").url == "https://hooli.dagster.cloud/branch-1"

    def test_dagster_cloud_url_replaces_what_stands_before_graphql(
        self, stub: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAGSTER_CLOUD_URL", f"{stub.url}/prod")
        monkeypatch.setenv("DAGSTER_CLOUD_ORGANIZATION", "hooli")
        monkeypatch.setenv("DAGSTER_CLOUD_API_TOKEN", TOKEN)
        assert get().exit_code == 0
        sent = stub.requests[0]
        assert sent.path == "/prod/graphql"
        assert sent.headers[HEADER] == TOKEN
        assert sent.headers["dagster-cloud-scope"] == "deployment"
        assert "authorization" not in sent.headers

    def test_flags(self, stub: Stub) -> None:
        outcome = get(f"--url {stub.url}/prod -o hooli -d prod --api-token {TOKEN}")
        assert outcome.exit_code == 0
        assert stub.requests[0].path == "/prod/graphql"
        assert stub.requests[0].headers[HEADER] == TOKEN

    def test_dg_toml_with_a_url(self, home: Path, stub: Stub) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url=stub.url)
        assert get().exit_code == 0
        sent = stub.requests[0]
        assert sent.path == "/hooli/graphql"
        assert sent.headers[HEADER] == TOKEN
        assert sent.headers["dagster-cloud-organization"] == "hooli"
        assert sent.headers["dagster-cloud-deployment"] == "prod"

    def test_dg_toml_of_another_region_shows_the_organizations_own_page(self, home: Path) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url="https://eu.dagster.cloud")
        settings = load({"HOME": str(home)})
        assert settings.graphql_url == "https://eu.dagster.cloud/hooli/graphql"
        assert settings.url == "https://hooli.eu.dagster.cloud/prod"

    def test_dagster_clouds_own_file(self, home: Path, stub: Stub) -> None:
        dagster_cloud(
            home,
            organization="hooli",
            default_deployment="prod",
            user_token=TOKEN,
            url=f"{stub.url}/x",
            agent_timeout="60",
        )
        assert get().exit_code == 0
        assert stub.requests[0].path == "/x/graphql"

    def test_both_files_are_no_error(self, home: Path) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN)
        dagster_cloud(home, organization="pied-piper", default_deployment="dev", user_token=f"{MARKER}-other")
        assert load({"HOME": str(home)}).url == "https://hooli.dagster.cloud/prod"

    def test_paths_from_the_environment(self, home: Path) -> None:
        path = dagster_cloud(home, organization="hooli", default_deployment="prod", user_token=TOKEN)
        path = path.rename(home / "elsewhere")
        environ = {"HOME": str(home), "DAGSTER_CLOUD_CLI_CONFIG": str(path)}
        assert load(environ).url == "https://hooli.dagster.cloud/prod"

    def test_the_same_organization_is_the_same_target(self, home: Path) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN)
        settings = load({"HOME": str(home)}, organization="hooli", deployment="staging")
        assert settings.url == "https://hooli.dagster.cloud/staging"
        assert settings.headers["Dagster-Cloud-Api-Token"] == TOKEN

    def test_a_user_without_a_home(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def unknown(*args: object) -> None:
            raise KeyError(args)

        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("HOME")
        monkeypatch.setattr("pwd.getpwuid", unknown)
        assert load({}).source == "default"
        with pytest.raises(InvalidRequestError, match="OPS_CA_BUNDLE: can't read ~"):
            load({"OPS_CA_BUNDLE": "~/ca.pem"})
        with pytest.raises(InvalidRequestError, match="can't read ~nobody-here"):
            load({"OPS_CA_BUNDLE": "~nobody-here/ca.pem"})

    @pytest.mark.parametrize(
        ("environ", "flags", "kind", "named"),
        [
            ({"DAGSTER_CLOUD_ORGANIZATION": "hooli"}, {}, InvalidRequestError, "deployment"),
            ({"DAGSTER_CLOUD_ORGANIZATION": "hooli"}, {"deployment": "prod"}, UnauthorizedError, "no token"),
            ({"DAGSTER_CLOUD_API_TOKEN": TOKEN}, {}, InvalidRequestError, "DAGSTER_CLOUD_API_TOKEN"),
            ({"DAGSTER_CLOUD_DEPLOYMENT": "prod"}, {}, InvalidRequestError, "DAGSTER_CLOUD_DEPLOYMENT"),
            ({}, {"api_token": TOKEN}, InvalidRequestError, "--api-token"),
            ({}, {"deployment": "prod"}, InvalidRequestError, "--deployment"),
            ({"DAGSTER_CLOUD_URL": "https://hooli.dagster.cloud/prod"}, {}, UnauthorizedError, "no token"),
            (
                {"DAGSTER_CLOUD_API_TOKEN": TOKEN},
                {"organization": "hooli", "deployment": "prod"},
                UnauthorizedError,
                "no token",
            ),
            (
                {"DAGSTER_CLOUD_API_TOKEN": TOKEN},
                {"organization": "evil.example/", "deployment": "prod"},
                InvalidRequestError,
                "name of an organization",
            ),
        ],
    )
    def test_half_a_target_is_an_error(
        self, home: Path, environ: dict[str, str], flags: dict[str, str], kind: type[OpsError], named: str
    ) -> None:
        with pytest.raises(kind, match=named) as error:
            load({"HOME": str(home), **environ}, **flags)
        assert not has_secret(str(error.value))


class TestProfiles:
    def test_chosen_by_flag_by_variable_and_as_current(
        self, home: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {name: {"url": f"{stub.url}/{name}"} for name in ("a", "b", "c")}
        config(home, json.dumps({"current": "a", "profiles": names}))
        assert get().exit_code == 0
        monkeypatch.setenv("OPS_PROFILE", "b")
        assert get().exit_code == 0
        monkeypatch.setenv("OPS_URL", f"{stub.url}/variable")
        assert get().exit_code == 0
        assert get("--profile c").exit_code == 0
        assert [request.path for request in stub.requests] == [
            f"/{name}/graphql" for name in ("a", "b", "variable", "c")
        ]

    def test_the_token_stays_in_a_variable(self, home: Path) -> None:
        path = config(home, "profiles: {plus: {organization: hooli, deployment: prod, api_token_env: MY_TOKEN}}")
        settings = load({"MY_TOKEN": TOKEN}, config_path=path, profile="plus")
        assert settings.headers["Dagster-Cloud-Api-Token"] == TOKEN

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("profiles: {p: {uri: x}}", "'uri' is not known"),
            ("profile: {}", "'profile' is not known"),
            ("profiles: [p]", "not a mapping"),
            ("profiles: {p: [x]}", "not a mapping"),
            ("profiles: {p: {headers: x}}", "mapping of texts"),
            (f"profiles: {{p: {{url: [{MARKER}]}}}}", "not a text"),
            (f"{{{MARKER}", "not YAML"),
            (f"a: b: {MARKER}", "line 1"),
            ("[" * 3000, "not YAML"),
            (f"- {MARKER}", "not a mapping"),
        ],
    )
    def test_a_file_that_is_wrong(self, home: Path, text: str, told: str) -> None:
        config(home, text)
        outcome = get("--profile p --json")
        assert outcome.exit_code == 2
        document = json.loads(outcome.stderr.splitlines()[-1])
        assert told in document["error"]
        assert (document["code"], document["status_code"]) == ("INVALID_CONFIG_FILE", 422)

    def test_a_wrong_file_does_not_disturb_who_names_a_target(self, home: Path, stub: Stub) -> None:
        config(home, "{broken")
        assert get(f"--url {stub.url}").exit_code == 0

    def test_a_file_that_others_can_read(self, home: Path, stub: Stub) -> None:
        config(home, f"current: p\nprofiles: {{p: {{url: '{stub.url}'}}}}").chmod(0o644)
        outcome = get("--quiet")
        assert outcome.exit_code == 0
        assert "can be read by others (mode 644)" in outcome.stderr

    def test_a_file_that_is_no_text(self, home: Path) -> None:
        path = home / "dg.toml"
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(InvalidContentError, match="UTF-8"):
            load({"HOME": str(home), "DG_CLI_CONFIG": str(path)})


@pytest.mark.parametrize(
    "command",
    [
        f"--url me:{MARKER}@host/x",
        f"--url http://me:{MARKER}@host:port/",
        f"--url http://me:{MARKER}",
        f"--header {MARKER}",
        f"--header '{MARKER} {MARKER}: x'",
        f"--header 'A: {MARKER}\x01'",
        "--url http://localhost:1 --profile p",
    ],
)
def test_what_is_wrong_is_named_without_its_secret(command: str) -> None:
    outcome = get(command)
    assert outcome.exit_code == 2
    assert "Error: --" in outcome.stderr


class TestConfig:
    def test_a_profile_from_its_making_to_its_end(self, home: Path, stub: Stub) -> None:
        path = home / ".config/ops/config.yaml"
        assert invoke("ops config path").stdout == f"{path}\n"
        assert invoke("ops config list").stdout == f"No profiles in {path}\n"
        made = invoke(f"ops config set first --url {stub.url}/first --header 'X-A: {TOKEN}' --timeout 1m30s")
        assert (made.exit_code, made.stdout) == (0, "")
        assert path.stat().st_mode & 0o777 == 0o600
        assert invoke("ops config set plus -o hooli -d prod --api-token-env MY_TOKEN --insecure").exit_code == 0
        assert invoke("ops config list").stdout == (
            f"CURRENT  NAME   TARGET\n*        first  {stub.url}/first\n         plus   hooli/prod\n"
        )
        assert get().exit_code == 0
        assert (stub.requests[0].path, stub.requests[0].headers["x-a"]) == ("/first/graphql", TOKEN)
        assert invoke("ops config use plus").exit_code == 0
        assert json.loads(invoke("ops config list --json").stdout)["items"][1] == {
            "name": "plus",
            "current": True,
            "target": "hooli/prod",
        }
        assert invoke(f"ops config set plus --url {stub.url} --unset organization --unset insecure").exit_code == 0
        assert get().exit_code == 0
        assert invoke("ops config remove first").exit_code == 2
        assert invoke("ops config remove first --yes").exit_code == 0
        assert json.loads(invoke("ops config list --json").stdout)["total"] == 1
        assert path.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in path.parent.iterdir()] == ["config.yaml"]

    def test_show_tells_the_source_of_every_value_and_no_secret(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config(home, f"profiles: {{p: {{organization: hooli, api_token: '{TOKEN}', timeout: 9s}}}}")
        monkeypatch.setenv("OPS_PROFILE", "p")
        monkeypatch.setenv("OPS_HEADERS", json.dumps({"X-A": MARKER}))
        outcome = invoke("ops config show --deployment dev --allow-http-token --json")
        assert outcome.exit_code == 0
        assert [tuple(each.values()) for each in json.loads(outcome.stdout)["items"]] == [
            ("profile", "p", "OPS_PROFILE"),
            ("url", "https://hooli.dagster.cloud/dev", "profile p"),
            ("organization", "hooli", "profile p"),
            ("deployment", "dev", "--deployment"),
            ("api_token", "***", "profile p"),
            ("header X-A", "***", "OPS_HEADERS"),
            ("timeout", "9s", "profile p"),
            ("allow_http_token", "true", "--allow-http-token"),
        ]
        text = invoke("ops config show --deployment dev")
        assert "header X-A" in text.stdout

    @pytest.mark.parametrize(
        "command", ["use nope", "remove nope --yes", "set p --timeout 5s", "set p --url nonsense:1"]
    )
    def test_what_cannot_be(self, home: Path, command: str) -> None:
        config(home, "profiles: {q: {url: 'http://localhost:1'}}")
        assert invoke(f"ops config {command}").exit_code == 2

    def test_a_file_that_cannot_be_written(self, home: Path) -> None:
        (home / ".config").write_text("in the way")
        outcome = invoke("ops config set p --url http://localhost:1")
        assert outcome.exit_code == 1
        assert "can't write" in outcome.stderr
