"""A configuration is shown without its secrets."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dagster_ops_cli.scripts.masked import masked_config
from dagster_ops_cli.settings.target import is_secret

NAMES = ("password", "DB_PASSWORD", "token", "api_token", "apiKey", "API_KEY", "secret", "client-secret", "private_key")
OTHERS = ("job_name", "asset_keys", "asset_key", "partition_key", "primary_key", "name", "tokenizer", "values")


def masked(config: object) -> tuple[object, list[str]]:
    text, secrets = masked_config({"run_config": config}, lambda name: is_secret(name, ""))
    return yaml.safe_load(text)["run_config"], secrets


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["opensesame", 1234567, ["opensesame"], {"plain": "opensesame"}])
def test_values_of_secret_names_are_masked(name: str, value: object) -> None:
    shown, secrets = masked({"ops": [{name: value}]})
    assert "opensesame" not in str(shown)
    assert "1234567" not in str(shown)
    assert secrets in (["opensesame"], ["1234567"])


@pytest.mark.parametrize("name", OTHERS)
def test_other_values_are_shown(name: str) -> None:
    assert masked({name: "daily"}) == ({name: "daily"}, [])


def test_booleans_and_nothing_are_no_secrets() -> None:
    assert masked({"password": None, "auth": True}) == ({"password": None, "auth": True}, [])


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        ({"name": "DB_PASSWORD", "value": "opensesame"}, {"name": "DB_PASSWORD", "value": "***"}),
        ({"name": "REGION", "value": "west"}, {"name": "REGION", "value": "west"}),
        (["DB_PASSWORD=opensesame", "REGION=west"], ["DB_PASSWORD=***", "REGION=west"]),
        ("postgresql://ops:opensesame@db/x", "postgresql://ops:***@db/x"),
        ("postgresql://ops:open@sesame@db/x,http://db:1/", "postgresql://ops:***@db/x,http://db:1/"),
        ('{"env": [{"name": "A_TOKEN", "value": "opensesame"}]}', '{"env": [{"name": "A_TOKEN", "value": "***"}]}'),
        ("{not json", "{not json"),
    ],
)
def test_other_forms_of_secrets_are_masked(config: object, shown: object) -> None:
    assert masked(config)[0] == shown


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("open\"sesame\\'", json.dumps({"password": "open\"sesame\\'"})),
        ("open\"sesame\\'", repr("open\"sesame\\'")),
        ("BEGIN KEY\n  sesame\nEND KEY\n", "1: sesame"),
        ("BEGIN KEY\nsesame\nEND KEY\n", repr("BEGIN KEY\nsesame\nEND KEY\n")),
        ("Bearer sesame", "401 for sesame"),
    ],
)
def test_what_messages_show_of_a_secret_is_known(secret: str, said: str) -> None:
    for each in masked({"password": secret})[1]:
        said = said.replace(each, "***")
    assert "sesame" not in said
    assert "***" in said


def test_text_is_read_as_yaml_and_comments_are_left_out() -> None:
    text, secrets = masked_config("a: 1 # opensesame\npassword: opensesame\n", lambda name: is_secret(name, ""))
    assert (text, secrets) == ("a: 1\npassword: '***'\n", ["opensesame"])


def test_text_that_is_no_yaml_is_masked_as_a_whole() -> None:
    assert masked_config("{password: [", lambda name: is_secret(name, "")) == ("***", [])


VALUES = st.recursive(
    st.text(max_size=10) | st.integers() | st.none(),
    lambda each: st.lists(each) | st.dictionaries(st.text(max_size=5), each),
    max_leaves=8,
)


@given(st.sampled_from(NAMES), VALUES)
def test_nothing_of_a_secret_value_is_shown(name: str, value: object) -> None:
    shown, _ = masked({name: value})
    assert isinstance(shown, dict)

    def leaves(part: object) -> list[object]:
        if isinstance(part, dict):
            return [leaf for each in part.values() for leaf in leaves(each)]
        return [leaf for each in part for leaf in leaves(each)] if isinstance(part, list) else [part]

    assert set(map(str, leaves(shown[name]))) <= {"***", "None"}
