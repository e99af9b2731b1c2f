"""`Ops`: builds the APIs from the settings, and shows answers."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from dagster_ops_cli.api.dagster import Apis
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.formatters.text import escape_lines, escape_output, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_ops_cli.api.waiting.poll import Poll
    from dagster_ops_cli.cli.answers import Fields
    from dagster_ops_cli.cli.reporting import Reporting
    from dagster_ops_cli.formatters.table import Part, Sheet, Table
    from dagster_ops_cli.formatters.terminal.draw import Drawer
    from dagster_ops_cli.http.client import GraphQLClient, Observer
    from dagster_ops_cli.schemas.exchange import Exchange, RequestRetry
    from dagster_ops_cli.schemas.job import CodeLocation
    from dagster_ops_cli.schemas.model import Model
    from dagster_ops_cli.schemas.run.result import WatchedRun
    from dagster_ops_cli.settings import Settings

    M = TypeVar("M", bound=Model)
    S = TypeVar("S", bound=Model | Sequence[WatchedRun])


def config_path() -> "Path":
    """Return the path of the configuration file, whether it exists or not."""
    from dagster_ops_cli.settings.load import config_path

    return config_path(os.environ)


def connect(settings: "Settings", observe: "Observer | None") -> "GraphQLClient":
    """Return a client for a real Dagster."""
    from dagster_ops_cli.http.client import HttpClient

    return HttpClient(settings, observe)


@dataclass(frozen=True, eq=False, repr=False)
class Ops(Apis):
    """What one command works with. Whatever needs a slow import is built on first use."""

    url: str | None = None
    header: tuple[str, ...] = ()
    timeout: float | None = None
    # The other connection options, by name.
    reach: Mapping[str, Any] = field(default_factory=dict)
    view_graphql: bool = False
    quiet: bool = False
    # Gives a terminal what a pipe would get.
    plain: bool = False
    # The fields of JSON that the user chose; None: all.
    fields: "Fields | None" = None
    # Keeps what the command learns for its reports.
    reporting: "Reporting | None" = None
    # Waits for a number of seconds.
    sleep: Callable[[float], None] = field(default=time.sleep)
    # Makes the client. One that is not an HttpClient serves all commands but `doctor`.
    connect: "Callable[[Settings, Observer | None], GraphQLClient]" = field(default=connect)

    def with_options(self, **options: object) -> "Ops":
        """Return a copy with the connection options of a command."""
        return replace(self, **options)  # type: ignore[arg-type]

    @cached_property
    def settings(self) -> "Settings":
        """The address of Dagster, and the credentials for it. Raises InvalidRequestError."""
        from dagster_ops_cli.settings import load_settings

        return load_settings(os.environ, self.url, self.header, self.timeout, config_path(), **self.reach)

    @cached_property
    def client(self) -> "GraphQLClient":
        """The GraphQL client."""
        self.warn_of_settings()
        return self.connect(self.settings, self._show)

    @cached_property
    def poll(self) -> "Poll":
        """The way to wait; it reports failed polls on stderr."""
        from dagster_ops_cli.api.waiting.poll import Poll

        return Poll(tell=self.note, sleep=self.sleep)

    def reported(self, states: "Iterable[S]") -> "Iterable[S]":
        """Keep the states that a command waits through for its reports, while passing them on."""
        if not self.reporting:
            yield from states
            return
        for state in states:
            self.reporting.know(state)
            yield state

    @cached_property
    def drawer(self) -> "Drawer | None":
        """What draws tables on the terminal; None for a pipe, and with --plain."""
        if self.plain or not sys.stdout.isatty():
            return None
        from dagster_ops_cli.cli.console import is_terminal, open_console, shows_links

        if not is_terminal():
            return None
        from dagster_ops_cli.formatters.terminal.draw import Drawer

        return Drawer(open_console(), shows_links())

    def show(self, model: "M", to_text: "Callable[[M], Part | Sheet] | None") -> None:
        """Write one answer to stdout: as text that ``to_text`` makes, or as JSON if ``to_text`` is None."""
        if self.reporting:
            self.reporting.know(model)
        self.write([to_text(model) if to_text else self.to_json(model, indent=2)])

    def show_items(self, items: "Iterable[Model]", to_text: "Callable[[Any], Part | Sheet] | None") -> None:
        """Write a list of which there are no more pages."""
        from dagster_ops_cli.schemas.page import Page

        self.show(Page(items=list(items)), to_text)

    def show_jsonl(self, models: "Iterable[Model]") -> None:
        """Write one JSON object per line."""
        self.write([self.to_json(model) for model in models])

    def to_json(self, model: "Model", indent: int | None = None) -> str:
        """Return a model as a JSON document, or as one line without ``indent``; only the fields that the user chose."""
        return self.fields.to_json(model, indent) if self.fields else to_json(model, indent)

    def write(self, parts: "Iterable[Part | Sheet]") -> None:
        """Write lines, tables and facts to stdout, and flush it."""
        # click.echo would flush after each line, which takes longer than writing it.
        sys.stdout.writelines(f"{part}\n" for part in parts if not self._draws(part))
        sys.stdout.flush()

    def _draws(self, part: "Part | Sheet") -> bool:
        """Draw a table or facts, if stdout is a terminal, and return whether that was so."""
        if isinstance(part, str) or not self.drawer:
            return False
        self.drawer.draw(part)
        return True

    def draw_on_stderr(self, table: "Table") -> None:
        """Draw a table on the terminal behind stderr, to choose from."""
        from dagster_ops_cli.cli.console import is_terminal, open_console
        from dagster_ops_cli.formatters.terminal.draw import Drawer

        if self.plain or not is_terminal(stderr=True):
            sys.stderr.write(f"{table}\n")
        else:
            Drawer(open_console(stderr=True), links=False).draw(table)

    def write_bytes(self, data: bytes) -> None:
        """Write bytes to stdout unchanged; on a terminal, as text with control characters escaped."""
        if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
            sys.stdout.write(escape_output(data.decode(errors="backslashreplace")))
        else:
            sys.stdout.buffer.write(data)
        sys.stdout.flush()

    def warn_of_settings(self) -> None:
        """Write the warnings about the settings to stderr."""
        for warning in self.settings.warnings:
            self.warn(warning)

    def note(self, text: str) -> None:
        """Write a hint or progress to stderr, unless --quiet was given."""
        if not self.quiet:
            self.say(text)

    def warn(self, text: str) -> None:
        """Write a warning to stderr, even with --quiet."""
        self.say(f"Warning: {text}")

    def warn_of_broken(self, location: "CodeLocation", nouns: str) -> None:
        """Warn of a code location that does not load: its ``nouns`` are missing from the answer."""
        self.warn(f"code location {location.name} does not load, so its {nouns} are missing: {location.error}")

    def say(self, text: str) -> None:
        """Write a text to stderr, even with --quiet."""
        # click.echo would find the terminal behind sys.stderr, and write into a progress bar that is shown there.
        sys.stderr.write(f"{escape_lines(text)}\n")
        sys.stderr.flush()

    def mask(self, text: str) -> str:
        """Return a text with the secrets of the settings masked."""
        try:
            return self.settings.mask(text)
        except OpsError:
            # The settings can't be loaded; the errors they raise contain no value.
            return text

    def _show(self, event: "Exchange | RequestRetry") -> None:
        from dagster_ops_cli.schemas.exchange import RequestRetry

        if isinstance(event, RequestRetry):
            from dagster_ops_cli.formatters.graphql import format_retry

            self.note(self.mask(format_retry(event)))
        elif self.view_graphql:
            from dagster_ops_cli.formatters.graphql import format_exchange

            self.say(format_exchange(event, self.settings.mask, self.settings.mask_values))
