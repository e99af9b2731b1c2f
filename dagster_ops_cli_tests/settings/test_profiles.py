"""Profiles: our own configuration file, and the commands that keep it."""

import json
import os
from pathlib import Path

import pytest

from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError, UnauthorizedError
from dagster_ops_cli.settings.profiles import ProfileFile
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.scripted_server import Stub
from dagster_ops_cli_tests.secret_scan import MARKER
from dagster_ops_cli_tests.targets import TOKEN, config, get, load, write


class TestProfiles:
    def test_chosen_by_flag_by_variable_and_as_current(
        self, home: Path, web: Stub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {name: {"url": f"{web.url}/{name}"} for name in ("a", "b", "c")}
        config(home, json.dumps({"current": "a", "profiles": names}))
        assert get().exit_code == 0
        monkeypatch.setenv("OPS_PROFILE", "b")
        assert get().exit_code == 0
        monkeypatch.setenv("OPS_URL", f"{web.url}/variable")
        assert get().exit_code == 0
        assert get("--profile c").exit_code == 0
        assert [request.path for request in web.requests] == [
            f"/{name}/graphql" for name in ("a", "b", "variable", "c")
        ]

    def test_the_token_stays_in_a_variable(self, home: Path) -> None:
        path = config(home, "profiles: {plus: {organization: hooli, deployment: prod, api_token_env: MY_TOKEN}}")
        settings = load({"MY_TOKEN": TOKEN}, config_path=path, profile="plus")
        assert settings.headers["Dagster-Cloud-Api-Token"] == TOKEN

    def test_a_variable_for_the_token_that_is_not_set_is_named(self, home: Path) -> None:
        path = config(home, "profiles: {plus: {organization: hooli, deployment: prod, api_token_env: MY_TOKEN}}")
        with pytest.raises(UnauthorizedError, match="but the variable MY_TOKEN with its token is not set"):
            load({}, config_path=path, profile="plus")
        settings = load({}, config_path=path, profile="plus", api_token=TOKEN)
        assert settings.headers["Dagster-Cloud-Api-Token"] == TOKEN

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("profiles: {p: {uri: x}}", "unknown key 'uri'"),
            ("profile: {}", "unknown key 'profile'"),
            ("profiles: [p]", "must have the keys current and profiles"),
            ("profiles: {p: [x]}", "not a mapping"),
            ("profiles: {p: {headers: x}}", "mapping of texts"),
            (f"profiles: {{p: {{url: [{MARKER}]}}}}", "url must be a text"),
            (f"{{{MARKER}", "not valid YAML"),
            (f"a: b: {MARKER}", "line 1"),
            ("[" * 3000, "not valid YAML"),
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

    def test_a_wrong_file_does_not_disturb_who_names_a_target(self, home: Path, web: Stub) -> None:
        config(home, "{broken")
        assert get(f"--url {web.url}").exit_code == 0

    def test_a_file_that_others_can_read(self, home: Path, web: Stub) -> None:
        config(home, f"current: p\nprofiles: {{p: {{url: '{web.url}'}}}}").chmod(0o644)
        outcome = get("--quiet")
        assert outcome.exit_code == 0
        assert "is readable by others (mode 644)" in outcome.stderr

    def test_a_file_that_is_no_text(self, home: Path) -> None:
        path = home / "dg.toml"
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(InvalidContentError, match="UTF-8"):
            load({"HOME": str(home), "DG_CLI_CONFIG": str(path)})

    def test_a_profile_that_is_not_needed_may_be_missing(self, monkeypatch: pytest.MonkeyPatch, web: Stub) -> None:
        monkeypatch.setenv("OPS_PROFILE", "gone")
        assert get().exit_code == 2
        assert get(f"--url {web.url}").exit_code == 0
        monkeypatch.setenv("OPS_URL", web.url)
        assert get().exit_code == 0

    @pytest.mark.parametrize("nothing", ["null", "~", "''", ""])
    def test_nothing_is_current(self, home: Path, nothing: str) -> None:
        path = config(home, f"current: {nothing}\nprofiles: {{p: {{url: 'http://localhost:1'}}}}")
        assert load({"HOME": str(home)}, config_path=path).source == "default"


class TestConfig:
    def test_a_profile_from_its_making_to_its_end(self, home: Path, web: Stub) -> None:
        path = home / ".config/ops/config.yaml"
        assert invoke("ops config path").stdout == f"{path}\n"
        assert invoke("ops config list").stdout.startswith(f"No profiles in {path}\n")
        made = invoke(f"ops config set first --url {web.url}/first --header 'X-A: {TOKEN}' --timeout 1m30s")
        assert (made.exit_code, made.stdout) == (0, "")
        assert path.stat().st_mode & 0o777 == 0o600
        assert invoke("ops config set plus -o hooli -d prod --api-token-env MY_TOKEN --insecure").exit_code == 0
        assert invoke("ops config list").stdout == (
            f"CURRENT  NAME   TARGET\n*        first  {web.url}/first\n         plus   hooli/prod\n"
        )
        assert get().exit_code == 0
        assert (web.requests[0].path, web.requests[0].headers["x-a"]) == ("/first/graphql", TOKEN)
        assert invoke("ops config use plus").exit_code == 0
        assert json.loads(invoke("ops config list --json").stdout)["items"][1] == {
            "name": "plus",
            "current": True,
            "target": "hooli/prod",
        }
        assert invoke(f"ops config set plus --url {web.url} --unset organization --unset insecure").exit_code == 0
        assert get().exit_code == 0
        assert invoke("ops config remove first").exit_code == 2
        planned = invoke("ops config remove first --dry-run")
        assert (planned.exit_code, "Would remove profile first" in planned.stderr) == (0, True)
        assert invoke("ops config remove first --yes").exit_code == 0
        assert json.loads(invoke("ops config list --json").stdout)["count"] == 1
        assert path.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in path.parent.iterdir()] == ["config.yaml"]

    def test_the_current_profile_can_be_removed(self, home: Path) -> None:
        config(home, "current: b\nprofiles: {a: {url: 'http://localhost:1'}, b: {url: 'http://localhost:2'}}")
        assert invoke("ops config remove b --yes").exit_code == 0
        assert json.loads(invoke("ops config show --json").stdout)["items"][0]["source"] == "default"
        assert "current" not in (home / ".config/ops/config.yaml").read_text()

    def test_removing_asks_on_a_terminal(self, home: Path) -> None:
        config(home, "profiles: {a: {url: 'http://localhost:1'}}")
        for answer, exit_code, told in (("n", 1, "Nothing changed."), ("y", 0, "Removed profile a.")):
            with Terminal("ops config remove a") as terminal:
                terminal.read_until("Remove profile a")
                terminal.type(f"{answer}\n")
                assert terminal.wait() == exit_code
            assert told in terminal.screen
            assert len(json.loads(invoke("ops config list --json").stdout)["items"]) == exit_code

    def test_a_link_stays_one(self, home: Path) -> None:
        path = home / ".config/ops/config.yaml"
        kept = write(home / "dotfiles/ops.yaml", "profiles: {}")
        path.parent.mkdir(parents=True)
        path.symlink_to(kept)
        assert invoke("ops config set p --url http://localhost:1").exit_code == 0
        assert path.is_symlink()
        assert "localhost:1" in kept.read_text()

    def test_what_is_no_file_is_left_alone(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPS_CONFIG", str(home / "pipe"))
        os.mkfifo(home / "pipe")
        with pytest.raises(InvalidRequestError, match="is not a file"):
            ProfileFile(home / "pipe").with_profile("p", {"url": "http://localhost:1"}).write()
        assert (home / "pipe").is_fifo()

    def test_show_tells_which_header_is_from_where(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPS_HEADERS", json.dumps({"X-A": MARKER, "X-B": MARKER}))
        monkeypatch.setenv("OPS_URL", "http://localhost:1")
        items = json.loads(invoke(f"ops config show --header 'x-b: {MARKER}' --json").stdout)["items"]
        found = {each["name"]: each["source"] for each in items}
        assert (found["header X-A"], found["header x-b"]) == ("OPS_HEADERS", "--header")

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
        "command",
        [
            "use nope",
            "remove nope --yes",
            "set p --timeout 5s",
            "set p --url nonsense:1",
            "set '' --url http://localhost:1",
        ],
    )
    def test_what_cannot_be(self, home: Path, command: str) -> None:
        config(home, "profiles: {q: {url: 'http://localhost:1'}}")
        assert invoke(f"ops config {command}").exit_code == 2

    def test_a_file_that_cannot_be_written(self, home: Path) -> None:
        (home / ".config").write_text("in the way")
        outcome = invoke("ops config set p --url http://localhost:1")
        assert outcome.exit_code == 1
        assert "can't write" in outcome.stderr
