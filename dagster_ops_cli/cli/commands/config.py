"""`ops config`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.confirm import confirm
from dagster_ops_cli.cli.context import Ops, config_path
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.lazy import Group
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    json_option,
    list_output_options,
    plain_option,
    show_page,
    yes_option,
)
from dagster_ops_cli.cli.params import WholeNumber, completes
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.config import format_profiles, format_settings
from dagster_ops_cli.settings.profiles import KEYS, ProfileFile, read_profiles
from dagster_ops_cli.settings.values import parse_deployment, parse_header_lines, parse_organization, parse_url
from dagster_ops_cli.times import exact_duration

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.config import Profile


@click.group(cls=Group)
def config() -> None:
    """Manage connection profiles.

    A profile names a Dagster and the credentials for it. Profiles are kept in your configuration file.
    """


@config.command("list", examples=("ops config list", "ops config list --json"))
@list_output_options("config.ProfileList")
@plain_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool, as_jsonl: bool, plain: bool) -> None:
    """List profiles."""
    from dagster_ops_cli.schemas.config import ProfileList

    ops = ctx.ensure_object(Ops).with_options(plain=plain)
    file = _read(ops)
    items = [_profile(name, profile, file) for name, profile in file.profiles.items()]
    show_page(ctx, ops, ProfileList(items=items, path=str(file.path)), as_json, as_jsonl, format_profiles)


@config.command(examples=("ops config show", "ops config show --profile staging"))
@json_option("config.EffectiveSettings")
@connection_options
def show(ops: Ops, as_json: bool) -> None:
    """Show the effective settings and where each comes from."""
    from dagster_ops_cli.schemas.config import EffectiveSetting, EffectiveSettings

    ops.warn_of_settings()
    items = [EffectiveSetting(name=each.name, value=each.value, source=each.source) for each in ops.settings.shown]
    ops.show(EffectiveSettings(items=items), None if as_json else format_settings)


@config.command(
    "set",
    examples=(
        "ops config set staging --url https://dagster.example.com/staging",
        "ops config set plus --organization hooli -d prod --api-token-env TOKEN",
        "ops config set staging --confirm-above 500",
    ),
)
@click.argument("name", shell_complete=completes("profile"))
@option(
    "--api-token-env",
    heading=TARGET,
    metavar="VARIABLE",
    help="Variable that holds the token, so that the file does not",
)
@option(
    "--confirm-above",
    heading=TARGET,
    type=WholeNumber(min=0),
    metavar="N",
    help="Ask before launching more than N runs (50 unless set)",
)
@option(
    "--unset",
    heading=TARGET,
    multiple=True,
    type=click.Choice(KEYS),
    metavar="KEY",
    help=f"Remove a setting; repeatable. One of: {', '.join(KEYS)}",
)
@connection_options
def set_(ops: Ops, name: str, api_token_env: str | None, confirm_above: int | None, unset: tuple[str, ...]) -> None:
    """Create or change a profile.

    The connection options become the settings of the profile. The first profile becomes the current one.
    """
    if not name.strip():
        raise InvalidRequestError("NAME must not be empty")
    texts = {"url": ops.url, "api_token_env": api_token_env, **ops.reach}
    if key := next((key for key, value in texts.items() if value == ""), None):
        # An empty token often comes from a variable that is not set.
        option_name = f"--{key.replace('_', '-')}"
        raise InvalidRequestError(f"{option_name} must not be empty", hint=f"To remove a setting: --unset {key}")
    file = _read(ops)
    for key, check in (("url", parse_url), ("organization", parse_organization), ("deployment", parse_deployment)):
        if value := {"url": ops.url, **ops.reach}.get(key):
            check(value, f"--{key}")
    # All values are written as text: YAML readers agree on text.
    given: dict[str, Any] = {
        key: _text(value) for key, value in {"url": ops.url, "timeout": ops.timeout, **ops.reach}.items() if value
    }
    if "profile" in given:
        raise InvalidRequestError("--profile cannot be used here: name the profile as the argument")
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
    ops.note(f"Saved profile {name} in {file.path}.")


@config.command(examples=("ops config use staging",))
@click.argument("name", shell_complete=completes("profile"))
@click.pass_obj
def use(ops: Ops, name: str) -> None:
    """Select the current profile."""
    file = _read(ops)
    file.get(name, "NAME")
    file.with_current(name).write()
    ops.note(f"The current profile is {name}.")


@config.command(examples=("ops config remove staging",))
@click.argument("name", shell_complete=completes("profile"))
@dry_run_option
@yes_option
@click.pass_context
def remove(ctx: click.Context, name: str, dry_run: bool, yes: bool) -> None:
    """Remove a profile."""
    ops = ctx.ensure_object(Ops)
    file = _read(ops)
    file.get(name, "NAME")
    if dry_run:
        ops.note(f"Would remove profile {name} from {file.path}.")
        return
    confirm(ctx, f"Remove profile {name} from {file.path}?", yes)
    file.without_profile(name).write()
    ops.note(f"Removed profile {name}.")


@config.command(examples=("ops config path",))
@click.pass_obj
def path(ops: Ops) -> None:
    """Print the path of the configuration file."""
    ops.write([str(config_path())])


def _read(ops: Ops) -> ProfileFile:
    file = read_profiles(config_path())
    for warning in file.warnings:
        ops.warn(warning)
    return file


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return exact_duration(value) if isinstance(value, float) else str(value)


def _profile(name: str, profile: Mapping[str, Any], file: ProfileFile) -> "Profile":
    from dagster_ops_cli.schemas.config import Profile

    plus = "/".join(profile[key] for key in ("organization", "deployment") if key in profile)
    url = str(profile.get("url", ""))
    # A URL may hold a password.
    scheme, separator, rest = url.partition("://")
    shown = scheme + separator + rest.rpartition("@")[2]
    return Profile(name=name, current=name == file.current, target=" ".join(filter(None, (plus, shown))))
