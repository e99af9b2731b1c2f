"""What a job's run config has to look like."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster_ops_cli.adapters.union import expect
from dagster_ops_cli.client import GraphQLClient
from dagster_ops_cli.schemas.job import ConfigField, Job

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
        ... on EnumConfigType { givenName }
        ... on CompositeConfigType { fields { name isRequired configTypeKey } }
      }
    }
    ... on Error { message }
  }
}
"""

Types = Mapping[str, Mapping[str, Any]]


def list_required_config(client: GraphQLClient, job: Job) -> list[ConfigField]:
    """Return the fields that every run config of a job has to have, in Dagster's order: those without a default."""
    selector = {
        "repositoryLocationName": job.location_name,
        "repositoryName": job.repository_name,
        "pipelineName": job.name,
    }
    answer = client.execute(GET_RUN_CONFIG_SCHEMA, {"job": selector})
    schema = expect(answer, "runConfigSchemaOrError", "RunConfigSchema")
    types = {each["key"]: each for each in schema["allConfigTypes"]}
    return list(_required(types, types[schema["rootConfigType"]["key"]], ""))


def _required(types: Types, shape: Mapping[str, Any], path: str) -> Iterator[ConfigField]:
    for field in shape["fields"]:
        if not field["isRequired"]:
            continue
        kind = types[field["configTypeKey"]]
        here = f"{path}.{field['name']}" if path else field["name"]
        # A field that needs nothing below it has to be there all the same, and so has the choice that a selector is.
        below = [] if kind["isSelector"] or "fields" not in kind else list(_required(types, kind, here))
        yield from below or [ConfigField(path=here, type=_name(types, kind))]


def _name(types: Types, kind: Mapping[str, Any]) -> str:
    """The type as Dagster's users know it: ``[String]``, ``Int?``, ``one of env, value``."""
    params = [types[key] for key in kind["typeParamKeys"] if key in types]
    if kind["__typename"] == "ArrayConfigType" and params:
        return f"[{_name(types, params[0])}]"
    if kind["__typename"] == "NullableConfigType" and params:
        return f"{_name(types, params[0])}?"
    if kind["__typename"] == "ScalarUnionConfigType" and params:
        # The other one is a way of writing the same, such as {env: NAME} for a text.
        return _name(types, params[0])
    if kind["__typename"] == "CompositeConfigType":
        names = ", ".join(field["name"] for field in kind["fields"])
        return f"one of {names}" if kind["isSelector"] else f"{{{names}}}"
    if kind["__typename"] == "MapConfigType" and len(params) > 1:
        return f"{{{_name(types, params[0])}: {_name(types, params[1])}}}"
    return str(kind.get("givenName") or kind["key"])
