"""The launch of a backfill as a value, which can be read back from the tags of its runs."""

import hashlib
import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product
from math import prod
from typing import Any

from pydantic import Field, model_validator

from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.backfill.config import STRATEGY_RUNS
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.ops_tags import (
    PLAN_PREFIX,
    TAG_ATTEMPT,
    TAG_CONFIG,
    TAG_DIGEST,
    TAG_LAUNCH,
    TAG_NAME,
    TAG_PLAN_OF,
    TAG_REPLACED,
    TAG_RUN_CONFIG,
    TAG_TOTAL,
    TAG_WORKER,
)
from dagster_ops_cli.schemas.partition_key import PartitionKey, join_key, split_key

_WRITTEN = (TAG_ATTEMPT, TAG_LAUNCH, TAG_TOTAL, TAG_WORKER, TAG_DIGEST, TAG_RUN_CONFIG, TAG_PLAN_OF, TAG_REPLACED)

# The source of the run config: the configuration file, for all partitions, or each partition.
FROM_FILE, FROM_PARTITION = "file", "partition"

# With strategy runs, the launch value is the backfill's id. The prefix tells it from ids of Dagster.
LAUNCH_PREFIX = "ops-"
_LEGACY_VALUE = re.compile(r"ops-\d{8}-\d{6}-\w+")

# Some databases refuse tag values of more than 2,000 bytes. A launch that needs too many tags is not stored.
_PIECE, _MOST_PIECES = 1900, 64
# How many runs of a launch store it.
_CARRIERS = 5
# Keys are stored as a product of their dimensions, unless the product is more than this many times as large.
_SPARSE = 20


def is_launched_by_runs(backfill_id: str) -> bool:
    """Whether a backfill has strategy ``runs``: it consists of runs, and Dagster has no record of it."""
    return backfill_id.startswith(LAUNCH_PREFIX)


def is_legacy_value(value: str) -> bool:
    """Whether a launch value is a random one, of a version before 0.2."""
    return bool(_LEGACY_VALUE.fullmatch(value))


def launch_value(name: str, config_hash: str, attempt: int) -> str:
    """Return the launch value for strategy ``runs``. It is the same for every command on this file and attempt."""
    digest = hashlib.sha256(f"{name}\0{config_hash}".encode()).hexdigest()[:12]
    # Letters only, so that it does not look like a legacy value, which begins with a date.
    return f"{LAUNCH_PREFIX}{digest.translate(str.maketrans('0123456789', 'ghijklmnop'))}-{attempt}"


class Launch(Model):
    """One attempt of a backfill: everything that decides what runs.

    ``partitions`` are the keys in Dagster's order, ``dimensions`` the sorted names of their dimensions. ``run_config``
    is that of the file, if it has one. ``tags`` are those of the user, of the pipeline and of a retry. ``unchecked``
    says that Dagster was not asked whether the partitions exist. ``replacing`` names the tags that replace those of the
    job's code. ``value`` is the launch value, a tag of every run.
    """

    name: str
    config_hash: str
    attempt: int = Field(ge=1)
    value: str
    strategy: str
    job_name: str | None = None
    asset_keys: list[str] | None = None
    location_name: str | None = None
    repository_name: str | None = None
    dimensions: list[str] = Field(default_factory=list)
    partitions: list[str] = Field(min_length=1)
    run_config: dict[str, Any] | None = None
    run_config_from: str = FROM_PARTITION
    tags: dict[str, str] = Field(default_factory=dict)
    replacing: list[str] = Field(default_factory=list)
    unchecked: bool = False

    @model_validator(mode="after")
    def _has_one_target(self) -> "Launch":
        # Dagster takes an empty selection of assets as all assets of the job.
        if bool(self.job_name) == bool(self.asset_keys):
            raise ValueError("a launch needs either a job or at least one asset")
        return self

    @property
    def total(self) -> int:
        """The number of partitions."""
        return len(self.partitions)

    @property
    def written_tags(self) -> dict[str, str]:
        """The tags for the backfill, or for each of its runs."""
        written = {
            **self.tags,
            TAG_NAME: self.name,
            TAG_CONFIG: self.config_hash,
            TAG_ATTEMPT: str(self.attempt),
            TAG_LAUNCH: self.value,
            TAG_TOTAL: str(self.total),
            TAG_RUN_CONFIG: self.run_config_from,
        }
        if self.strategy == STRATEGY_RUNS:
            written[TAG_DIGEST] = digest_of(self.partitions)
        # A backfill without a file has no name and no hash.
        return {key: value for key, value in written.items() if value}

    def partition_tags(self, key: str) -> dict[str, str]:
        """Return the tags that Dagster gives to the run of an asset's partition."""
        return PartitionKey.parse(key, self.dimensions).tags

    def replaced_tags(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the tags that replace some of a partition's ``own`` tags, and the tag that names them for a retry."""
        replaced = {name: self.tags[name] for name in self.replacing if name in own and name in self.tags}
        return {**replaced, TAG_REPLACED: json.dumps(sorted(replaced))} if replaced else {}

    @property
    def carriers(self) -> frozenset[str]:
        """The keys whose runs store the launch."""
        last = self.total - 1
        return frozenset(self.partitions[round(last * part / (_CARRIERS - 1))] for part in range(_CARRIERS))

    @property
    def plan_tags(self) -> dict[str, str]:
        """The tags that store the target and the keys for ``read_plan``; empty if they would be too many."""
        names = {"job_name", "asset_keys", "location_name", "repository_name", "dimensions", "unchecked"}
        target = self.model_dump(include=names)
        text = json.dumps({**target, "keys": _pack(self.partitions)}, ensure_ascii=False)
        packed = b64encode(zlib.compress(text.encode(), 9)).decode()
        pieces = [packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE)]
        if len(pieces) > _MOST_PIECES:
            return {}
        return {TAG_PLAN_OF: self.value, **{f"{PLAN_PREFIX}{number}": piece for number, piece in enumerate(pieces, 1)}}


def read_plan(tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the target and the ``partitions`` of the launch stored in the tags of a run, as fields of Launch.

    None if the tags do not store a launch, or it can't be read.
    """
    pieces: list[str] = []
    while piece := tags.get(f"{PLAN_PREFIX}{len(pieces) + 1}"):
        pieces.append(piece)
    try:
        fields = json.loads(zlib.decompress(b64decode("".join(pieces), validate=True)))
        keys = fields.pop("keys")
        return {**fields, "partitions": _unpack(keys)}
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error):
        return None


def kept_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a launch that the next attempt keeps: the user's and the pipeline's."""
    return {
        key: value
        for key, value in tags.items()
        if key in dagster_tags.FOR_DAGSTER
        or not (key in _WRITTEN or key.startswith((*dagster_tags.DAGSTER_PREFIXES, PLAN_PREFIX)))
    }


def replacing_tags(tags: Mapping[str, str]) -> list[str]:
    """Return the names of tags that replaced those of the job's code, from the tags of a run."""
    names: list[str] = json.loads(tags.get(TAG_REPLACED, "[]"))
    return names


def digest_of(keys: Sequence[str]) -> str:
    """Return a digest of 16 hexadecimal digits of a list of keys."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _pack(keys: Sequence[str]) -> dict[str, Any]:
    """Return keys as the values of each dimension, and alternating counts of keys of the product taken and left out.

    Keys in another order than that of the product are listed one by one.
    """
    split = [split_key(key) for key in keys]
    axes = [list(dict.fromkeys(axis)) for axis in zip(*split, strict=False)]
    # Going through the product takes too long if only few of its keys are taken.
    if len(set(map(len, split))) == 1 and prod(map(len, axes)) <= _SPARSE * len(keys):
        taken = set(keys)
        lengths = [len(list(run)) for run in _runs(axes, taken)]
        packed = {"axes": [_transpose(axis) for axis in axes], "runs": lengths}
        if _unpack(packed) == list(keys):
            return packed
    return {"keys": _transpose(keys)}


def _runs(axes: Sequence[Sequence[str]], taken: set[str]) -> Iterator[Iterator[bool]]:
    """Yield, in turn, groups of keys that are taken and groups that are not; the first group is taken."""
    for _, run in groupby(join_key(parts) in taken for parts in product(*axes)):
        yield run


def _unpack(packed: Mapping[str, Any]) -> list[str]:
    if "keys" in packed:
        return _lines(packed["keys"])
    keys = [join_key(parts) for parts in product(*(_lines(axis) for axis in packed["axes"]))]
    taken, start, is_taken = [], 0, True
    for length in packed["runs"]:
        if is_taken:
            taken += keys[start : start + length]
        start, is_taken = start + length, not is_taken
    return taken


def _transpose(keys: Sequence[str]) -> list[Any]:
    """Return keys column by column, because that compresses well: ten thousand dates to some hundred bytes."""
    width = max(map(len, keys))
    return [width, "".join("".join(column) for column in zip(*(key.ljust(width, "\0") for key in keys), strict=True))]


def _lines(transposed: Sequence[Any]) -> list[str]:
    width, text = transposed
    count = len(text) // width if width else 1
    return [text[row::count].rstrip("\0") for row in range(count)]
