"""The precedence: from what each level says to what holds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from dagster_ops_cli.errors import InvalidRequestError, UnauthorizedError
from dagster_ops_cli.settings.header_command import HeaderCommand
from dagster_ops_cli.settings.levels import (
    Found,
    Level,
    ReadProfiles,
    Unit,
    from_dagster_tools,
    from_environment,
    from_flags,
    from_profile,
)
from dagster_ops_cli.settings.profiles import read_profiles
from dagster_ops_cli.settings.target import (
    DEFAULT_CONFIRM_ABOVE,
    DEFAULT_SOURCE,
    DEFAULT_TIMEOUT,
    DEFAULT_URL,
    Setting,
    Settings,
)
from dagster_ops_cli.settings.values import (
    expand_home,
    parse_deployment,
    parse_organization,
    parse_switch,
    parse_timeout,
    parse_url,
    parse_whole_number,
)

T = TypeVar("T")

PLUS_DOMAIN = "dagster.cloud"
_TOKEN_HEADER = "Dagster-Cloud-Api-Token"  # noqa: S105 - a header's name
# What stands for a token where Dagster+ is asked: its own header, or that of something in front of it.
_TOKEN_HEADERS = {_TOKEN_HEADER.lower(), "authorization", "cookie"}
_PLUS_KEYS = ("api_token", "deployment")


def load_settings(
    environ: Mapping[str, str],
    url: str | None = None,
    headers: Sequence[str] = (),
    timeout: float | None = None,
    config_path: Path | None = None,
    **flags: Any,
) -> Settings:
    """Weigh all levels and return what holds.

    ``headers`` are ``Name: value`` lines, ``timeout`` is in seconds, ``config_path`` is where our own configuration
    file may be; ``flags`` are the other connection options by name. Raises InvalidRequestError that names the option,
    variable or file at fault, and never its secret; UnauthorizedError where Dagster+ is named without a token.
    """
    read = cache(partial(read_profiles, config_path))
    given = {"url": url, "headers": tuple(headers), "timeout": timeout, **flags}
    by_flags = from_flags(given, environ, read)
    levels = [by_flags, from_environment(environ, read, by_flags)]
    target = next((rank for rank, level in enumerate(levels) if level.targets), None)
    if target is not None:
        unit = _completed(levels[target].targets[0], levels[: target + 1])
    else:
        unit = _completed(_lower_target(_lower_units(environ, read)), levels)
    unit = _from_same_organization(unit, levels, lambda: _lower_units(environ, read))
    for key in ("timeout", "ca_bundle"):
        # These are no credentials, and hold for whatever is asked.
        unit = {key: levels[1].values[key], **unit} if key in levels[1].values else unit
    return _build(unit, read().warnings if "profile" in unit else ())


def _lower_units(environ: Mapping[str, str], read: ReadProfiles) -> Iterator[Unit]:
    """Yield the targets below the environment: that of the current profile, and those of Dagster's tools."""
    file = read()
    if file.current:
        yield from_profile(file.current, file, "current", environ)
    yield from from_dagster_tools(environ)


def _lower_target(units: Iterator[Unit]) -> Unit:
    """Return the first that names a target; half of one is no reason to ask this machine."""
    half: Unit | None = None
    for unit in units:
        if {"url", "cloud_url", "organization"} & set(unit):
            return unit
        half = half or unit
    if half:
        raise InvalidRequestError(
            f"{next(iter(half.values())).source} is about a Dagster+, but names no organization",
            hint="Complete it, remove it, or name a Dagster with --url or OPS_URL.",
        )
    return {"url": Found(DEFAULT_URL, DEFAULT_SOURCE)}


def _completed(target: Unit, above: Sequence[Level]) -> Unit:
    unit = dict(target)
    for level in reversed(above):
        extra = {**level.plus, **level.values} if _is_plus(target) else dict(level.values)
        extra.pop("url", None)
        if "organization" not in target:
            extra.pop("organization", None)
        mine, theirs = unit.get("headers"), extra.get("headers")
        if mine and theirs and mine is not theirs:
            extra["headers"] = Found(_merged(mine.value, theirs.value), theirs.source)
        unit.update(extra)
    if not _is_plus(unit) and unit["url"].source == DEFAULT_SOURCE:
        _refuse_loose_ends(unit, above)
    return unit


def _is_plus(unit: Unit) -> bool:
    return "organization" in unit or "cloud_url" in unit


def _merged(lower: Mapping[str, T], higher: Mapping[str, T]) -> dict[str, T]:
    # Header names have no case: a higher one replaces a lower one however it is written.
    names = {name.lower() for name in higher}
    return {name: value for name, value in lower.items() if name.lower() not in names} | dict(higher)


def _refuse_loose_ends(unit: Unit, above: Sequence[Level]) -> None:
    """Half of a Dagster+ is named: to go on to localhost would hide that."""
    loose = {key: level.plus[key] for level in reversed(above) for key in _PLUS_KEYS if key in level.plus}
    loose |= {key: unit[key] for key in _PLUS_KEYS if key in unit}
    if loose:
        raise InvalidRequestError(
            f"{next(iter(loose.values())).source} is given, but nothing says which Dagster it is for",
            hint="--organization or DAGSTER_CLOUD_ORGANIZATION names one in Dagster+, --url or OPS_URL any other.",
        )


def _from_same_organization(unit: Unit, levels: Sequence[Level], lower: Callable[[], Iterator[Unit]]) -> Unit:
    """A lower level that names the same organization names the same target: it may lend what is missing.

    A token comes with the address of the level that it is from, and goes to no other.
    """
    completed = dict(unit)
    if "organization" not in unit or {"url", "cloud_url", "region_url"} & set(unit):
        return unit
    candidates = chain((each for level in levels for each in level.targets), lower())
    while not all(key in completed for key in _PLUS_KEYS):
        each = next(candidates, None)
        if each is None:
            break
        if "url" in each or "organization" not in each or each["organization"].value != unit["organization"].value:
            continue
        if "api_token" in each and "api_token" not in completed:
            # A whole address is that of one deployment.
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
        raise InvalidRequestError(f"{unit['client_key'].source}: a client key is of no use without --client-cert")
    settings = Settings(
        address,
        _merged(headers, given),
        timeout,
        source,
        login,
        endpoint,
        HeaderCommand(command.value, command.source, timeout) if command else None,
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
        warnings = (*warnings, f"--insecure: nobody has checked that {urlsplit(address).hostname} is who it says")
    if _is_plus(unit):
        _require_token(settings, unit)
    return replace(settings, warnings=warnings)


def _address(unit: Unit) -> tuple[str, str | None, tuple[str, str] | None, dict[str, str]]:
    """Return where the UI is, where to post if not there, the login in it, and the headers that Dagster+ expects."""
    headers: dict[str, str] = {}
    if "api_token" in unit:
        headers[_TOKEN_HEADER] = unit["api_token"].value.strip()
        if not headers[_TOKEN_HEADER]:
            raise InvalidRequestError(f"{unit['api_token'].source} holds no token: it is empty")
        if not headers[_TOKEN_HEADER].isprintable() or not headers[_TOKEN_HEADER].isascii():
            raise InvalidRequestError(f"{unit['api_token'].source} holds characters that a header can't carry")
    for key in ("url", "cloud_url"):
        if key in unit:
            is_whole = unit[key].source != "--url" or "organization" not in unit
            if "deployment" in unit and unit["deployment"].source == "--deployment" and is_whole:
                raise InvalidRequestError(
                    f"--deployment is given, and {unit[key].source} is a whole address: that of one deployment, or of "
                    "no Dagster+",
                    hint="--organization and --deployment name a target together, or --url alone.",
                )
            address, login = parse_url(unit[key].value, unit[key].source)
            if key == "cloud_url" or "organization" in unit:
                headers["Dagster-Cloud-Scope"] = "deployment"
            return address, None, login, headers
    organization = parse_organization(unit["organization"].value, unit["organization"].source)
    if "deployment" not in unit:
        raise InvalidRequestError(
            f"{unit['organization'].source} names an organization of Dagster+, but nothing says which deployment",
            hint="Give it where the organization stands: as --deployment, DAGSTER_CLOUD_DEPLOYMENT or in the profile.",
        )
    deployment = parse_deployment(unit["deployment"].value, unit["deployment"].source)
    if "region_url" not in unit:
        headers["Dagster-Cloud-Scope"] = "deployment"
        return f"https://{organization}.{PLUS_DOMAIN}/{deployment}", None, None, headers
    region, login = parse_url(unit["region_url"].value, unit["region_url"].source)
    headers |= {"Dagster-Cloud-Organization": organization, "Dagster-Cloud-Deployment": deployment}
    host = urlsplit(region).hostname or ""
    # The UI of an organization has a host of its own; an address that is not Dagster+'s has no such thing.
    plus = host == PLUS_DOMAIN or host.endswith(f".{PLUS_DOMAIN}")
    page = f"https://{organization}.{host}/{deployment}" if plus else f"{region}/{organization}"
    return page, f"{region}/{organization}/graphql", login, headers


def _require_token(settings: Settings, unit: Unit) -> None:
    names = {name.lower() for name in settings.headers}
    if names & _TOKEN_HEADERS or settings.header_command or settings.login:
        return
    raise UnauthorizedError(
        f"{settings.source} names a Dagster+, but there is no token for it",
        hint="Give --api-token, DAGSTER_CLOUD_API_TOKEN or a profile's api_token. A token given at a lower level than "
        "the organization is not used: it may belong to another.",
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
    """Return the values as they may be shown."""
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
