"""`ops config`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.confirm import confirm
from dagster_ops_cli.cli.context import Ops, config_path
from dagster_ops_cli.cli.options import connection_options, json_option, yes_option
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.config import format_profiles, format_settings
from dagster_ops_cli.settings.profiles import KEYS, ProfileFile, read_profiles
from dagster_ops_cli.settings.values import parse_deployment, parse_header_lines, parse_organization, parse_url

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.config import Profile


@click.group()
def config() -> None:
    """Your own configuration file: profiles, each a Dagster and who asks it."""


@config.command()
@click.pass_obj
def path(ops: Ops) -> None:
    """Print where the file is, or would be."""
    ops.write([str(config_path())])


@config.command("list")
@json_option
@click.pass_obj
def list_(ops: Ops, as_json: bool) -> None:
    """List the profiles."""
    from dagster_ops_cli.schemas.config import ProfileList

    file = _read(ops)
    items = [_profile(name, profile, file) for name, profile in file.profiles.items()]
    ops.show(ProfileList(items=items, total=len(items), path=str(file.path)), None if as_json else format_profiles)


@config.command()
@json_option
@connection_options
def show(ops: Ops, as_json: bool) -> None:
    """Show every setting that a command with these options would have, and where it is from."""
    from dagster_ops_cli.schemas.config import EffectiveSetting, EffectiveSettings

    ops.warn_of_settings()
    items = [EffectiveSetting(name=each.name, value=each.value, source=each.source) for each in ops.settings.shown]
    ops.show(EffectiveSettings(items=items), None if as_json else format_settings)


@config.command("set")
@click.argument("name")
@click.option(
    "--api-token-env", metavar="VARIABLE", help="The variable that holds the token: it stays out of the file."
)
@click.option(
    "--confirm-above", type=click.IntRange(min=0), metavar="N", help="Ask before launching more runs.  [default: 50]"
)
@click.option("--unset", multiple=True, type=click.Choice(KEYS), help="Take a setting out of the profile. Repeatable.")
@connection_options
def set_(ops: Ops, name: str, api_token_env: str | None, confirm_above: int | None, unset: tuple[str, ...]) -> None:
    """Make a profile with these connection options, or change one. The first one becomes the current one."""
    if not name.strip():
        raise InvalidRequestError("the NAME of a profile can't be empty")
    file = _read(ops)
    for key, check in (("url", parse_url), ("organization", parse_organization), ("deployment", parse_deployment)):
        if value := {"url": ops.url, **ops.reach}.get(key):
            check(value, f"--{key}")
    # The file holds texts, as YAML readers of any kind take them.
    given: dict[str, Any] = {
        key: _text(value) for key, value in {"url": ops.url, "timeout": ops.timeout, **ops.reach}.items() if value
    }
    if "profile" in given:
        raise InvalidRequestError("--profile is of no use here: the profile is the argument")
    if api_token_env:
        given["api_token_env"] = api_token_env
    if confirm_above is not None:
        given["confirm_above"] = str(confirm_above)
    if ops.header:
        given["headers"] = parse_header_lines(ops.header)
    profile = {key: value for key, value in {**file.profiles.get(name, {}), **given}.items() if key not in unset}
    if not ({"url", "organization"} & set(profile)):
        raise InvalidRequestError(f"profile {name} needs --url or --organization")
    file.with_profile(name, profile).write()
    ops.note(f"Profile {name} is in {file.path}.")


@config.command()
@click.argument("name")
@click.pass_obj
def use(ops: Ops, name: str) -> None:
    """Make a profile the current one."""
    file = _read(ops)
    file.get(name, "NAME")
    file.with_current(name).write()
    ops.note(f"The current profile is {name}.")


@config.command()
@click.argument("name")
@yes_option
@click.pass_context
def remove(ctx: click.Context, name: str, yes: bool) -> None:
    """Remove a profile."""
    ops = ctx.ensure_object(Ops)
    file = _read(ops)
    file.get(name, "NAME")
    confirm(ctx, f"Remove profile {name} from {file.path}?", yes)
    file.without_profile(name).write()
    ops.note(f"Profile {name} is removed.")


def _read(ops: Ops) -> ProfileFile:
    file = read_profiles(config_path())
    for warning in file.warnings:
        ops.warn(warning)
    return file


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _profile(name: str, profile: Mapping[str, Any], file: ProfileFile) -> "Profile":
    from dagster_ops_cli.schemas.config import Profile

    plus = "/".join(profile[key] for key in ("organization", "deployment") if key in profile)
    url = str(profile.get("url", ""))
    # A URL may hold a password.
    scheme, separator, rest = url.partition("://")
    shown = scheme + separator + rest.rpartition("@")[2]
    return Profile(name=name, current=name == file.current, target=" ".join(filter(None, (plus, shown))))
