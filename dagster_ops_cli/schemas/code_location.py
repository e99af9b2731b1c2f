"""Code locations: whether they load, which version they serve, and what they define."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run.why import Cause
from dagster_ops_cli.schemas.run_events import RunEventError, nest_error


class CodeLocationRow(Model):
    """A code location in a list. Source: ``WorkspaceLocationEntry``.

    ``state`` is ``loaded``, ``failed`` or ``loading``. ``version_key`` is opaque: it changes when Dagster reloads the
    location. ``source`` is where Dagster loads it from, ``url`` its page in Dagster's UI. ``errors`` begin with the
    error that was raised and end with its root cause; empty if it loads. ``load_error`` is not in JSON.
    """

    name: str
    state: str
    version_key: str | None
    updated_at: Time | None
    library_versions: dict[str, str]
    source: dict[str, str]
    repositories: list[str]
    errors: list[Cause] = Field(default_factory=list)
    url: str | None
    load_error: Annotated[RunEventError | None, BeforeValidator(nest_error)] = Field(None, exclude=True)

    @property
    def is_remote(self) -> bool:
        """Whether Dagster only connects to its code server. A reload may then not re-import the code."""
        return bool({"host", "socket", "port"} & self.source.keys())


class RepositoryContent(Model):
    """The names of the definitions in a repository; ``assets`` are keys."""

    name: str
    jobs: list[str]
    assets: list[str]
    schedules: list[str]
    sensors: list[str]


class CodeLocationDetail(CodeLocationRow):
    """A code location with its definitions; ``contents`` has an entry for each repository."""

    contents: list[RepositoryContent]


class ReloadResult(Model):
    """The result of reloading a code location.

    ``state`` is ``loaded`` (new version, no error), ``failed`` (it does not load), ``unchanged`` (it loads, but its
    version key still is ``previous_key``), ``unstable`` (two polls returned different keys) or ``refused``. ``error``
    and ``code`` say why.
    """

    name: str
    state: str
    previous_key: str | None
    version_key: str | None = None
    errors: list[Cause] = Field(default_factory=list)
    error: str | None = None
    code: str | None = None
