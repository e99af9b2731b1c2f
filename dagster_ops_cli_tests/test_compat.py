"""Every operation against the schemas of the Dagsters that are served, and what can't be served where."""

import graphql
import pytest

from dagster_ops_cli.adapters.run.config import partition_launches_document
from dagster_ops_cli.adapters.run.launch import launch_partition_runs_document
from dagster_ops_cli.adapters.schema import ServerSchema
from dagster_ops_cli.adapters.versions import without_later_fields
from dagster_ops_cli.api.doctor.requirements import documents_by_name
from dagster_ops_cli_tests.compat import SCHEMAS, VERSIONS
from dagster_ops_cli_tests.replay import RECORDINGS

# Two of them are as long as there are partitions to ask for, or to launch.
DOCUMENTS = {
    **documents_by_name(),
    "LIST_PARTITION_LAUNCHES": partition_launches_document(2),
    "LAUNCH_PARTITION_RUNS": launch_partition_runs_document(2),
}


@pytest.fixture(scope="module", params=VERSIONS)
def schema(request: pytest.FixtureRequest) -> ServerSchema:
    return ServerSchema(graphql.build_schema((SCHEMAS / f"{request.param}.graphql").read_text()))


def test_every_operation_is_served(schema: ServerSchema) -> None:
    faults = {
        name: found
        for name, text in DOCUMENTS.items()
        if schema.faults(text) and (found := schema.faults(without_later_fields(text)))
    }
    assert not faults


def test_the_check_can_fail(schema: ServerSchema) -> None:
    assert schema.faults("query Q { nonsense }") == ["Cannot query field 'nonsense' on type 'Query'."]


def test_there_are_as_many_schemas_as_promised() -> None:
    assert len(VERSIONS) >= 5
    assert {path.stem for path in SCHEMAS.glob("*.graphql")} == set(VERSIONS)
    # The README's table names them.
    assert all(f"| {version} |" in (RECORDINGS.parent / "README.md").read_text() for version in VERSIONS)
