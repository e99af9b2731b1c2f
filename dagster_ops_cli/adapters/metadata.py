"""Metadata of events and definitions, from Dagster's types to values of JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dagster_ops_cli.schemas.selectors import asset_key

METADATA = """
  metadataEntries {
    __typename
    label
    description
    ... on IntMetadataEntry { intRepr }
    ... on FloatMetadataEntry { floatValue }
    ... on TextMetadataEntry { text }
    ... on BoolMetadataEntry { boolValue }
    ... on UrlMetadataEntry { url }
    ... on PathMetadataEntry { path }
    ... on NotebookMetadataEntry { path }
    ... on JsonMetadataEntry { jsonString }
    ... on MarkdownMetadataEntry { mdStr }
    ... on PythonArtifactMetadataEntry { module name }
    ... on PipelineRunMetadataEntry { runId }
    ... on AssetMetadataEntry { assetKey { path } }
    ... on JobMetadataEntry { jobName }
    ... on TableMetadataEntry { table { records } }
    ... on TableSchemaMetadataEntry { schema { columns { name type } } }
  }
"""

_VALUES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "IntMetadataEntry": lambda entry: int(entry["intRepr"]),
    "FloatMetadataEntry": lambda entry: entry["floatValue"],
    "TextMetadataEntry": lambda entry: entry["text"],
    "BoolMetadataEntry": lambda entry: entry["boolValue"],
    "UrlMetadataEntry": lambda entry: entry["url"],
    "PathMetadataEntry": lambda entry: entry["path"],
    "NotebookMetadataEntry": lambda entry: entry["path"],
    "JsonMetadataEntry": lambda entry: json.loads(entry["jsonString"]),
    "MarkdownMetadataEntry": lambda entry: entry["mdStr"],
    "PythonArtifactMetadataEntry": lambda entry: f"{entry['module']}.{entry['name']}",
    "PipelineRunMetadataEntry": lambda entry: entry["runId"],
    "AssetMetadataEntry": lambda entry: asset_key(entry["assetKey"]["path"]),
    "JobMetadataEntry": lambda entry: entry["jobName"],
    "TableMetadataEntry": lambda entry: [json.loads(record) for record in entry["table"]["records"]],
    "TableSchemaMetadataEntry": lambda entry: {each["name"]: each["type"] for each in entry["schema"]["columns"]},
}


def metadata_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return metadata as values of JSON by their labels; null for types that are not known here."""
    none: Callable[[Mapping[str, Any]], Any] = lambda entry: None  # noqa: E731 - one of the functions above
    return {entry["label"]: _VALUES.get(entry["__typename"], none)(entry) for entry in entries}
