"""Tags given on the command line."""

from collections.abc import Mapping, Sequence

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.dagster_tags import OPS_PREFIX, PARTITION, is_reserved


def refuse_reserved(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return the tags. Raises InvalidRequestError if only Dagster or ops may set one of them."""
    for key in tags:
        if is_reserved(key):
            hint = "Use --partition to name a partition." if key.startswith(PARTITION) else None
            owner = "ops" if key.startswith(OPS_PREFIX) else "Dagster"
            raise InvalidRequestError(f"only {owner} may set the tag {key!r}", hint=hint)
    return tags


def tags_of(tags: Sequence[str]) -> dict[str, str]:
    """Return the values of ``Tag`` options by their keys. Raises InvalidRequestError for two values of one key."""
    found: dict[str, str] = {}
    for tag in tags:
        key, _, value = tag.partition("=")
        if found.setdefault(key, value) != value:
            raise InvalidRequestError(f"the tag {key!r} can't be both {found[key]!r} and {value!r}")
    return found
