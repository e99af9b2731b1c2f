"""A group whose commands are imported when they are called."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from dagster_ops_cli.nearest import nearest


class LazyGroup(click.Group):
    """``lazy`` maps each command's name to ``module:attribute``."""

    def __init__(self, *args: Any, lazy: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the mapping."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and return it."""
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        name = args[0]
        if name not in self.lazy and not name.startswith("-"):
            near = nearest(name, self.lazy, 1)
            guess = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.lazy)}"
            ctx.fail(f"No such command {name!r}; {guess}")
        return super().resolve_command(ctx, args)
