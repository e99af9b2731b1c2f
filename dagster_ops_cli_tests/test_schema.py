"""Every operation against the schema of the Dagster that is installed."""

from importlib import import_module
from pkgutil import walk_packages

import click
import dagster_graphql.schema
import graphql
import pytest
from dagster._core.workspace.permissions import Permissions

from dagster_ops_cli import adapters
from dagster_ops_cli.adapters.union import ERRORS
from dagster_ops_cli.api.doctor.requirements import COMMANDS, ENDPOINTS, PERMISSIONS, documents_by_name
from dagster_ops_cli.http import client
from dagster_ops_cli.scripts.registry import all_scripts
from dagster_ops_cli_tests.reference import commands
from dagster_ops_cli_tests.replay import Scenario, operation_name, scenarios


def operations() -> dict[str, str]:
    """Every text in the package that is a GraphQL document, by the name of its constant."""
    modules = [
        client,
        *(import_module(each.name) for each in walk_packages(adapters.__path__, f"{adapters.__name__}.")),
    ]
    return {
        name: value.strip()
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, str) and value.strip().startswith(("query ", "mutation "))
    }


OPERATIONS = operations()


@pytest.fixture(scope="module")
def schema() -> graphql.GraphQLSchema:
    return dagster_graphql.schema.create_schema().graphql_schema  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_valid(name: str, schema: graphql.GraphQLSchema) -> None:
    document = graphql.parse(OPERATIONS[name])
    assert graphql.validate(schema, document) == []
    operation, *fragments = document.definitions
    assert all(isinstance(each, graphql.FragmentDefinitionNode) for each in fragments)
    assert isinstance(operation, graphql.OperationDefinitionNode)
    assert operation.name
    assert operation.name.value == "Ops" + "".join(word.capitalize() for word in name.strip("_").split("_"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_in_the_table(name: str, schema: graphql.GraphQLSchema) -> None:
    """Each member of each requested union is either handled by name or in the table."""
    info = graphql.TypeInfo(schema)
    missing: list[str] = []

    class Visitor(graphql.Visitor):
        def enter_selection_set(self, node: graphql.SelectionSetNode, *_: object) -> None:
            kind = info.get_parent_type()
            # A fragment is checked where it is defined.
            spread = all(isinstance(part, graphql.FragmentSpreadNode) for part in node.selections)
            if isinstance(kind, graphql.GraphQLUnionType) and kind.name != "DagsterRunEvent" and not spread:
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


def test_the_doctor_knows_what_every_command_sends() -> None:
    paths = {path.removeprefix("ops ") for path, each in commands() if not isinstance(each, click.Group)}
    scripts = {f"script {name}" for name in all_scripts()}
    asking = {path for path in paths if path.startswith("api ")} - {"api graphql"} | scripts
    assert asking <= set(COMMANDS) <= paths | scripts
    known = set(documents_by_name())
    assert {name for names in COMMANDS.values() for name in names} <= known
    assert not known - {name for names in COMMANDS.values() for name in names}, "say which command sends these"


NAMES = {operation_name(text): name for name, text in documents_by_name().items()}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: f"{scenario.noun}-{scenario.name}")
def test_the_doctor_checks_what_recorded_commands_sent(scenario: Scenario) -> None:
    command = next(
        (each for each in COMMANDS if f"{scenario.command} ".startswith(f"ops {each} ")),
        None,
    )
    operations = [turn["operation"] for turn in scenario.turns]
    posted = [each for each in operations if each.startswith("/")]
    assert {NAMES[each] for each in operations if each not in posted} <= set(COMMANDS.get(command or "", ()))
    assert all(each.startswith(ENDPOINTS[command or ""][0]) for each in posted), scenario.command


def test_every_mutation_has_its_permission() -> None:
    assert set(PERMISSIONS) == {
        name for name, text in documents_by_name().items() if text.lstrip().startswith("mutation")
    }
    assert set(PERMISSIONS.values()) <= {each.value for each in Permissions}


def test_the_table_has_no_error_that_dagster_lacks(schema: graphql.GraphQLSchema) -> None:
    assert [name for name in ERRORS if not schema.get_type(name)] == []


def test_all_events_are_messages(schema: graphql.GraphQLSchema) -> None:
    union = schema.get_type("DagsterRunEvent")
    assert isinstance(union, graphql.GraphQLUnionType)
    message = schema.get_type("MessageEvent")
    assert [member.name for member in union.types if message not in member.interfaces] == []
