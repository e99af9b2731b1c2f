"""What all models share: they are frozen, and their times are aware and in UTC."""

from datetime import datetime, timezone
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


class Model(BaseModel):
    """A frozen value. Fields map from GraphQL by alias, once, here; what a newer server adds is passed over."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)


def _with_digits(timespec: str) -> PlainSerializer:
    def show(time: datetime) -> str:
        # A list of runs is half times: isoformat takes twice as long for one that is aware.
        return time.astimezone(timezone.utc).replace(tzinfo=None).isoformat("T", timespec) + "Z"

    return PlainSerializer(show, when_used="json-unless-none")


# Dagster gives times as float seconds, and those of events as whole milliseconds in a text; pydantic tells seconds
# from milliseconds by their size.
Time = Annotated[datetime, _with_digits("microseconds")]
"""An aware time in UTC; in JSON always with six digits and ``Z``."""

EventTime = Annotated[datetime, _with_digits("milliseconds")]
"""An aware time in UTC; in JSON always with three digits and ``Z``."""
