"""From an answer's typename to what it stands for: the one table of Dagster's error types."""

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

# Every error type that an operation of ours can answer with; a test holds the table against Dagster's schema.
ERRORS: Mapping[str, tuple[type[OpsError], str]] = {
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
    "RepositoryNotFoundError": (NotFoundError, "LOCATION_NOT_FOUND"),
    "RunConfigValidationInvalid": (InvalidContentError, "INVALID_RUN_CONFIG"),
    "RunConflict": (ConflictError, "CONFLICT"),
    "RunNotFoundError": (NotFoundError, "RUN_NOT_FOUND"),
    "ScheduleNotFoundError": (NotFoundError, "SCHEDULE_NOT_FOUND"),
    "SensorNotFoundError": (NotFoundError, "SENSOR_NOT_FOUND"),
    "UnsupportedOperationError": (UnsupportedError, "UNSUPPORTED_BY_SERVER"),
    "UnauthorizedError": (ForbiddenError, "FORBIDDEN"),
}
_UNPROMISED = "Dagster's answer is not what its schema promises"
# What reading raises where something is missing, or is something else; a plan that goes in a circle included.
_UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
_HINTS = {"RUN_NOT_FOUND": "An id must be whole, and in lower case."}


def expect(data: Mapping[str, Any], field: str, typename: str) -> dict[str, Any]:
    """Return the member ``typename`` of the union that ``field`` answered with.

    Raises the error that the table has for any other typename; one that the table
    lacks, and an answer without any, is a fault of the server, so that it stays visible.
    """
    answer = data.get(field) if isinstance(data, Mapping) else None
    if not isinstance(answer, dict) or not answer.get("__typename"):
        raise ServerFaultError(f"Dagster gave no answer to {field}", code="INTERNAL_ERROR")
    if answer["__typename"] == typename:
        return answer
    raise error_of(answer)


def expect_list(data: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """Return the list that ``field`` answered with. Raises ServerFaultError where there is none."""
    answer = data.get(field)
    if not isinstance(answer, list):
        raise ServerFaultError(f"Dagster gave no answer to {field}", code="INTERNAL_ERROR")
    return answer


def error_of(answer: Mapping[str, Any]) -> OpsError:
    """Return the error that a union's member stands for."""
    typename = str(answer["__typename"])
    message = _message(answer)
    if typename not in ERRORS:
        return ServerFaultError(f"Dagster answered {typename}: {message}", code="INTERNAL_ERROR")
    if typename == "UnauthorizedError":
        # Dagster says the same whatever the reason, and never which.
        message = f"{message}: the webserver is read-only, or does not allow it to you"
    kind, code = ERRORS[typename]
    if typename == "PythonError":
        message = f"Dagster failed: {message}"
    return kind(message or typename, code=code, hint=_HINTS.get(code))


def _message(answer: Mapping[str, Any]) -> str:
    """A rejected run config has a list of messages; every other error has one, or says all with its name."""
    several = answer.get("errors")
    if isinstance(several, list):
        return "\n".join(str(each.get("message", each)).strip() for each in several if isinstance(each, dict))
    return str(answer.get("message") or "").strip()


def parse(model: type[M], answer: Any) -> M:
    """Return ``answer`` as a model. Raises BadResponseError where it is shaped otherwise, naming the field."""
    with as_promised():
        return model.model_validate(answer)


def parse_list(kind: type[T], answers: Any) -> list[T]:
    """Return ``answers`` as models or texts, faster than one by one. Raises what ``parse`` does."""
    with as_promised():
        return _list_of(kind).validate_python(answers)  # type: ignore[arg-type]  # a type can be hashed


@lru_cache
def _list_of(kind: type) -> "TypeAdapter[list[Any]]":
    from pydantic import TypeAdapter

    return TypeAdapter(list[kind])  # type: ignore[valid-type]


@contextmanager
def as_promised() -> Iterator[None]:
    """Raise BadResponseError where what reads an answer inside finds it shaped otherwise than the schema promises.

    Nothing but reading belongs inside: the error of a bug would be taken for Dagster's.
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise unpromised(f"{where}: {first['msg']}") from error
    except _UNREADABLE as error:
        raise unpromised(repr(error)) from error


def unpromised(what: str) -> BadResponseError:
    """Return the error for an answer shaped otherwise than the schema promises."""
    error = BadResponseError(f"{_UNPROMISED}: {what}", passing=False)
    # Where a change was answered so, it may well have been made.
    error.in_doubt = True
    return error
