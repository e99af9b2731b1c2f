"""How Dagster writes the key of a partition that has several dimensions; standard library only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dagster_ops_cli.schemas import dagster_tags

# What we call the dimension of a job or asset that has just one.
ONLY_DIMENSION = "partition"
# Dagster refuses it in the keys of a dimension.
SEPARATOR = "|"


@dataclass(frozen=True)
class PartitionKey:
    """The key of one partition: a value for each dimension, by the dimension's name.

    As text, Dagster joins the values in the alphabetical order of the dimensions' names.
    """

    values: Mapping[str, str]

    @classmethod
    def parse(cls, text: str, dimensions: Iterable[str]) -> "PartitionKey":
        """Return the key that Dagster writes as ``text``; with less than two dimensions, the text is the value.

        Raises ValueError if the text does not have a value for each dimension.
        """
        names = sorted(dimensions) or [ONLY_DIMENSION]
        parts = split_key(text) if len(names) > 1 else [text]
        if len(parts) != len(names):
            raise ValueError(f"the partition {text!r} does not have {len(names)} dimensions")
        return cls(dict(zip(names, parts, strict=True)))

    def __str__(self) -> str:
        return join_key(self.values[name] for name in sorted(self.values))

    @property
    def tags(self) -> dict[str, str]:
        """The tags that Dagster gives to a run of this partition."""
        tags = {dagster_tags.PARTITION: str(self)}
        if len(self.values) > 1:
            tags |= {f"{dagster_tags.DIMENSION_PREFIX}{name}": value for name, value in self.values.items()}
        return tags


def split_key(text: str) -> list[str]:
    """Return the values in the key of several dimensions, in the alphabetical order of the dimensions' names."""
    return text.split(SEPARATOR)


def join_key(values: Iterable[str]) -> str:
    """Return the key that has these values, given in the alphabetical order of the dimensions' names."""
    return SEPARATOR.join(values)
