"""A launch as a value: the same for every command, and readable from the tags of its runs."""

import json
import random
import zlib
from base64 import b64encode
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dagster_ops_cli.schemas.backfill.launch import (
    Launch,
    digest_of,
    is_launched_by_runs,
    is_legacy_value,
    kept_tags,
    launch_value,
    read_plan,
)
from dagster_ops_cli.schemas.ops_tags import TAG_PLAN_OF

DAYS = [str(date(2000, 1, 1) + timedelta(days=number)) for number in range(100_000)]
GRID = [f"{day}|station-{number:03}" for day in DAYS[:1000] for number in range(100)]


def launch_of(keys: list[str], **fields: Any) -> Launch:
    known: dict[str, Any] = {
        "name": "monthly",
        "config_hash": "0",
        "attempt": 1,
        "value": launch_value("monthly", "0", 1),
        "strategy": "runs",
        "job_name": "daily_job",
        "location_name": "here.py",
        "repository_name": "__repository__",
        "partitions": keys,
    }
    return Launch(**{**known, **fields})


def chosen(keys: list[str], share: float) -> list[str]:
    """A part of the keys, the same one each time."""
    draw = random.Random(1)
    return [key for key in keys if draw.random() < share]


def drawn(count: int) -> list[str]:
    """Keys that can't be compressed."""
    draw = random.Random(2)
    return [f"{draw.getrandbits(64):016x}" for _ in range(count)]


class TestPlanTags:
    @pytest.mark.parametrize(
        "keys",
        [
            pytest.param(["2024-01-01"], id="one key"),
            pytest.param(DAYS[:31], id="a range"),
            pytest.param([*DAYS[:31], *DAYS[40:50]], id="two ranges"),
            pytest.param(DAYS, id="100,000 dates"),
            pytest.param([f"key-{number}" for number in range(100_000)], id="100,000 keys of different lengths"),
            pytest.param(GRID, id="a grid of 100,000"),
            pytest.param([f"{a}|{b}|{c}" for a in "ab" for b in "cd" for c in "ef"], id="three dimensions"),
            pytest.param(chosen(DAYS[:30_000], 0.5), id="half of many dates"),
            pytest.param(chosen(GRID, 0.1), id="a tenth of a grid"),
            pytest.param([f"{day}|{day}" for day in DAYS[:1000]], id="a diagonal"),
            pytest.param(drawn(5_000), id="5,000 keys at random"),
            pytest.param(DAYS[:31][::-1], id="newest first"),
            pytest.param(["b|x", "a|y", "b|y", "a|x"], id="a grid in another order"),
            pytest.param([""], id="the empty key"),
            pytest.param(["", "a", "|"], id="the empty key among others"),
            pytest.param(["|", "||", "a|", "|a"], id="bars"),
            pytest.param(["a", "a|b"], id="with and without a bar"),
            pytest.param(["a", "a ", " a", "\t", "\n", '"', "\\", "{}"], id="white space and quotes"),
            pytest.param(["Genève", "日本", "🎉", "e\u0301", "\u2028"], id="unicode"),
            pytest.param(["Genève|日本", "Genève|🎉", "Köln|日本"], id="unicode in two dimensions"),
            pytest.param(["k" * 250, "k"], id="a long key"),
        ],
    )
    def test_are_read_back(self, keys: list[str]) -> None:
        launch = launch_of(keys, dimensions=["day", "station"])
        tags = launch.plan_tags
        assert tags[TAG_PLAN_OF] == launch.value
        assert max(len(value.encode()) for value in tags.values()) <= 2000
        assert read_plan(tags) == {
            "job_name": "daily_job",
            "asset_keys": None,
            "location_name": "here.py",
            "repository_name": "__repository__",
            "dimensions": ["day", "station"],
            "unchecked": False,
            "partitions": keys,
        }

    @given(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, unique=True)
    )
    def test_are_read_back_whatever_the_keys(self, keys: list[str]) -> None:
        fields = read_plan(launch_of(keys).plan_tags)
        assert fields is not None
        assert fields["partitions"] == keys

    def test_of_assets_are_read_back(self) -> None:
        assets = launch_of(DAYS[:3], job_name=None, asset_keys=["air/raw", "air/clean"], unchecked=True)
        fields = read_plan(assets.plan_tags)
        assert fields is not None
        again = launch_of(**{**fields, "keys": fields.pop("partitions")})
        assert again == assets

    def test_stand_among_the_other_tags_of_a_run(self) -> None:
        launch = launch_of(DAYS[:3], tags={"team": "air"})
        fields = read_plan({**launch.written_tags, **launch.plan_tags, "dagster/partition": DAYS[0]})
        assert fields is not None
        assert fields["partitions"] == DAYS[:3]

    def test_are_left_out_where_they_would_be_too_many(self) -> None:
        assert launch_of(drawn(10_000)).plan_tags == {}

    @pytest.mark.parametrize(
        "content", ["", "x", 5, None, [], {}, {"keys": {}}, {"keys": 5}, {"keys": {"keys": [2, 5]}}]
    )
    def test_that_somebody_else_wrote_are_no_plan(self, content: Any) -> None:
        text = b64encode(zlib.compress(json.dumps(content).encode())).decode()
        assert read_plan({"ops/plan-1": text}) is None

    def test_that_are_damaged_are_no_plan(self) -> None:
        tags = launch_of(drawn(500)).plan_tags
        assert read_plan({}) is None
        assert read_plan({"ops/plan-1": "not base64"}) is None
        assert read_plan({key: value for key, value in tags.items() if key != "ops/plan-2"}) is None

    def test_of_this_version_can_be_read_by_later_ones(self) -> None:
        text = (
            "eNo9zcEKwjAMxvFXGTl70aOvMsrIuojdskSaFhxj726qsuuPf/LtMOs4CK4E9w5muHSAZlSGhTZzksrsxhqxJJWz5FZmeqmlonk7PTef"
            "0kpinrcPfXCpEp8UF5ocHshGbv+FHfBN37C/tvURQrvI9Xd9C8fxAVBlNEo="
        )
        assert read_plan({"ops/plan-1": text}) == {
            "job_name": "j",
            "asset_keys": None,
            "location_name": "l",
            "repository_name": "r",
            "dimensions": [],
            "unchecked": False,
            "partitions": ["a", "b"],
        }


class TestCarriers:
    @pytest.mark.parametrize(
        ("count", "places"),
        [(1, [0]), (2, [0, 1]), (4, [0, 1, 2, 3]), (5, [0, 1, 2, 3, 4]), (101, [0, 25, 50, 75, 100])],
    )
    def test_are_spread_over_the_launch(self, count: int, places: list[int]) -> None:
        assert launch_of(DAYS[:count]).carriers == {DAYS[place] for place in places}


class TestIdentity:
    @pytest.mark.parametrize(
        ("name", "config_hash", "attempt", "value"),
        [
            ("monthly", "0", 1, "ops-nhoejojlebga-1"),
            ("#1", "597073791a9c0cb7", 1, "ops-mdpagkapneck-1"),
            ("#1", "597073791a9c0cb7", 12, "ops-mdpagkapneck-12"),
            ("été|\0", "", 3, "ops-nnehmiclgcjb-3"),
        ],
    )
    def test_launch_values_never_change(self, name: str, config_hash: str, attempt: int, value: str) -> None:
        assert launch_value(name, config_hash, attempt) == value
        assert is_launched_by_runs(value)
        assert not is_legacy_value(value)

    @pytest.mark.parametrize(
        ("keys", "digest"),
        [
            (["a"], "ca978112ca1bbdca"),
            (["a", "b"], "7e18f737311b2dc3"),
            (["2024-01-01|ä", ""], "185d61e0ad47b799"),
        ],
    )
    def test_digests_never_change(self, keys: list[str], digest: str) -> None:
        assert digest_of(keys) == digest

    def test_written_tags_never_change(self) -> None:
        launch = launch_of(["a", "b"], tags={"team": "air", "ops/backfill": "of somebody"})
        assert launch.written_tags == {
            "team": "air",
            "ops/backfill": "monthly",
            "ops/config": "0",
            "ops/attempt": "1",
            "ops/launch": "ops-nhoejojlebga-1",
            "ops/total": "2",
            "ops/run-config": "partition",
            "ops/digest": "7e18f737311b2dc3",
        }

    @pytest.mark.parametrize("value", ["ops-20260101-120000-1a2b3c4d", "ops-20260101-120000-test"])
    def test_values_of_earlier_versions_are_recognised(self, value: str) -> None:
        assert is_legacy_value(value)
        assert is_launched_by_runs(value)

    @pytest.mark.parametrize("value", ["ops-nhoejojlebga-1", "ops-", "abcdefgh", "ops-20260101-1", ""])
    def test_other_values_are_not_taken_for_those(self, value: str) -> None:
        assert not is_legacy_value(value)


class TestTarget:
    @pytest.mark.parametrize(
        "target",
        [
            {"job_name": None, "asset_keys": []},
            {"job_name": None, "asset_keys": None},
            {"job_name": "", "asset_keys": []},
            {"job_name": "daily_job", "asset_keys": ["air"]},
        ],
    )
    def test_is_one_job_or_at_least_one_asset(self, target: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="a launch needs either a job or at least one asset"):
            launch_of(["a"], **target)

    def test_has_partitions(self) -> None:
        with pytest.raises(ValidationError):
            launch_of([])

    def test_partitions_of_assets_name_their_dimensions(self) -> None:
        launch = launch_of(["2024|a"], job_name=None, asset_keys=["air"], dimensions=["day", "zone"])
        assert launch.partition_tags("2024|a") == {
            "dagster/partition": "2024|a",
            "dagster/partition/day": "2024",
            "dagster/partition/zone": "a",
        }
        one = launch_of(["a|b"], job_name=None, asset_keys=["air"], dimensions=["day"])
        assert one.partition_tags("a|b") == {"dagster/partition": "a|b"}


def test_the_next_attempt_keeps_the_tags_of_the_user() -> None:
    own = {"team": "air", "ops/pipeline": "https://ci/1", "dagster/priority": "3", "dagster/max_retries": "2"}
    launch = launch_of(["a"], tags=own)
    tags = {**launch.written_tags, **launch.plan_tags, "ops/worker": "me", "dagster/partition": "a", ".dagster/x": "y"}
    assert kept_tags(tags) == {
        **own,
        "ops/backfill": "monthly",
        "ops/config": "0",
    }
