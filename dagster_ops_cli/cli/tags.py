"""The tags that are not the user's to set."""

from collections.abc import Mapping

from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.schemas.dagster_tags import OPS_PREFIX, PARTITION, is_reserved


def refuse_reserved(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return the tags. Raises InvalidRequestError where one of them is Dagster's or ours to set."""
    for key in tags:
        if is_reserved(key):
            hint = "A partition is named with --partition." if key.startswith(PARTITION) else None
            owner = "ops" if key.startswith(OPS_PREFIX) else "Dagster"
            raise InvalidRequestError(f"the tag {key!r} is set by {owner} alone", hint=hint)
    return tags
