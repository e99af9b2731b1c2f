"""Dynamic partitions: keys that users add and delete, and the definitions that hold them."""

from dagster_ops_cli.schemas.model import Model


class DynamicUse(Model):
    """An asset that uses a dynamic partitions definition; ``dimension`` is null if the asset has no other dimension."""

    definition: str
    asset_key: str
    dimension: str | None
    repository_name: str
    location_name: str


class DynamicDefinition(Model):
    """A dynamic partitions definition, with the assets that use it.

    Dagster keeps one set of keys for each name: code locations that use the same name share the keys.
    """

    name: str
    location_names: list[str]
    asset_keys: list[str]


class MissingKeys(Model):
    """The missing keys of a dynamic partitions definition: a launch needs them, in this order, and they must be added.

    ``dimension`` is the name of the dimension that uses the definition.
    """

    definition: str
    dimension: str
    keys: list[str]


class DynamicPartition(Model):
    """One key of a dynamic partitions definition."""

    key: str


class DynamicPartitionResult(Model):
    """The result for one key: ``added``, ``exists``, ``deleted``, ``missing`` or ``failed``.

    ``error`` and ``code`` say why it is ``missing`` or ``failed``.
    """

    key: str
    result: str
    error: str | None = None
    code: str | None = None

    @property
    def done(self) -> bool:
        """Whether the key was added or deleted, or did not have to be."""
        return self.error is None
