"""Errors: hints hold commands as words, so that options can be added to them; results know the class of their error."""

from dagster_ops_cli.adapters.union import error_of
from dagster_ops_cli.errors import ConflictError, InvalidContentError, OpsError
from dagster_ops_cli.schemas.run.result import RunResult


def test_commands_of_a_hint_get_options_and_are_quoted() -> None:
    error = ConflictError("no", hint="Wait.", commands={"To watch": ["ops", "run", "watch", "a b"]})
    assert error.hint == "Wait.\nTo watch: ops run watch 'a b'"
    error.add_options(["--url", "http://x"])
    assert error.document()["hint"] == "Wait.\nTo watch: ops run watch 'a b' --url http://x"
    error.hint = "Stop."
    assert error.hint == "Stop."
    assert OpsError("no").hint is None


def test_a_command_in_a_hint_without_words_of_its_own_is_left_alone() -> None:
    error = ConflictError("no", hint="see: ops api run get 1")
    error.add_options(["--url", "http://x"])
    assert error.hint == "see: ops api run get 1"


def test_a_result_knows_the_class_of_its_error_and_shows_its_code_alone() -> None:
    result = RunResult.failed("1", InvalidContentError("bad", code="INVALID_RUN_CONFIG"))
    assert (result.error_class, result.code) == (InvalidContentError, "INVALID_RUN_CONFIG")
    assert "error_class" not in result.model_dump_json()
    assert "error_class" not in result.model_json_schema(mode="serialization")["properties"]


def test_a_refusal_without_a_message_is_told_in_words() -> None:
    error = error_of({"__typename": "UnauthorizedError"})
    assert error.message.startswith("Not allowed: ")
