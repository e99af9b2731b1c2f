"""The sources of settings: command line, environment, profiles and the files of Dagster's own tools."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError
from dagster_ops_cli.settings.values import check_headers, expand_home, parse_header_json, parse_header_lines

if TYPE_CHECKING:
    from dagster_ops_cli.settings.profiles import ProfileFile

# The variables that name a webserver, the stronger one first.
_URL_VARIABLES = ("OPS_URL", "DAGSTER_URL")
_CLOUD_VARIABLES = {
    "organization": "DAGSTER_CLOUD_ORGANIZATION",
    "deployment": "DAGSTER_CLOUD_DEPLOYMENT",
    "api_token": "DAGSTER_CLOUD_API_TOKEN",
    "cloud_url": "DAGSTER_CLOUD_URL",
}
_OWN_VARIABLES = {
    "timeout": "OPS_TIMEOUT",
    "header_command": "OPS_HEADER_COMMAND",
    "ca_bundle": "OPS_CA_BUNDLE",
    "client_cert": "OPS_CLIENT_CERT",
    "client_key": "OPS_CLIENT_KEY",
}


@dataclass(frozen=True)
class Found:
    """A value, and the name of its source for messages: ``--url``, ``OPS_URL``, ``profile staging``."""

    value: Any = field(repr=False)
    source: str


ReadProfiles = Callable[[], "ProfileFile"]
"""Reads the configuration file. It is called only if the command line and the environment name no target."""

Unit = Mapping[str, Found]
"""Values from one place, with at most one address: ``url`` is that of the UI, ``cloud_url`` the part before
``/graphql`` (as in dagster-cloud), ``region_url`` the part before ``/<organization>/graphql`` (as in dg). ``headers``
maps names to Found; all other values are texts, or already parsed by the command line."""


def _found_headers(headers: Mapping[str, str], source: str) -> Found:
    return Found({name: Found(value, source) for name, value in headers.items()}, source)


@dataclass(frozen=True)
class Source:
    """One source in the order of precedence: its values, and the targets it names, the stronger one first.

    ``plus`` holds values that complete only a target in Dagster+.
    """

    values: Unit = field(default_factory=dict)
    targets: tuple[Unit, ...] = ()
    plus: Unit = field(default_factory=dict)


def from_flags(flags: Mapping[str, Any], environ: Mapping[str, str], read: ReadProfiles) -> Source:
    """Return the settings of the command line."""
    given = {key: Found(value, _flag(key)) for key, value in flags.items() if value not in (None, (), False)}
    profile = given.pop("profile", None)
    if "headers" in given:
        given["headers"] = _found_headers(parse_header_lines(given["headers"].value), "--header")
    if profile:
        if clash := next((key for key in ("url", "organization") if key in given), None):
            raise InvalidRequestError(f"--profile and {_flag(clash)} can't be combined: each names a target")
        return Source(given, (from_profile(profile.value, read(), "--profile", environ),))
    return Source(given, (given,) if "url" in given or "organization" in given else ())


def _flag(key: str) -> str:
    return "--header" if key == "headers" else "--" + key.replace("_", "-")


def from_environment(environ: Mapping[str, str], read: ReadProfiles, flags: Source) -> Source:
    """Return the settings of the environment. An empty URL is an error; any other empty variable counts as unset.

    OPS_PROFILE is read only if no stronger source names a target, or if that of ``flags`` is incomplete.
    """
    own = {key: Found(environ[name], name) for key, name in _OWN_VARIABLES.items() if environ.get(name)}
    if environ.get("OPS_HEADERS"):
        own["headers"] = _found_headers(parse_header_json(environ["OPS_HEADERS"]), "OPS_HEADERS")
    cloud = {key: Found(environ[name], name) for key, name in _CLOUD_VARIABLES.items() if environ.get(name)}
    targets: list[Unit] = [{"url": Found(environ[name], name)} for name in _URL_VARIABLES if name in environ]
    named = flags.targets[0] if flags.targets else None
    is_complete = named and ({"url", "profile"} & set(named) or {"api_token", "deployment"} <= set(named))
    if environ.get("OPS_PROFILE") and not (is_complete if named else targets):
        targets.append(from_profile(environ["OPS_PROFILE"], read(), "OPS_PROFILE", environ))
    if "organization" in cloud or "cloud_url" in cloud:
        # The variables of Dagster+ name one target together, and complete no other.
        return Source(own, (*targets, cloud))
    if "api_token" in cloud:
        targets = [{**unit, "api_token": cloud["api_token"]} if "url" in unit else unit for unit in targets]
    return Source(own, tuple(targets), cloud)


def from_profile(name: str, file: "ProfileFile", source: str, environ: Mapping[str, str]) -> Unit:
    """Return the settings of a profile. Raises InvalidRequestError if it does not exist or names no target."""
    profile = dict(file.get(name, source))
    where = f"profile {name}"
    variable = profile.pop("api_token_env", None)
    unit = {key: Found(value, where) for key, value in profile.items()}
    if "headers" in unit:
        unit["headers"] = _found_headers(check_headers(dict(unit["headers"].value), where), where)
    if variable and environ.get(variable):
        unit["api_token"] = Found(environ[variable], f"{variable}, named by {where}")
    elif variable:
        # Not every profile needs a token. If this one does, the error message names the variable.
        unit["api_token_env"] = Found(variable, where)
    if not ({"url", "organization"} & set(unit)):
        raise InvalidRequestError(f"{where} has neither url nor organization")
    return {**unit, "profile": Found(name, source)}


def from_dagster_tools(environ: Mapping[str, str]) -> Iterator[Unit]:
    """Yield the settings in the files of `dg` and `dagster-cloud`, for each file that has any."""
    from dagster_ops_cli.settings.profiles import read_yaml

    home = environ.get("HOME") or expand_home("~")
    given = environ.get("DG_CLI_CONFIG")
    dg = Path(given) if given else Path(environ.get("XDG_CONFIG_HOME") or Path(home, ".config"), "dg.toml")
    cloud = Path(environ.get("DAGSTER_CLOUD_CLI_CONFIG") or Path(home, ".dagster_cloud_cli", "config"))
    yield from _from_plus(_read_dg(dg), str(dg), "region_url")
    yield from _from_plus(read_yaml(cloud)[0] or {}, str(cloud), "cloud_url")


def _from_plus(content: Mapping[str, Any], source: str, address: str) -> Iterator[Unit]:
    names = {
        "organization": "organization",
        "deployment": "default_deployment",
        "api_token": "user_token",
        address: "url",
    }
    unit = {key: Found(str(content[name]), source) for key, name in names.items() if content.get(name)}
    if unit:
        yield unit


def _read_dg(path: Path) -> Mapping[str, Any]:
    from dagster_ops_cli.settings.profiles import read_text

    text, _ = read_text(path)
    if not text:
        return {}
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise InvalidContentError(f"{path} is not valid TOML") from None
    for key in ("cli", "plus"):
        content = content.get(key, {}) if isinstance(content, dict) else {}
    return content if isinstance(content, dict) else {}
