"""Settings: their precedence, and clear errors for invalid ones."""

import json

import pytest

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.settings import load_settings
from dagster_ops_cli_tests.secret_scan import MARKER, has_secret

AUTH = {"OPS_HEADERS": json.dumps({"Authorization": f"Bearer {MARKER}"})}


def test_default() -> None:
    settings = load_settings({})
    assert (settings.url, settings.timeout, dict(settings.headers)) == ("http://localhost:3000", 60.0, {})


@pytest.mark.parametrize(
    ("environ", "flag", "url"),
    [
        ({"DAGSTER_URL": "http://b"}, None, "http://b"),
        ({"OPS_URL": "http://a", "DAGSTER_URL": "http://b"}, None, "http://a"),
        ({"OPS_URL": "http://a"}, "http://c", "http://c"),
    ],
)
def test_the_highest_level_decides(environ: dict[str, str], flag: str | None, url: str) -> None:
    assert load_settings(environ, url=flag).url == url


def test_credentials_of_a_lower_level_do_not_travel() -> None:
    assert load_settings(AUTH, url="http://elsewhere").headers == {}


def test_credentials_of_the_same_or_a_higher_level_do() -> None:
    assert load_settings(AUTH).headers == {"Authorization": f"Bearer {MARKER}"}
    assert load_settings({**AUTH, "OPS_URL": "http://a"}).headers == {"Authorization": f"Bearer {MARKER}"}
    assert load_settings({"OPS_URL": "http://a"}, headers=[f"X-A: b: {MARKER}"]).headers == {"X-A": f"b: {MARKER}"}


def test_a_header_of_the_command_line_replaces_that_of_the_environment() -> None:
    settings = load_settings(AUTH, headers=[f"authorization: Basic {MARKER}"])
    assert settings.headers == {"authorization": f"Basic {MARKER}"}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://localhost:3000/graphql", "http://localhost:3000"),
        ("https://example.com/dagster/prod/graphql/", "https://example.com/dagster/prod"),
        ("http://[::1]:3000/x", "http://[::1]:3000/x"),
        (f"http://me:{MARKER}@example.com/?a=b#c", "http://example.com"),
    ],
)
def test_url_forms(text: str, url: str) -> None:
    settings = load_settings({}, url=text)
    assert settings.url == url
    assert settings.graphql_url == f"{url}/graphql"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", None),
        ("localhost:3000", "http://localhost:3000"),
        ("dagster.example.com/prod", "http://dagster.example.com/prod"),
        ("ftp://example.com", None),
        ("http://", None),
        ("http://example.com:port", None),
        ("http://exa mple.com", None),
        ("http://[::1", None),
    ],
)
def test_no_url(text: str, hint: str | None) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        load_settings({"OPS_URL": text})
    assert "OPS_URL" in raised.value.message
    assert raised.value.exit_code == 2
    if hint:
        assert hint in str(raised.value.hint)


@pytest.mark.parametrize("line", ["Authorization", ": empty", "a b: c", "X: new\nline", "X: é"])
def test_no_header(line: str) -> None:
    with pytest.raises(InvalidRequestError, match="--header"):
        load_settings({}, headers=[line])


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"a": 1}', '{"a b": "c"}'])
def test_no_headers_in_the_environment(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="OPS_HEADERS") as raised:
        load_settings({"OPS_HEADERS": text})
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259200), ("1h30m", 5400), ("0.5", 0.5), ("2H", 7200)],
)
def test_timeout(text: str, seconds: float) -> None:
    assert load_settings({"OPS_TIMEOUT": text}).timeout == seconds


@pytest.mark.parametrize("text", ["0", "-1", "soon", "1x", "s", "1m1h", "nan", "inf", "٣s", "1" * 400])
def test_no_timeout(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="OPS_TIMEOUT"):
        load_settings({"OPS_TIMEOUT": text})


def test_secrets_are_masked_in_every_form() -> None:
    settings = load_settings({}, url=f"http://me:p%40{MARKER}@a", headers=[f'Authorization: Bearer "{MARKER}"'])
    value = f'Bearer "{MARKER}"'
    for text in (value, json.dumps(value), f'"{MARKER}"', f"p@{MARKER}"):
        assert not has_secret(settings.mask(text))
    assert not has_secret(repr(settings))


@pytest.mark.parametrize(
    "line",
    [
        *(f"{name}: hunter42" for name in ("Authorization", "proxy-authorization", "Cookie", "X-Auth-Token")),
        *(
            f"{name}: hunter42"
            for name in ("X-Api-Key", "X_API_KEY", "CF-Access-Client-Secret", "X-Password", "X-Goog-IAP-JWT")
        ),
        "X-Other: Bearer hunter42",
    ],
)
def test_a_header_that_holds_a_secret(line: str) -> None:
    settings = load_settings({}, headers=[line])
    assert settings.mask("hunter42, 'hunter42'; %22hunter42") == "***, '***'; %22***"
    assert settings.mask(r"\nhunter42\n") == r"\n***\n"


def test_a_value_that_can_only_be_a_secret() -> None:
    value = "4d1f5a9be0c3274861aa"
    assert load_settings({}, headers=[f"X-Other: {value}"]).mask(f"x{value}y") == "x***y"


@pytest.mark.parametrize(
    "line",
    ["X-Env: prod", "X-A: error", "X-Team: air-quality", "X-Env: production-eu-west-1", "Accept: */*", "X: token"],
)
def test_a_header_that_holds_no_secret(line: str) -> None:
    assert load_settings({}, headers=[line]).secrets == []


def test_a_short_secret_is_masked_as_a_whole_word_only() -> None:
    settings = load_settings({}, headers=["X-Token: prod", "Cookie: a=b; session=hunter42"])
    assert settings.mask("production_sync prod_sync prod 'prod'") == "production_sync prod_sync *** '***'"
    assert settings.mask("a b session hunter42") == "a b session ***"


def test_masking_keeps_the_shape_of_json() -> None:
    settings = load_settings({}, headers=["X-Token: error", "X-Key: true", "X-Secret: 1234"])
    data = {"error": "the error", "more": [True, 1234, None, {"true": "true 1234"}]}
    assert settings.mask_values(data) == {"error": "the ***", "more": [True, 1234, None, {"true": "*** ***"}]}
