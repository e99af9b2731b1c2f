"""The operation on the schema of a job's run config."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster_ops_cli.adapters.union import expect, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.job import ConfigField
from dagster_ops_cli.schemas.selectors import JobSelector

GET_RUN_CONFIG_SCHEMA = """
query OpsGetRunConfigSchema($job: PipelineSelector!) {
  runConfigSchemaOrError(selector: $job) {
    __typename
    ... on RunConfigSchema {
      rootConfigType { key }
      allConfigTypes {
        __typename
        key
        isSelector
        typeParamKeys
        ... on RegularConfigType { givenName }
        ... on EnumConfigType { values { value } }
        ... on CompositeConfigType { fields { name isRequired configTypeKey } }
      }
    }
    ... on Error { message }
  }
}
"""

Types = Mapping[str, Mapping[str, Any]]


def list_required_config(client: GraphQLClient, job: JobSelector) -> list[ConfigField]:
    """Return the required fields of a job's run config, those without a default, in Dagster's order."""
    answer = client.execute(GET_RUN_CONFIG_SCHEMA, {"job": job.pipeline})
    schema = expect(answer, "runConfigSchemaOrError", "RunConfigSchema")
    with reading_answer():
        types = {each["key"]: each for each in schema["allConfigTypes"]}
        return list(_required(types, types[schema["rootConfigType"]["key"]], ""))


def _required(types: Types, shape: Mapping[str, Any], path: str) -> Iterator[ConfigField]:
    for field in shape["fields"]:
        if not field["isRequired"]:
            continue
        kind = types[field["configTypeKey"]]
        here = f"{path}.{field['name']}" if path else field["name"]
        # A required field without required fields below it, or with a choice between fields, is required itself.
        below = [] if kind["isSelector"] or "fields" not in kind else list(_required(types, kind, here))
        yield from below or [ConfigField(path=here, type=_name(types, kind))]


# How types that are made of other types are written. A scalar union is shown as its scalar: the alternative, such as
# {env: NAME} for a text, is another way to write the same value.
_MADE_OF = {
    "ArrayConfigType": "[{0}]",
    "NullableConfigType": "{0}?",
    "ScalarUnionConfigType": "{0}",
    "MapConfigType": "{{{0}: {1}}}",
}


def _name(types: Types, kind: Mapping[str, Any]) -> str:
    """Return the type as Dagster's documentation writes it: ``[String]``, ``Int?``, ``one of file, table``."""
    if pattern := _MADE_OF.get(kind["__typename"]):
        return pattern.format(*(_name(types, types[key]) for key in kind["typeParamKeys"]))
    if "values" in kind:
        return f"one of {', '.join(value['value'] for value in kind['values'])}"
    if "fields" in kind:
        names = ", ".join(field["name"] for field in kind["fields"])
        return f"one of {names}" if kind["isSelector"] else f"{{{names}}}"
    return str(kind.get("givenName") or kind["key"])
