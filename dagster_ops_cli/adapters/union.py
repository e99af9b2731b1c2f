"""Reads the answers: the table from Dagster's error types to our errors, and the checks of an answer's shape."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from dagster_ops_cli.errors import (
    BadResponseError,
    ConflictError,
    ForbiddenError,
    InvalidContentError,
    InvalidRequestError,
    NotFoundError,
    OpsError,
    ServerFaultError,
    UnsupportedError,
)
from dagster_ops_cli.schemas.model import Model

if TYPE_CHECKING:
    from pydantic import TypeAdapter

M = TypeVar("M", bound=Model)
T = TypeVar("T", bound=Model | str)

# Every error type that our operations can return. A test compares the table with Dagster's schemas.
ERRORS: Mapping[str, tuple[type[OpsError], str]] = {
    "AssetCheckNeedsAgentUpgradeError": (UnsupportedError, "UNSUPPORTED_BY_SERVER"),
    "AssetCheckNeedsMigrationError": (UnsupportedError, "UNSUPPORTED_BY_SERVER"),
    "AssetCheckNeedsUserCodeUpgrade": (UnsupportedError, "UNSUPPORTED_BY_SERVER"),
    "AssetNotFoundError": (NotFoundError, "ASSET_NOT_FOUND"),
    "ConflictingExecutionParamsError": (InvalidRequestError, "INVALID_REQUEST"),
    "DuplicateDynamicPartitionError": (ConflictError, "CONFLICT"),
    "InvalidOutputError": (InvalidRequestError, "INVALID_REQUEST"),
    "InvalidPipelineRunsFilterError": (InvalidRequestError, "INVALID_REQUEST"),
    "InvalidStepError": (InvalidRequestError, "INVALID_REQUEST"),
    "InvalidSubsetError": (InvalidRequestError, "INVALID_REQUEST"),
    "ModeNotFoundError": (InvalidRequestError, "INVALID_REQUEST"),
    "NoModeProvidedError": (InvalidRequestError, "INVALID_REQUEST"),
    "BackfillNotFoundError": (NotFoundError, "BACKFILL_NOT_FOUND"),
    "PartitionKeysNotFoundError": (NotFoundError, "PARTITION_NOT_FOUND"),
    "PartitionSetNotFoundError": (NotFoundError, "JOB_NOT_FOUND"),
    "PipelineNotFoundError": (NotFoundError, "JOB_NOT_FOUND"),
    "PresetNotFoundError": (InvalidRequestError, "INVALID_REQUEST"),
    "PythonError": (ServerFaultError, "SERVER_ERROR"),
    "ReloadNotSupported": (UnsupportedError, "UNSUPPORTED_BY_SERVER"),
    "RepositoryLocationNotFound": (NotFoundError, "LOCATION_NOT_FOUND"),
    "RepositoryNotFoundError": (NotFoundError, "LOCATION_NOT_FOUND"),
    "RunConfigValidationInvalid": (InvalidContentError, "INVALID_RUN_CONFIG"),
    "RunConflict": (ConflictError, "CONFLICT"),
    "RunNotFoundError": (NotFoundError, "RUN_NOT_FOUND"),
    "ScheduleNotFoundError": (NotFoundError, "SCHEDULE_NOT_FOUND"),
    "SensorNotFoundError": (NotFoundError, "SENSOR_NOT_FOUND"),
    "UnsupportedOperationError": (UnsupportedError, "UNSUPPORTED_BY_SERVER"),
    "UnauthorizedError": (ForbiddenError, "FORBIDDEN"),
}
# The errors of reading an answer if something is missing, has another type, or is nested without end.
_UNREADABLE = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
HINTS = {
    f"{noun.upper()}_NOT_FOUND": f"Use the whole id or its first characters, at least 6; `ops {noun} list` shows them."
    for noun in ("run", "backfill")
}
_NOT_FOUND = re.compile(r"(?:Pipeline run|(Backfill)) (\S+) could not be found\.?")
READ_ONLY = "the webserver is read-only, or you lack the permission"


def expect(data: Mapping[str, Any], field: str, typename: str) -> dict[str, Any]:
    """Return the union in ``field``, which must have the type ``typename``.

    Raises the error that ERRORS has for any other type, and ServerFaultError if ERRORS lacks it or there is no type.
    """
    answer = data.get(field) if isinstance(data, Mapping) else None
    if not isinstance(answer, dict) or not answer.get("__typename"):
        raise ServerFaultError(f"Dagster's answer has no {field}", code="INTERNAL_ERROR")
    if answer["__typename"] == typename:
        return answer
    raise error_of(answer)


def expect_list(data: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """Return the list in ``field``. Raises ServerFaultError if there is none."""
    answer = data.get(field)
    if not isinstance(answer, list):
        raise ServerFaultError(f"Dagster's answer has no {field}", code="INTERNAL_ERROR")
    return answer


def error_of(answer: Mapping[str, Any]) -> OpsError:
    """Return the error for a member of a union."""
    typename = str(answer["__typename"])
    message = _message(answer)
    if typename not in ERRORS:
        return ServerFaultError(f"Dagster answered {typename}: {message}", code="INTERNAL_ERROR")
    if typename == "UnauthorizedError":
        # Dagster does not say which of the two it is.
        message = f"{message.replace('Authorization failed', 'Not allowed') or 'Not allowed'}: {READ_ONLY}"
    kind, code = ERRORS[typename]
    if typename == "PythonError":
        message = f"Dagster failed: {message}"
    return kind(message or typename, code=code, hint=HINTS.get(code))


def _message(answer: Mapping[str, Any]) -> str:
    """Return the message of an error; a rejected run config has a list of them, and some errors have none."""
    several = answer.get("errors")
    if isinstance(several, list):
        return "\n".join(str(each.get("message", each)).strip() for each in several if isinstance(each, dict))
    message = str(answer.get("message") or "").strip()
    return _NOT_FOUND.sub(lambda match: f"{match[1] or 'Run'} {match[2]} not found", message)


def parse(model: type[M], answer: Any) -> M:
    """Return ``answer`` as a model. Raises BadResponseError, with the field, if it has another shape."""
    with reading_answer():
        return model.model_validate(answer)


def parse_list(kind: type[T], answers: Any) -> list[T]:
    """Return ``answers`` as models or texts, faster than one by one. Raises what ``parse`` raises."""
    with reading_answer():
        return _list_of(kind).validate_python(answers)  # type: ignore[arg-type]  # a type can be hashed


@lru_cache
def _list_of(kind: type) -> "TypeAdapter[list[Any]]":
    from pydantic import TypeAdapter

    return TypeAdapter(list[kind])  # type: ignore[valid-type]


@contextmanager
def reading_answer() -> Iterator[None]:
    """Raise BadResponseError if the code inside fails to read an answer, because it does not match Dagster's schema.

    Only code that reads answers belongs inside: a bug would be reported as Dagster's.
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise wrong_answer(f"{where}: {first['msg']}" if where else first["msg"]) from error
    except _UNREADABLE as error:
        raise wrong_answer(repr(error)) from error


def wrong_answer(what: str) -> BadResponseError:
    """Return the error for an answer that does not match Dagster's schema."""
    error = BadResponseError(f"Dagster's answer does not match its schema: {what}", passing=False)
    # If this was the answer to a mutation, the change may have been made.
    error.in_doubt = True
    return error
