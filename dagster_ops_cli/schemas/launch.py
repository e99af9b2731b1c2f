"""What a launch of a backfill is asked to run: one frozen value, which can be read back from the tags of its runs."""

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
    TAG_RUN_CONFIG,
    TAG_TOTAL,
    TAG_WORKER,
)
from dagster_ops_cli.schemas.partition_key import PartitionKey, join_key, split_key

_WRITTEN = (TAG_ATTEMPT, TAG_LAUNCH, TAG_TOTAL, TAG_WORKER, TAG_DIGEST, TAG_RUN_CONFIG, TAG_PLAN_OF)

# Where a run config is from: the configuration file, which holds for all partitions, or each partition's own.
FROM_FILE, FROM_PARTITION = "file", "partition"

# In strategy runs, the launch value is the id; this tells it from Dagster's ids.
LAUNCH_PREFIX = "ops-"
_LEGACY_VALUE = re.compile(r"ops-\d{8}-\d{6}-\w+")

# Some databases refuse tag values of more than 2,000 bytes. A launch that would take too many tags is not written.
_PIECE, _MOST_PIECES = 1900, 64
# How many runs, spread over a launch, carry it.
_CARRIERS = 5
# Keys are packed as a product of their dimensions unless that is this many times as large.
_SPARSE = 20


def is_launched_by_runs(backfill_id: str) -> bool:
    """Whether a backfill is known by its runs alone: Dagster has no record of it."""
    return backfill_id.startswith(LAUNCH_PREFIX)


def is_legacy_value(value: str) -> bool:
    """Whether a launch value was drawn at random, as versions before 0.2 did in strategy ``runs``."""
    return bool(_LEGACY_VALUE.fullmatch(value))


def launch_value(name: str, config_hash: str, attempt: int) -> str:
    """Return the launch value of strategy ``runs``: everybody who runs this file at this attempt has the same."""
    digest = hashlib.sha256(f"{name}\0{config_hash}".encode()).hexdigest()[:12]
    # Letters only, so that no value looks like one that begins with a date.
    return f"{LAUNCH_PREFIX}{digest.translate(str.maketrans('0123456789', 'ghijklmnop'))}-{attempt}"


class Launch(Model):
    """One attempt at a backfill: everything that decides what is run, and with what.

    ``partitions`` are keys in Dagster's order; ``dimensions`` the names of the partitions' dimensions, sorted.
    ``run_config`` is there only where it is the file's; ``tags`` are those of the user, of the pipeline and of a retry;
    ``unchecked`` says that Dagster was not asked whether the partitions exist.
    ``value`` is the launch value, which stands on every run.
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
    unchecked: bool = False

    @model_validator(mode="after")
    def _has_one_target(self) -> "Launch":
        # Dagster takes an empty selection of assets for all assets of the job.
        if bool(self.job_name) == bool(self.asset_keys):
            raise ValueError("a launch is of a job, or of at least one asset")
        return self

    @property
    def total(self) -> int:
        """How many partitions it is of."""
        return len(self.partitions)

    @property
    def written_tags(self) -> dict[str, str]:
        """The tags of the backfill or of each of its runs."""
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
        # A backfill that was not launched from a file has neither name nor hash.
        return {key: value for key, value in written.items() if value}

    def partition_tags(self, key: str) -> dict[str, str]:
        """Return the tags that Dagster gives to the run of an asset's partition."""
        return PartitionKey.parse(key, self.dimensions).tags

    @property
    def carriers(self) -> frozenset[str]:
        """The keys whose runs carry the launch itself."""
        last = self.total - 1
        return frozenset(self.partitions[round(last * part / (_CARRIERS - 1))] for part in range(_CARRIERS))

    @property
    def plan_tags(self) -> dict[str, str]:
        """The tags from which ``read_plan`` reads the target and the keys; none where they would be too many."""
        names = {"job_name", "asset_keys", "location_name", "repository_name", "dimensions", "unchecked"}
        target = self.model_dump(include=names)
        text = json.dumps({**target, "keys": _pack(self.partitions)}, ensure_ascii=False)
        packed = b64encode(zlib.compress(text.encode(), 9)).decode()
        pieces = [packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE)]
        if len(pieces) > _MOST_PIECES:
            return {}
        return {TAG_PLAN_OF: self.value, **{f"{PLAN_PREFIX}{number}": piece for number, piece in enumerate(pieces, 1)}}


def read_plan(tags: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the target and the ``partitions`` of the launch that stands in the tags of a run, as fields of Launch.

    None where the tags hold none, or what can't be read.
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
    """Return those tags of a launch that the next attempt has as well: the user's, and the pipeline's."""
    return {
        key: value
        for key, value in tags.items()
        if key not in _WRITTEN and not key.startswith((*dagster_tags.DAGSTER_PREFIXES, PLAN_PREFIX))
    }


def digest_of(keys: Sequence[str]) -> str:
    """Return 16 hexadecimal digits that tell one list of keys from another."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _pack(keys: Sequence[str]) -> dict[str, Any]:
    """Return keys as the values of each dimension and, run by run, how many of their product are taken and left out.

    Keys that are in another order than their product stand there one by one.
    """
    split = [split_key(key) for key in keys]
    axes = [list(dict.fromkeys(axis)) for axis in zip(*split, strict=False)]
    # Walking the product takes too long if only a few of its keys are chosen.
    if len(set(map(len, split))) == 1 and prod(map(len, axes)) <= _SPARSE * len(keys):
        taken = set(keys)
        lengths = [len(list(run)) for run in _runs(axes, taken)]
        packed = {"axes": [_transpose(axis) for axis in axes], "runs": lengths}
        if _unpack(packed) == list(keys):
            return packed
    return {"keys": _transpose(keys)}


def _runs(axes: Sequence[Sequence[str]], taken: set[str]) -> Iterator[Iterator[bool]]:
    """Yield runs of partitions that are taken and that are not, in turn; the first run is of ones that are."""
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
    """Return keys column by column: ten thousand dates then take some hundred bytes when they are compressed."""
    width = max(map(len, keys))
    return [width, "".join("".join(column) for column in zip(*(key.ljust(width, "\0") for key in keys), strict=True))]


def _lines(transposed: Sequence[Any]) -> list[str]:
    width, text = transposed
    count = len(text) // width if width else 1
    return [text[row::count].rstrip("\0") for row in range(count)]
