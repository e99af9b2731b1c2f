"""Settings: their whole precedence, by the requests that a recording server gets."""

import base64
import json
from pathlib import Path

import pytest

from dagster_ops_cli.errors import InvalidRequestError, OpsError, UnauthorizedError
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.scripted_server import Stub
from dagster_ops_cli_tests.secret_scan import MARKER, has_secret
from dagster_ops_cli_tests.targets import HEADER, TOKEN, config, dagster_cloud, dg, get, load, write


class TestWebserver:
    def test_default(self, home: Path) -> None:
        settings = load({"HOME": str(home)})
        assert (settings.url, settings.source, settings.timeout) == ("http://localhost:3000", "default", 60)
        assert settings.graphql_url == "http://localhost:3000/graphql"

    @pytest.mark.parametrize("suffix", ["", "/", "/graphql", "/graphql/"])
    def test_prefix_and_suffix(self, web: Stub, suffix: str) -> None:
        assert get(f"--url {web.url}/a/b{suffix}").exit_code == 0
        assert web.requests[0].path == "/a/b/graphql"

    def test_flag_over_environment_over_profile_over_tools(
        self, home: Path, web: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url=f"{web.url}/tools")
        assert get().exit_code == 0
        config(home, f"current: p\nprofiles: {{p: {{url: '{web.url}/profile'}}}}")
        assert get().exit_code == 0
        monkeypatch.setenv("DAGSTER_URL", f"{web.url}/dagster")
        assert get().exit_code == 0
        monkeypatch.setenv("OPS_URL", f"{web.url}/ops")
        assert get().exit_code == 0
        assert get(f"--url {web.url}/flag").exit_code == 0
        paths = [request.path for request in web.requests]
        assert paths == [
            "/tools/hooli/graphql",
            *(f"/{name}/graphql" for name in ("profile", "dagster", "ops", "flag")),
        ]

    def test_credentials_of_lower_levels_do_not_travel(
        self, home: Path, web: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config(home, f"current: p\nprofiles: {{p: {{url: '{web.url}', headers: {{X-Low: {TOKEN}}}}}}}")
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN)
        monkeypatch.setenv("OPS_HEADERS", json.dumps({"X-Mid": MARKER}))
        monkeypatch.setenv("DAGSTER_CLOUD_API_TOKEN", TOKEN)
        assert get(f"--url {web.url} --header 'X-High: {MARKER}'").exit_code == 0
        sent = web.requests[0].headers
        assert sent["x-high"] == MARKER
        assert not {"x-mid", "x-low", HEADER} & set(sent)

    def test_credentials_of_higher_levels_do(self, home: Path, web: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
        low, mid, high = (f"{MARKER}-{level}" for level in ("low", "mid", "high"))
        headers = f"{{X-A: {low}, X-B: {low}, X-C: {low}}}"
        config(home, f"current: p\nprofiles: {{p: {{url: '{web.url}', headers: {headers}}}}}")
        monkeypatch.setenv("OPS_HEADERS", json.dumps({"x-b": mid, "x-c": mid}))
        assert get(f"--header 'X-C: {high}'").exit_code == 0
        sent = web.requests[0].headers
        assert (sent["x-a"], sent["x-b"], sent["x-c"]) == (low, mid, high)

    def test_dagster_cloud_token_with_a_url_of_its_level(self, web: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPS_URL", web.url)
        monkeypatch.setenv("DAGSTER_CLOUD_API_TOKEN", TOKEN)
        assert get().exit_code == 0
        assert web.requests[0].headers[HEADER] == TOKEN
        # Together with an organization it belongs to that one.
        monkeypatch.setenv("DAGSTER_CLOUD_ORGANIZATION", "hooli")
        assert get().exit_code == 0
        assert HEADER not in web.requests[1].headers

    def test_login_in_the_url(self, web: Stub) -> None:
        host = web.url.removeprefix("http://")
        outcome = get(f"--url http://me:{MARKER}@{host} --view-graphql")
        assert outcome.exit_code == 0
        assert web.requests[0].headers["authorization"] == f"Basic {base64.b64encode(f'me:{MARKER}'.encode()).decode()}"

    def test_a_user_without_a_password_may_be_a_token(self) -> None:
        for login, shown in ((f"me:{MARKER}", "me:***"), (MARKER, "***")):
            items = json.loads(invoke(f"ops config show --url http://{login}@localhost:1 --json").stdout)["items"]
            assert {"name": "login", "value": shown, "source": "--url"} in items

    def test_what_a_server_makes_of_the_login_is_masked_too(self) -> None:
        settings = load({}, url=f"http://me:{MARKER}%2F@localhost:1")
        for form in (f"{MARKER}/", f"{MARKER}%2F", base64.b64encode(f"me:{MARKER}/".encode()).decode()):
            assert settings.mask(f"bad {form}") == "bad ***"

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
        self, web: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAGSTER_CLOUD_URL", f"{web.url}/prod")
        monkeypatch.setenv("DAGSTER_CLOUD_ORGANIZATION", "hooli")
        monkeypatch.setenv("DAGSTER_CLOUD_API_TOKEN", TOKEN)
        assert get().exit_code == 0
        sent = web.requests[0]
        assert sent.path == "/prod/graphql"
        assert sent.headers[HEADER] == TOKEN
        assert sent.headers["dagster-cloud-scope"] == "deployment"
        assert "authorization" not in sent.headers

    def test_flags(self, web: Stub) -> None:
        outcome = get(f"--url {web.url}/prod -o hooli -d prod --api-token {TOKEN}")
        assert outcome.exit_code == 0
        assert web.requests[0].path == "/prod/graphql"
        assert web.requests[0].headers[HEADER] == TOKEN

    def test_dg_toml_with_a_url(self, home: Path, web: Stub) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url=web.url)
        assert get().exit_code == 0
        sent = web.requests[0]
        assert sent.path == "/hooli/graphql"
        assert sent.headers[HEADER] == TOKEN
        assert sent.headers["dagster-cloud-organization"] == "hooli"
        assert sent.headers["dagster-cloud-deployment"] == "prod"

    def test_dg_toml_of_another_region_shows_the_organizations_own_page(self, home: Path) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url="https://eu.dagster.cloud")
        settings = load({"HOME": str(home)})
        assert settings.graphql_url == "https://eu.dagster.cloud/hooli/graphql"
        assert settings.url == "https://hooli.eu.dagster.cloud/prod"

    def test_dagster_clouds_own_file(self, home: Path, web: Stub) -> None:
        dagster_cloud(
            home,
            organization="hooli",
            default_deployment="prod",
            user_token=TOKEN,
            url=f"{web.url}/x",
            agent_timeout="60",
        )
        assert get().exit_code == 0
        assert web.requests[0].path == "/x/graphql"

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

    def test_an_address_of_ones_own_is_lent_no_token(self, home: Path, web: Stub) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url="https://eu.dagster.cloud")
        environ = {"HOME": str(home), "DAGSTER_CLOUD_ORGANIZATION": "hooli", "DAGSTER_CLOUD_URL": f"{web.url}/prod"}
        with pytest.raises(UnauthorizedError, match="there is no token for it"):
            load(environ)

    def test_a_token_goes_to_no_address_of_a_lower_level(self, home: Path) -> None:
        dg(home, organization="hooli", default_deployment="prod", user_token=TOKEN, url="https://eu.dagster.cloud")
        environ = {"HOME": str(home), "DAGSTER_CLOUD_ORGANIZATION": "hooli"}
        assert load(environ).graphql_url == "https://eu.dagster.cloud/hooli/graphql"
        environ["DAGSTER_CLOUD_API_TOKEN"] = MARKER
        for more in ({}, {"DAGSTER_CLOUD_DEPLOYMENT": "prod"}):
            settings = load({**environ, **more})
            assert (settings.headers["Dagster-Cloud-Api-Token"], settings.url) == (
                MARKER,
                "https://hooli.dagster.cloud/prod",
            )

    def test_a_token_and_an_address_are_lent_by_one_level(self, home: Path) -> None:
        path = config(home, f"current: p\nprofiles: {{p: {{organization: hooli, api_token: '{TOKEN}'}}}}")
        dg(home, organization="hooli", default_deployment="prod", url="https://eu.dagster.cloud")
        environ = {"HOME": str(home), "DAGSTER_CLOUD_ORGANIZATION": "hooli"}
        assert load(environ, config_path=path).url == "https://hooli.dagster.cloud/prod"

    def test_who_names_all_of_a_target_needs_no_file(self, home: Path) -> None:
        path = config(home, "current: gone")
        write(home / ".config/dg.toml", "nonsense")
        plus = {"organization": "hooli", "deployment": "prod", "api_token": TOKEN}
        assert load({"HOME": str(home), "OPS_PROFILE": "gone"}, config_path=path, **plus).source == "--organization"
        variables = {f"DAGSTER_CLOUD_{name.upper()}": value for name, value in plus.items()}
        environ = {"HOME": str(home), **variables}
        assert load(environ, config_path=path).source == "DAGSTER_CLOUD_ORGANIZATION"

    def test_a_whole_address_of_the_organization_does_not_stand_in_the_way(self, home: Path) -> None:
        dagster_cloud(home, organization="hooli", user_token=TOKEN, url="https://hooli.dagster.cloud/staging")
        assert load({"HOME": str(home)}).url == "https://hooli.dagster.cloud/staging"
        settings = load({"HOME": str(home)}, organization="hooli", deployment="prod")
        assert settings.url == "https://hooli.dagster.cloud/prod"

    def test_a_profile_completes_an_organization_in_spite_of_a_url(self, home: Path) -> None:
        path = config(home, f"profiles: {{p: {{organization: hooli, deployment: prod, api_token: '{TOKEN}'}}}}")
        environ = {"HOME": str(home), "OPS_URL": "http://localhost:1", "OPS_PROFILE": "p"}
        assert load(environ, config_path=path).url == "http://localhost:1"
        settings = load(environ, config_path=path, organization="hooli")
        assert settings.url == "https://hooli.dagster.cloud/prod"

    @pytest.mark.parametrize("empty", ["", "  "])
    def test_an_empty_token_is_none(self, home: Path, empty: str) -> None:
        plus = "organization: hooli, deployment: prod"
        path = config(home, f"profiles: {{p: {{{plus}, api_token: '{empty}'}}}}")
        with pytest.raises(InvalidRequestError, match="profile p: the API token is empty"):
            load({"HOME": str(home)}, config_path=path, profile="p")
        with pytest.raises(InvalidRequestError, match="--api-token: the API token is empty"):
            load({"HOME": str(home)}, organization="hooli", deployment="prod", api_token=empty)

    def test_a_deployment_that_would_be_ignored_is_refused(self, home: Path) -> None:
        for environ in (
            {"DAGSTER_CLOUD_URL": "https://hooli.dagster.cloud/prod", "DAGSTER_CLOUD_API_TOKEN": TOKEN},
            {"OPS_URL": "https://dagster.example.com"},
        ):
            with pytest.raises(InvalidRequestError, match="--deployment can't be combined with"):
                load({"HOME": str(home), **environ}, deployment="staging")

    def test_half_a_file_is_no_reason_to_ask_this_machine(self, home: Path) -> None:
        dg(home, user_token=TOKEN)
        with pytest.raises(InvalidRequestError, match=r"dg.toml holds settings of Dagster\+, but no organization"):
            load({"HOME": str(home)})
        assert load({"HOME": str(home), "OPS_URL": "http://localhost:1"}).source == "OPS_URL"
        dagster_cloud(home, organization="hooli", default_deployment="prod", user_token=TOKEN)
        assert load({"HOME": str(home)}).url == "https://hooli.dagster.cloud/prod"

    def test_commands_say_that_there_is_no_token_and_so_do_those_that_need_none(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAGSTER_CLOUD_ORGANIZATION", "hooli")
        monkeypatch.setenv("DAGSTER_CLOUD_DEPLOYMENT", "prod")
        outcome = get("--json")
        assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (4, "UNAUTHORIZED")
        assert invoke("ops nonsense").exit_code == 2

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
