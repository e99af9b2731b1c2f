"""Every operation against the schema of the Dagster that is installed."""

import ast
from pathlib import Path

import dagster_graphql.schema
import graphql
import pytest

from dagster_ops_cli import adapters
from dagster_ops_cli.adapters.union import ERRORS

PACKAGE = Path(adapters.__file__).parent.parent


def operations() -> dict[str, str]:
    """Every text in the package that is a GraphQL document, by the name of its constant."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                text = node.value.value.strip()
                if text.startswith(("query ", "mutation ")) and isinstance(node.targets[0], ast.Name):
                    found[node.targets[0].id] = text
    return found


OPERATIONS = operations()


@pytest.fixture(scope="module")
def schema() -> graphql.GraphQLSchema:
    return dagster_graphql.schema.create_schema().graphql_schema  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_valid(name: str, schema: graphql.GraphQLSchema) -> None:
    document = graphql.parse(OPERATIONS[name])
    assert graphql.validate(schema, document) == []
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    assert operation.name
    assert operation.name.value == "Ops" + "".join(word.capitalize() for word in name.strip("_").split("_"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_in_the_table(name: str, schema: graphql.GraphQLSchema) -> None:
    """Each member of each union that is asked for is either taken by name or in the table."""
    info = graphql.TypeInfo(schema)
    missing: list[str] = []

    class Visitor(graphql.Visitor):
        def enter_selection_set(self, node: graphql.SelectionSetNode, *_: object) -> None:
            kind = info.get_parent_type()
            if isinstance(kind, graphql.GraphQLUnionType) and kind.name != "DagsterRunEvent":
                taken = {
                    part.type_condition.name.value
                    for part in node.selections
                    if isinstance(part, graphql.InlineFragmentNode) and part.type_condition
                }
                error = schema.get_type("Error")
                for member in kind.types:
                    if error in member.interfaces or member.name not in taken:
                        missing.extend([member.name] if member.name not in ERRORS else [])

    graphql.visit(graphql.parse(OPERATIONS[name]), graphql.TypeInfoVisitor(info, Visitor()))
    assert not missing


def test_the_table_has_no_error_that_dagster_lacks(schema: graphql.GraphQLSchema) -> None:
    assert [name for name in ERRORS if not schema.get_type(name)] == []


def test_all_events_are_messages(schema: graphql.GraphQLSchema) -> None:
    union = schema.get_type("DagsterRunEvent")
    assert isinstance(union, graphql.GraphQLUnionType)
    message = schema.get_type("MessageEvent")
    assert [member.name for member in union.types if message not in member.interfaces] == []
