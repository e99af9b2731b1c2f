"""From all sources of settings to the effective ones, by precedence."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from dagster_ops_cli.errors import InvalidRequestError, UnauthorizedError
from dagster_ops_cli.settings.sources import (
    Found,
    ReadProfiles,
    Source,
    Unit,
    from_dagster_tools,
    from_environment,
    from_flags,
    from_profile,
)
from dagster_ops_cli.settings.target import (
    DEFAULT_CONFIRM_ABOVE,
    DEFAULT_SOURCE,
    DEFAULT_TIMEOUT,
    DEFAULT_URL,
    Setting,
    Settings,
)
from dagster_ops_cli.settings.values import (
    check_headers,
    expand_home,
    parse_deployment,
    parse_organization,
    parse_switch,
    parse_timeout,
    parse_url,
    parse_whole_number,
)

if TYPE_CHECKING:
    from dagster_ops_cli.settings.header_command import HeaderCommand
    from dagster_ops_cli.settings.profiles import ProfileFile

T = TypeVar("T")

PLUS_DOMAIN = "dagster.cloud"
_TOKEN_HEADER = "Dagster-Cloud-Api-Token"  # noqa: S105 - a header's name
# Headers that can authenticate at Dagster+, or at a proxy in front of it.
_TOKEN_HEADERS = {_TOKEN_HEADER.lower(), "authorization", "cookie"}
_PLUS_KEYS = ("api_token", "deployment")


def config_path(environ: Mapping[str, str]) -> Path:
    """Return the path of the configuration file, whether it exists or not."""
    # In the folder that click.get_app_dir returns. The library does not need Click.
    if path := environ.get("OPS_CONFIG"):
        return Path(path)
    home = expand_home("~")
    if sys.platform == "win32":
        folder = environ.get("APPDATA", home)
    elif sys.platform == "darwin":
        folder = f"{home}/Library/Application Support"
    else:
        folder = environ.get("XDG_CONFIG_HOME", f"{home}/.config")
    return Path(folder, "ops", "config.yaml")


def load_settings(
    environ: Mapping[str, str],
    url: str | None = None,
    headers: Sequence[str] = (),
    timeout: float | None = None,
    config_path: Path | None = None,
    **flags: Any,
) -> Settings:
    """Return the effective settings from all sources.

    ``headers`` are ``Name: value`` lines, ``timeout`` is in seconds, ``config_path`` is the path of the configuration
    file, which need not exist; ``flags`` are the other connection options by name. Raises InvalidRequestError, which
    names the wrong option, variable or file, but no secret; UnauthorizedError for a Dagster+ without a token.
    """
    read = cache(partial(_read_profiles, config_path))
    given = {"url": url, "headers": tuple(headers), "timeout": timeout, **flags}
    by_flags = from_flags(given, environ, read)
    by_environment = from_environment(environ, read, by_flags)
    sources = [by_flags, by_environment]
    target = next((rank for rank, source in enumerate(sources) if source.targets), None)
    if target is not None:
        unit = _completed(sources[target].targets[0], sources[: target + 1])
    else:
        unit = _completed(_weaker_target(_weaker_units(environ, read)), sources)
    unit = _from_same_organization(unit, sources, lambda: _weaker_units(environ, read))
    for key in ("timeout", "ca_bundle"):
        # These are no credentials, so they apply to any target.
        unit = {key: by_environment.values[key], **unit} if key in by_environment.values else unit
    return _build(unit, read().warnings if "profile" in unit else ())


def _read_profiles(path: Path | None) -> "ProfileFile":
    from dagster_ops_cli.settings.profiles import read_profiles

    return read_profiles(path)


def _weaker_units(environ: Mapping[str, str], read: ReadProfiles) -> Iterator[Unit]:
    """Yield the targets that are weaker than the environment: the current profile, and those of Dagster's tools."""
    file = read()
    if file.current:
        yield from_profile(file.current, file, "current", environ)
    yield from from_dagster_tools(environ)


def _weaker_target(units: Iterator[Unit]) -> Unit:
    """Return the first that names a target, or the default. Raises InvalidRequestError for an incomplete one."""
    half: Unit | None = None
    for unit in units:
        if {"url", "cloud_url", "organization"} & set(unit):
            return unit
        half = half or unit
    if half:
        raise InvalidRequestError(
            f"{next(iter(half.values())).source} holds settings of Dagster+, but no organization",
            hint="Add the organization, remove the file, or pass --url or OPS_URL.",
        )
    return {"url": Found(DEFAULT_URL, DEFAULT_SOURCE)}


def _completed(target: Unit, stronger: Sequence[Source]) -> Unit:
    unit = dict(target)
    for source in reversed(stronger):
        extra = {**source.plus, **source.values} if _is_plus(target) else dict(source.values)
        extra.pop("url", None)
        if "organization" not in target:
            extra.pop("organization", None)
        mine, theirs = unit.get("headers"), extra.get("headers")
        if mine and theirs and mine is not theirs:
            extra["headers"] = Found(_merged(mine.value, theirs.value), theirs.source)
        unit.update(extra)
    if not _is_plus(unit) and unit["url"].source == DEFAULT_SOURCE:
        _refuse_half_a_target(unit, stronger)
    return unit


def _is_plus(unit: Unit) -> bool:
    return "organization" in unit or "cloud_url" in unit


def _merged(weaker: Mapping[str, T], stronger: Mapping[str, T]) -> dict[str, T]:
    # The case of header names does not matter.
    names = {name.lower() for name in stronger}
    return {name: value for name, value in weaker.items() if name.lower() not in names} | dict(stronger)


def _refuse_half_a_target(unit: Unit, stronger: Sequence[Source]) -> None:
    """Raise InvalidRequestError for a token or deployment without an organization, which localhost would hide."""
    loose = {key: source.plus[key] for source in reversed(stronger) for key in _PLUS_KEYS if key in source.plus}
    loose |= {key: unit[key] for key in _PLUS_KEYS if key in unit}
    if loose:
        raise InvalidRequestError(
            f"{next(iter(loose.values())).source} is set, but no Dagster that it belongs to",
            hint="For Dagster+: --organization or DAGSTER_CLOUD_ORGANIZATION. For any other: --url or OPS_URL.",
        )


def _from_same_organization(unit: Unit, sources: Sequence[Source], weaker: Callable[[], Iterator[Unit]]) -> Unit:
    """Complete a target in Dagster+ from weaker sources that name the same organization.

    A token is taken together with the address from its source, and is never sent to another address.
    """
    completed = dict(unit)
    if "organization" not in unit or {"url", "cloud_url", "region_url"} & set(unit):
        return unit
    candidates = chain((each for source in sources for each in source.targets), weaker())
    while not all(key in completed for key in _PLUS_KEYS):
        each = next(candidates, None)
        if each is None:
            break
        if "url" in each or "organization" not in each or each["organization"].value != unit["organization"].value:
            continue
        if "api_token" in each and "api_token" not in completed:
            # cloud_url is the address of one deployment.
            address = ("region_url",) if "deployment" in completed else ("region_url", "cloud_url")
            completed |= {key: each[key] for key in ("api_token", *address) if key in each}
        if "deployment" in each:
            completed.setdefault("deployment", each["deployment"])
    return completed


def _build(unit: Unit, warnings: tuple[str, ...]) -> Settings:
    address, endpoint, login, headers = _address(unit)
    given = {name: each.value for name, each in unit["headers"].value.items()} if "headers" in unit else {}
    source = next(unit[key].source for key in ("url", "cloud_url", "region_url", "organization") if key in unit)
    timeout = _timeout(unit.get("timeout"))
    command = unit.get("header_command")
    if "client_key" in unit and "client_cert" not in unit:
        raise InvalidRequestError(f"{unit['client_key'].source}: a client key needs --client-cert as well")
    settings = Settings(
        address,
        _merged(headers, given),
        timeout,
        source,
        login,
        endpoint,
        _header_command(command, timeout) if command else None,
        _file(unit.get("ca_bundle")),
        _file(unit.get("client_cert")),
        _file(unit.get("client_key")),
        insecure=_switch(unit.get("insecure")),
        allow_http_token=_switch(unit.get("allow_http_token")),
        shown=tuple(_shown(unit, address, login)),
        profile=unit["profile"].value if "profile" in unit else None,
        confirm_above=_confirm_above(unit.get("confirm_above")),
    )
    if settings.insecure:
        warnings = (*warnings, f"--insecure: the certificate of {urlsplit(address).hostname} is not checked")
    if _is_plus(unit):
        _require_token(settings, unit.get("api_token_env"))
    return replace(settings, warnings=warnings)


def _header_command(found: Found, timeout: float) -> "HeaderCommand":
    from dagster_ops_cli.settings.header_command import HeaderCommand

    return HeaderCommand(found.value, found.source, timeout)


def _address(unit: Unit) -> tuple[str, str | None, tuple[str, str] | None, dict[str, str]]:
    """Return the address of the UI, another address to post to if any, the login, and the headers for Dagster+."""
    headers: dict[str, str] = {}
    if "api_token" in unit:
        token, source = unit["api_token"].value.strip(), unit["api_token"].source
        if not token:
            raise InvalidRequestError(f"{source}: the API token is empty")
        headers = check_headers({_TOKEN_HEADER: token}, source)
    for key in ("url", "cloud_url"):
        if key in unit:
            is_whole = unit[key].source != "--url" or "organization" not in unit
            if "deployment" in unit and unit["deployment"].source == "--deployment" and is_whole:
                raise InvalidRequestError(
                    f"--deployment can't be combined with {unit[key].source}, which is a complete address",
                    hint="Use --organization and --deployment together, or --url alone.",
                )
            address, login = parse_url(unit[key].value, unit[key].source)
            if key == "cloud_url" or "organization" in unit:
                headers["Dagster-Cloud-Scope"] = "deployment"
            return address, None, login, headers
    organization = parse_organization(unit["organization"].value, unit["organization"].source)
    if "deployment" not in unit:
        raise InvalidRequestError(
            f"{unit['organization'].source} names an organization in Dagster+, but there is no deployment",
            hint="Set it in the same place: --deployment, DAGSTER_CLOUD_DEPLOYMENT or deployment in the profile.",
        )
    deployment = parse_deployment(unit["deployment"].value, unit["deployment"].source)
    if "region_url" not in unit:
        headers["Dagster-Cloud-Scope"] = "deployment"
        return f"https://{organization}.{PLUS_DOMAIN}/{deployment}", None, None, headers
    region, login = parse_url(unit["region_url"].value, unit["region_url"].source)
    headers |= {"Dagster-Cloud-Organization": organization, "Dagster-Cloud-Deployment": deployment}
    host = urlsplit(region).hostname or ""
    # In Dagster+ the UI of each organization has its own host.
    plus = host == PLUS_DOMAIN or host.endswith(f".{PLUS_DOMAIN}")
    page = f"https://{organization}.{host}/{deployment}" if plus else f"{region}/{organization}"
    return page, f"{region}/{organization}/graphql", login, headers


def _require_token(settings: Settings, variable: Found | None) -> None:
    names = {name.lower() for name in settings.headers}
    if names & _TOKEN_HEADERS or settings.header_command or settings.login:
        return
    if variable:
        missing = f"the variable {variable.value} with its token is not set"
        raise UnauthorizedError(f"{settings.source} names a Dagster+ organization, but {missing}")
    raise UnauthorizedError(
        f"{settings.source} names a Dagster+ organization, but there is no token for it",
        hint="Pass --api-token, or set DAGSTER_CLOUD_API_TOKEN or a profile's api_token. A token from a lower level "
        "than the organization is not used, because it may belong to another one.",
    )


def _timeout(found: Found | None) -> float:
    if found is None:
        return DEFAULT_TIMEOUT
    return found.value if isinstance(found.value, float) else parse_timeout(str(found.value), found.source)


def _confirm_above(found: Found | None) -> int:
    if found is None:
        return DEFAULT_CONFIRM_ABOVE
    return parse_whole_number(str(found.value), f"{found.source}: confirm_above")


def _switch(found: Found | None) -> bool:
    return found is not None and (found.value is True or parse_switch(str(found.value), found.source))


def _file(found: Found | None) -> str | None:
    if found is None:
        return None
    path = expand_home(found.value)
    try:
        Path(path).open("rb").close()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        raise InvalidRequestError(f"{found.source}: can't read {found.value}: {why}") from None
    return path


def _shown(unit: Unit, address: str, login: tuple[str, str] | None) -> list[Setting]:
    """Return the values for display, with secrets masked."""
    shown = []
    if "profile" in unit:
        shown.append(Setting("profile", unit["profile"].value, unit["profile"].source))
    named = next(unit[key].source for key in ("url", "cloud_url", "region_url", "organization") if key in unit)
    shown.append(Setting("url", address, named))
    if login:
        shown.append(Setting("login", f"{login[0]}:***" if login[1] else "***", named))
    named_so = {key: unit[key] for key in ("organization", "deployment", "api_token") if key in unit}
    shown += [Setting(key, "***" if key == "api_token" else each.value, each.source) for key, each in named_so.items()]
    if "headers" in unit:
        shown += [Setting(f"header {name}", "***", each.source) for name, each in unit["headers"].value.items()]
    shown.append(Setting("timeout", f"{_timeout(unit.get('timeout')):g}s", _source(unit, "timeout")))
    others = (
        "header_command",
        "ca_bundle",
        "client_cert",
        "client_key",
        "insecure",
        "allow_http_token",
        "confirm_above",
    )
    given = {key: unit[key] for key in others if key in unit}
    shown += [Setting(key, "true" if each.value is True else each.value, each.source) for key, each in given.items()]
    return shown


def _source(unit: Unit, key: str) -> str:
    return unit[key].source if key in unit else DEFAULT_SOURCE
