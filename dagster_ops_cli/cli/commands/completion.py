"""`ops completion`."""

import click

from dagster_ops_cli.cli.help import Command


@click.command(
    cls=Command,
    examples=(
        "ops completion bash > ~/.local/share/bash-completion/completions/ops",
        "ops completion zsh > ~/.zfunc/_ops",
        "ops completion fish > ~/.config/fish/completions/ops.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a shell completion script.

    Save it where your shell looks for completions, as the examples do, and start a new shell. Create the folder first
    if it does not exist; for zsh, it must be in fpath before compinit is called.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}", ctx)
    click.echo(kind(ctx.find_root().command, {}, "ops", "_OPS_COMPLETE").source())
