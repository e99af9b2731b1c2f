"""What older versions of Dagster lack. A server that does not know an optional field is asked without it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.errors import OpsError, ServerFaultError, UnsupportedError
from dagster_ops_cli.http.client import GraphQLClient

# Optional fields that the oldest servers lack; 1.10.21 has all of them. Without any other field, the operation is not
# possible.
_LATER = re.compile(
    r"\b(?:(?:creationTime|rootConcurrencyKeys|hasUnconstrainedRootNodes|versionKey|isAutoCreatedStub"
    r"|ownLimit: limit|usingDefaultLimit|usedPools: pools)\b|poolConfig \{[^}]*\})"
)
# How a server refuses a document with a status that it does not know.
_UNKNOWN_STATUS = re.compile(r"does not exist in '\w+' enum")


def without_later_fields(document: str) -> str:
    """Return the document as the oldest supported server understands it."""
    return _LATER.sub("", document)


def execute(client: GraphQLClient, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the answer to the document, without the optional fields if the server does not know them.

    A server refuses a document with an unknown field before it does anything, so that even a mutation can be sent
    again. Raises UnsupportedError if the server lacks other fields, too.
    """
    try:
        return client.execute(document, variables)
    except UnsupportedError as unsupported:
        older = without_later_fields(document)
        if older == document:
            raise
        try:
            return client.execute(older, variables)
        except UnsupportedError:
            raise unsupported from None


def execute_newest(
    client: GraphQLClient, documents: Sequence[str], variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the answer to the first of the documents, given newest first, that the server can serve.

    A document may also name a status that older servers do not know. Raises the first UnsupportedError if the server
    can serve none of them.
    """
    newest, *older = documents
    try:
        return client.execute(newest, variables)
    except (ServerFaultError, UnsupportedError) as unsupported:
        if not older or not _is_lacking(unsupported):
            raise
        try:
            return execute_newest(client, older, variables)
        except UnsupportedError:
            raise unsupported from None


def _is_lacking(error: OpsError) -> bool:
    """Return whether the server refused a document because it lacks something that the document names."""
    return isinstance(error, UnsupportedError) or bool(_UNKNOWN_STATUS.search(error.message))
