"""Every operation against the schemas of all supported versions of Dagster, and the exceptions."""

import graphql
import pytest

from dagster_ops_cli.adapters.dynamic_partition import add_dynamic_partitions_document
from dagster_ops_cli.adapters.run.config import partition_launches_document
from dagster_ops_cli.adapters.run.launch import launch_partition_runs_document
from dagster_ops_cli.adapters.schema import ServerSchema
from dagster_ops_cli.api.doctor import faults_of
from dagster_ops_cli.api.doctor.requirements import documents_by_name
from dagster_ops_cli_tests.compat import SCHEMAS, VERSIONS
from dagster_ops_cli_tests.replay import RECORDINGS

# Three of them are as long as there are partitions to ask for, to launch or to add.
DOCUMENTS = {
    **documents_by_name(),
    "LIST_PARTITION_LAUNCHES": partition_launches_document(2),
    "ADD_DYNAMIC_PARTITIONS": add_dynamic_partitions_document(2),
    "LAUNCH_PARTITION_RUNS": launch_partition_runs_document(2),
}
# The first version that serves a document, for those that older servers can't serve: the command says so.
SINCE = {"DELETE_DYNAMIC_PARTITIONS": "1.7.16", "LIST_ASSET_EVENTS": "1.10.21", "WIPE_ASSETS": "1.8.13"}


@pytest.fixture(scope="module", params=VERSIONS)
def schema(request: pytest.FixtureRequest) -> ServerSchema:
    return ServerSchema(graphql.build_schema((SCHEMAS / f"{request.param}.graphql").read_text()))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_operation_is_served(version: str) -> None:
    schema = ServerSchema(graphql.build_schema((SCHEMAS / f"{version}.graphql").read_text()))
    faults = {name for name in DOCUMENTS if faults_of(schema, name, DOCUMENTS)}
    assert faults == {name for name, since in SINCE.items() if VERSIONS.index(version) < VERSIONS.index(since)}


def test_the_check_can_fail(schema: ServerSchema) -> None:
    assert schema.faults("query Q { nonsense }") == ["Cannot query field 'nonsense' on type 'Query'."]


def test_there_are_as_many_schemas_as_promised() -> None:
    assert len(VERSIONS) >= 5
    assert {path.stem for path in SCHEMAS.glob("*.graphql")} == set(VERSIONS)
    # The table of versions names them.
    assert all(f"| {version} |" in (RECORDINGS.parent / "docs" / "versions.md").read_text() for version in VERSIONS)
