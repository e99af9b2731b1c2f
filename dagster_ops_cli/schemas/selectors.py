"""How Dagster's GraphQL API takes jobs, assets and tags; standard library only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Dagster names a job's partition set after the job.
_PARTITION_SET = "_partition_set"
# Matches a slash between two parts of an asset key, but not the slash in \/, which belongs to a part.
_SLASH = re.compile(r"(?<!\\)/")


def repository_selector(location_name: str, repository_name: str) -> dict[str, str]:
    """Return a ``RepositorySelector``."""
    return {"repositoryLocationName": location_name, "repositoryName": repository_name}


@dataclass(frozen=True)
class JobSelector:
    """The names by which Dagster finds a job."""

    location_name: str
    repository_name: str
    job_name: str

    @property
    def repository(self) -> dict[str, str]:
        """A ``RepositorySelector``."""
        return repository_selector(self.location_name, self.repository_name)

    @property
    def pipeline(self) -> dict[str, str]:
        """A ``PipelineSelector``."""
        return {**self.repository, "pipelineName": self.job_name}

    @property
    def partition_set(self) -> str:
        """The name of the job's partition set."""
        return f"{self.job_name}{_PARTITION_SET}"

    def launch(self, asset_keys: Sequence[str] = ()) -> dict[str, object]:
        """Return a ``JobOrPipelineSelector`` for a run of some of the job's assets; no keys means the whole job."""
        assets = {"assetSelection": [asset_selector(key) for key in asset_keys]} if asset_keys else {}
        return {**self.repository, "jobName": self.job_name, **assets}


def job_of_partition_set(name: str) -> str:
    """Return the name of the job that a partition set belongs to."""
    return name.removesuffix(_PARTITION_SET)


def automation_selector(type_: str, location_name: str, repository_name: str, name: str) -> dict[str, str]:
    """Return a ``ScheduleSelector`` or ``SensorSelector``; ``type_`` is SCHEDULE or SENSOR."""
    return {"repositoryLocationName": location_name, "repositoryName": repository_name, f"{type_.lower()}Name": name}


def asset_selector(key: str) -> dict[str, list[str]]:
    """Return an ``AssetKeyInput``."""
    return {"path": asset_path(key)}


def asset_path(key: str) -> list[str]:
    """Return the parts of an asset key."""
    return [part.replace(r"\/", "/") for part in _SLASH.split(key)]


def asset_key(path: Sequence[str]) -> str:
    r"""Return an asset key as users write it: its parts, separated by slashes. A slash inside a part is ``\/``."""
    return "/".join([part.replace("/", r"\/") for part in path])


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as GraphQL takes them: a list of keys and values, for it has no maps."""
    return [{"key": key, "value": value} for key, value in tags.items()]
