"""The API for dynamic partitions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dagster_ops_cli.adapters.dynamic_partition import (
    add_dynamic_partitions,
    delete_dynamic_partitions,
    list_dynamic_partitions,
    list_dynamic_uses,
)
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.api.job.find import check_location, raise_broken
from dagster_ops_cli.api.waiting.lost_answer import look_for_change, may_be_made
from dagster_ops_cli.api.waiting.paging import in_batches, page_of
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ForbiddenError, InvalidRequestError, NotFoundError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.dynamic_partition import (
    DynamicDefinition,
    DynamicPartition,
    DynamicPartitionResult,
    DynamicUse,
)
from dagster_ops_cli.schemas.page import Page

# How many keys one request adds or deletes: the server takes about 30 ms for each.
_AT_ONCE = 50
# Dagster accepts these keys but can't use them: a bar separates the keys of several dimensions, and three dots mark a
# range.
_UNUSABLE = re.compile(r"[|\x00-\x1f\x7f-\x9f]|\.\.\.|^\s*$")
_SHOWN = 5


@dataclass(frozen=True)
class DynamicPartitionApi:
    """The dynamic partitions of one Dagster.

    ``repository_name`` and ``location_name`` limit where a definition is used. They never choose between two sets of
    keys, because Dagster keeps one set per definition name.
    """

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list_definitions(
        self, repository_name: str | None = None, location_name: str | None = None
    ) -> Page[DynamicDefinition]:
        """Return the dynamic partitions definitions that assets use, in alphabetical order."""
        found: dict[str, list[DynamicUse]] = {}
        for use in self._uses(repository_name, location_name):
            found.setdefault(use.definition, []).append(use)
        if not found and (repository_name or location_name):
            check_location(list_jobs(self.client), repository_name, location_name)
        items = [
            DynamicDefinition(
                name=name,
                location_names=sorted({use.location_name for use in uses}),
                asset_keys=sorted({use.asset_key for use in uses}),
            )
            for name, uses in sorted(found.items())
        ]
        return Page[DynamicDefinition](items=items)

    def list(
        self,
        definition: str,
        repository_name: str | None = None,
        location_name: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        prefix: str = "",
    ) -> Page[DynamicPartition]:
        """Return the keys of a definition that start with ``prefix``, in the order in which they were added.

        ``limit`` is the most keys to return; the page starts after the key ``cursor``. Raises NotFoundError with
        the nearest definitions, BadResponseError if the definition may be in a code location that does not load.
        """
        keys = list_dynamic_partitions(self.client, self._find(definition, repository_name, location_name))
        found = [DynamicPartition(key=key) for key in keys if key.startswith(prefix)]
        return page_of(found, lambda each: each.key, limit, cursor)

    def plan(
        self,
        definition: str,
        keys: Sequence[str],
        repository_name: str | None = None,
        location_name: str | None = None,
    ) -> Sequence[DynamicPartitionResult]:
        """Return for each key whether the definition has it: ``exists`` or ``missing``. Changes nothing."""
        known = set(list_dynamic_partitions(self.client, self._find(definition, repository_name, location_name)))
        return [DynamicPartitionResult(key=key, result="exists" if key in known else "missing") for key in _once(keys)]

    def add(
        self,
        definition: str,
        keys: Sequence[str],
        repository_name: str | None = None,
        location_name: str | None = None,
    ) -> Iterator[Sequence[DynamicPartitionResult]]:
        """Add the keys that do not exist yet, and yield a result for each key, batch by batch.

        Every key that is reported as added was read back. Raises InvalidRequestError for invalid keys, before anything
        is added; ForbiddenError; and the errors of ``list``.
        """
        keys = _once(keys)
        if wrong := unusable_keys(keys):
            shown = ", ".join(map(repr, wrong[:_SHOWN])) + (", ..." if len(wrong) > _SHOWN else "")
            raise InvalidRequestError(
                f"invalid keys: {shown} ({len(wrong):,} of {len(keys):,})",
                hint="A key must not be empty, or contain '|', '...' or a control character.",
            )
        use = self._find(definition, repository_name, location_name)
        known = set(list_dynamic_partitions(self.client, use))
        if there := [key for key in keys if key in known]:
            yield [DynamicPartitionResult(key=key, result="exists") for key in there]
        for batch in in_batches([key for key in keys if key not in known], _AT_ONCE):
            yield self._add(use, batch)

    def _add(self, use: DynamicUse, keys: Sequence[str]) -> Sequence[DynamicPartitionResult]:
        errors: dict[str, OpsError | None] = {}
        try:
            errors = add_dynamic_partitions(self.client, use, keys)
        except OpsError as error:
            if not may_be_made(error):
                raise
            # Dagster refuses a key that is added twice, so it is safe to check and report.
            look_for_change(self.poll, error, lambda: not self._absent(use, keys))
            errors = dict.fromkeys(keys, error)
        refused = [error for error in errors.values() if error]
        if len(refused) == len(keys) and isinstance(refused[0], ForbiddenError):
            raise refused[0]
        absent = self._absent(use, keys)
        return [_result(key, "added", key not in absent, errors[key]) for key in keys]

    def delete(
        self,
        definition: str,
        keys: Sequence[str],
        repository_name: str | None = None,
        location_name: str | None = None,
    ) -> Iterator[Sequence[DynamicPartitionResult]]:
        """Delete keys and yield a result for each, batch by batch. Keys that don't exist are ``missing``.

        Materializations of the keys are kept. Every key that is reported as deleted was checked. Raises ForbiddenError,
        UnsupportedError before Dagster 1.7, and the errors of ``list``.
        """
        use = self._find(definition, repository_name, location_name)
        known = set(list_dynamic_partitions(self.client, use))
        keys = _once(keys)
        if unknown := [key for key in keys if key not in known]:
            yield [
                DynamicPartitionResult(
                    key=key, result="missing", error="there is no such key", code="PARTITION_NOT_FOUND"
                )
                for key in unknown
            ]
        for batch in in_batches([key for key in keys if key in known], _AT_ONCE):
            yield self._delete(use, batch)

    def _delete(self, use: DynamicUse, keys: Sequence[str]) -> Sequence[DynamicPartitionResult]:
        failed: OpsError | None = None
        try:
            delete_dynamic_partitions(self.client, use, keys)
        except OpsError as error:
            if not may_be_made(error):
                raise
            look_for_change(self.poll, error, lambda: self._absent(use, keys) == set(keys))
            failed = error
        absent = self._absent(use, keys)
        return [_result(key, "deleted", key in absent, failed) for key in keys]

    def _absent(self, use: DynamicUse, keys: Sequence[str]) -> set[str]:
        return set(keys).difference(list_dynamic_partitions(self.client, use))

    def _uses(self, repository_name: str | None, location_name: str | None) -> Sequence[DynamicUse]:
        return [
            use
            for use in list_dynamic_uses(self.client)
            if repository_name in (None, use.repository_name) and location_name in (None, use.location_name)
        ]

    def _find(self, definition: str, repository_name: str | None, location_name: str | None) -> DynamicUse:
        uses = self._uses(repository_name, location_name)
        found = [use for use in uses if use.definition == definition]
        if not found:
            workspace = list_jobs(self.client)
            check_location(workspace, repository_name, location_name)
            message = f"there is no dynamic partitions definition {definition!r}"
            raise_broken(message, [each for each in workspace.locations if location_name in (None, each.name)])
            names = sorted({use.definition for use in uses})
            hint = did_you_mean(definition, names) or (
                f"Available: {', '.join(names)}." if names else "No asset uses dynamic partitions."
            )
            raise NotFoundError(message, code="DEFINITION_NOT_FOUND", hint=hint, definition=definition)
        # An asset without other dimensions gives the shortest answer.
        return min(found, key=lambda use: use.dimension is not None)


def unusable_keys(keys: Sequence[str]) -> list[str]:
    """Return the keys that can't be partition keys, although Dagster would accept them."""
    return [key for key in keys if _UNUSABLE.search(key)]


def _once(keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def _result(key: str, result: str, done: bool, error: OpsError | None) -> DynamicPartitionResult:
    if done:
        return DynamicPartitionResult(key=key, result=result)
    message = error.message if error else f"Dagster reported success, but the key was not {result}"
    code = error.code if error else "INTERNAL_ERROR"
    return DynamicPartitionResult(key=key, result="failed", error=message, code=code)
