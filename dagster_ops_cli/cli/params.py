"""Click parameter types."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dagster_ops_cli import times
from dagster_ops_cli.nearest import nearest
from dagster_ops_cli.times import parse_duration, parse_time

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class NonEmptyText(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """Text that is not blank, such as an id or a name: only Dagster knows which ones exist."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text without blanks around it."""
        return value.strip() or self.fail("must not be empty", param, ctx)


def read_words(ctx: click.Context, param: click.Parameter) -> list[str]:
    """Return the lines of standard input that are not blank. Only one argument or option can take them."""
    if ctx.meta.setdefault(read_words.__module__, param) is not param:
        raise click.UsageError("- can be used only once: standard input can't be read twice", ctx)
    return [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]


def with_stdin(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> list[str]:
    """Return the words with - replaced by the lines of standard input (a callback). Without a line, it is an error."""
    # A shell that completes the line has nothing on standard input yet.
    if "-" not in value or ctx.resilient_parsing:
        return list(value)
    # No word often means everything: what names nothing must not.
    lines = read_words(ctx, param) or param.type.fail("there is nothing on standard input", param, ctx)
    return [each for word in value for each in (lines if word == "-" else [word])]


def one_from_stdin(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the word, or for - the only line of standard input (a callback)."""
    if value != "-" or ctx.resilient_parsing:
        return value
    lines = read_words(ctx, param)
    if len(lines) != 1:
        param.type.fail(f"standard input must have one line, not {len(lines):,}", param, ctx)
    return lines[0]


def completes(kind: str) -> "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]":
    """Return what completes an argument or option with names of a kind, such as ``job``, ``run`` or ``profile``."""

    def shell_complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        from dagster_ops_cli.cli.arguments.names import complete

        return complete(kind, ctx, incomplete)

    return shell_complete


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A duration such as ``90s`` or ``1h30m``, in seconds."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Rate(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A rate such as ``5/s``, ``100/m`` or ``1000/h``, per second."""

    name = "rate"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return how many a second."""
        if isinstance(value, float):
            return value
        number, _, unit = value.partition("/")
        seconds = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(unit.strip().lower())
        if not number.strip().isdecimal() or not int(number) or seconds is None:
            self.fail(f"{value!r} is not a rate such as 5/s, 100/m or 1000/h", param, ctx)
        return int(number) / seconds


class Time(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A time such as ``2026-11-20T14:56:00Z``, or an age such as ``2h``."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_time(value, times.now())
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Tag(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A tag such as ``team=air-quality``; its key holds no ``=``."""

    name = "key=value"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the tag unchanged."""
        key, equals, _ = value.partition("=")
        if not key.strip() or not equals:
            self.fail(f"{value!r} must have the form key=value", param, ctx)
        return value


class WholeNumber(click.IntRange):
    """A whole number that is not too small."""

    name = "whole number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            return self.fail(f"{str(value)!r} is not a whole number of {self.min} or more", param, ctx)


class Names(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """Names separated by commas, in any case; ``open`` accepts unknown names, too."""

    name = "name"

    def __init__(self, names: Sequence[str], open: bool = False) -> None:  # noqa: A002 - as click's own types say it
        self.names = names
        self.open = open

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Return the names in upper case."""
        written = [name.strip() for name in value.split(",")]
        given = [name.upper() for name in written]
        for word, name in zip(written, given, strict=True):
            if not name:
                self.fail(f"{value!r} holds an empty name", param, ctx)
            if not self.open and name not in self.names:
                near = nearest(name, self.names, 1)
                guess = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(self.names)}"
                guess = guess.lower() if word.islower() else guess
                self.fail(f"{word!r} is not known; {guess}", param, ctx)
        return given

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Complete the last name."""
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        found = [name for name in self.names if name.startswith(last.upper())]
        return [CompletionItem(before + comma + name) for name in found]


class Answer(NamedTuple):
    """The models of what a command prints with ``--json``, and of a line with ``--jsonl`` if it is no item of these.

    A model is named as below ``schemas``, so that only what needs it imports it: ``run.Run``, ``Page[run.RunRow]``.
    Instead, ``models`` may be a function that returns the models for the command's context.
    """

    models: Sequence[str] | Callable[[click.Context], Sequence[Any]]
    lines: str | None = None


class FieldNames(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """Names of fields in the JSON of a command, separated by commas."""

    name = "fields"

    def __init__(self, answer: "Answer") -> None:
        self.answer = answer

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Return the names."""
        names = [name.strip() for name in value.split(",")]
        if not all(all(name.split(".")) for name in names):
            self.fail(f"{value!r} holds an empty name", param, ctx)
        return names

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Complete the last name."""
        from click.shell_completion import CompletionItem

        from dagster_ops_cli.cli.answers import names_of

        before, comma, last = incomplete.rpartition(",")
        found = names_of(self.answer, ctx, last.count(".") + 1)
        return [CompletionItem(before + comma + name) for name in found if name.startswith(last)]


def flatten(ctx: click.Context, param: click.Parameter, value: Sequence[list[str]]) -> list[str]:
    """Join the lists of a repeatable option of Names (a callback)."""
    return [name for names in value for name in names]


class ReportFile(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A report as ``FORMAT=PATH``, or ``none``; the path of ``none`` is empty."""

    name = "report"
    formats = ("junit", "markdown", "html")

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the format and the path."""
        if isinstance(value, tuple):
            return value
        name, equals, path = value.partition("=")
        name = name.strip().lower()
        if name == "none" and not equals:
            return name, ""
        if name not in self.formats:
            known = ", ".join(f"{each}=PATH" for each in self.formats)
            self.fail(f"{name!r} is not a report format; choose {known} or none", param, ctx)
        if path.strip() in ("", "-"):
            self.fail(f"{name} needs the path of a file: {name}=PATH", param, ctx)
        return name, path
