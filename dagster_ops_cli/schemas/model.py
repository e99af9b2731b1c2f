"""The base of all models, and the types of times."""

from datetime import datetime, timezone
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


class Model(BaseModel):
    """A frozen model. Aliases map its fields from GraphQL; fields that a newer server adds are ignored."""

    # JSON has every field, also one with its default.
    model_config = ConfigDict(
        frozen=True, populate_by_name=True, defer_build=True, json_schema_serialization_defaults_required=True
    )


_IN_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")


def _with_digits(timespec: str) -> PlainSerializer:
    def show(time: datetime) -> str:
        # Lists of runs contain many times, and isoformat takes twice as long for an aware one.
        return time.astimezone(timezone.utc).replace(tzinfo=None).isoformat("T", timespec) + "Z"

    return PlainSerializer(show, when_used="json-unless-none")


# Dagster returns times as float seconds, and times of events as milliseconds in a text; pydantic distinguishes seconds
# from milliseconds by their size.
Time = Annotated[datetime, _with_digits("microseconds"), _IN_SCHEMA]
"""An aware time in UTC; in JSON always with six digits and ``Z``."""

EventTime = Annotated[datetime, _with_digits("milliseconds"), _IN_SCHEMA]
"""An aware time in UTC; in JSON always with three digits and ``Z``."""
