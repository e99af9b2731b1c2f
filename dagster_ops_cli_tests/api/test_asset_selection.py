"""Selections against Dagster's own ``AssetSelection.from_string``: the same assets, or both refuse."""

import random
import warnings
from typing import Any

import pytest
from dagster import AssetKey, AssetSelection, AssetSpec, Definitions, asset
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph as DagsterGraph

from dagster_ops_cli.api.asset.selection import AssetGraph, resolve_selection
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError, OpsError
from dagster_ops_cli.schemas.asset.definition import AssetRow

KIND_PREFIX = "dagster/kind/"
# Name: what it depends on, group, kinds, owner, tags. Names in capitals are external assets.
ASSETS: dict[str, tuple[list[str], str, set[str], str | None, dict[str, str]]] = {
    "FILES": ([], "outside", {"s3"}, "team:data", {"tier": "1"}),
    "raw/orders": (["FILES"], "raw", {"python", "csv"}, "team:data", {}),
    "raw/prices": ([], "raw", set(), "ann@example.com", {"tier": "1"}),
    "staging/orders": (["raw/orders", "raw/prices"], "staging", {"dbt"}, None, {"team": "a-b"}),
    "marts/daily": (["staging/orders"], "marts", {"dbt"}, None, {"tier": "2"}),
    "marts/monthly": (["marts/daily"], "marts", {"dbt"}, "team:data", {"flag": ""}),
    "MIRROR": (["marts/daily"], "outside", set(), None, {}),
    "report": (["marts/monthly", "MIRROR"], "reports", {"notebook"}, "ann@example.com", {}),
    "lone": ([], "default", set(), None, {}),
}


def _row(key: str) -> AssetRow:
    deps, group, kinds, owner, tags = ASSETS[key]
    return AssetRow(
        key=key,
        group_name=group,
        kinds=sorted(kinds),
        owners=[owner] if owner else [],
        tags={**tags, **{f"{KIND_PREFIX}{kind}": "" for kind in kinds}},
        location_name="here",
        repository_name="__repository__",
        is_materializable=not key.isupper(),
        partition_type=None,
        job_names=["__ASSET_JOB"],
        upstream=deps,
        url="",
    )


OURS = AssetGraph.of(map(_row, ASSETS))


def _definition(key: str) -> Any:
    deps, group, kinds, owner, tags = ASSETS[key]
    given: dict[str, Any] = {
        "key": AssetKey.from_user_string(key),
        "deps": [AssetKey.from_user_string(each) for each in deps],
        "group_name": group,
        "kinds": kinds,
        "owners": [owner] if owner else [],
        "tags": tags,
    }
    if key.isupper():
        return AssetSpec(**given)

    @asset(**given)  # type: ignore[untyped-decorator]
    def made() -> None:
        pass

    return made


@pytest.fixture(scope="module")
def theirs() -> DagsterGraph:
    return Definitions(assets=[_definition(key) for key in ASSETS]).resolve_asset_graph()


def dagsters(text: str, graph: DagsterGraph) -> set[str] | None:
    try:
        with warnings.catch_warnings():
            # Dagster calls parts of selections beta.
            warnings.simplefilter("ignore")
            return {key.to_user_string() for key in AssetSelection.from_string(text).resolve(graph)}
    except Exception:  # noqa: BLE001 - whatever it is, Dagster does not take the text
        return None


def ours(text: str) -> set[str] | None:
    try:
        return resolve_selection(text, OURS)
    except OpsError:
        return None


WRITTEN = [
    *("*", "lone", "marts/daily", "+marts/daily", "++marts/daily", "*marts/daily", "marts/daily+", "raw/orders*"),
    *("*marts/daily+", "+FILES+", "FILES+", "+FILES", "key:FILES", 'key:"marts/*"', "key:*", "key:mart*", "key:*s/*s"),
    *('+key:"marts/daily"', '1+key:"marts/daily"', 'key:"FILES"+2', '2+key:"marts/daily"+1', 'key:"FILES"+0'),
    *("key:raw/orders+", "not key:lone", "not key:lone and group:marts", "not group:marts or key:lone"),
    *(
        "group:raw or group:marts and kind:dbt",
        "(group:raw or group:marts) and kind:dbt",
        "not (group:raw or kind:dbt)",
    ),
    *("sinks(*)", "roots(*)", "sinks(group:marts)", "roots(group:marts)", "roots(key:FILES or key:report)"),
    *("sinks(key:FILES or key:report)", "+sinks(group:raw)+", "roots(group:raw)+1", "+(group:marts)", "(key:lone)"),
    *("kind:dbt", "kind:<null>", "kind:s3", "group:<null>", 'group:"*s"', "group:outside", "owner:<null>"),
    *('owner:"team:data"', "owner:team:data", 'owner:"ann@example.com"', "tag:tier", "tag:tier=1", 'tag:"tier"="1"'),
    *('tag:"team"="a-b"', "tag:flag", "tag:tier=one", "tag:<null>", "tag:dagster/kind/dbt", "tag:a-b", "tag:tier=1x"),
    *(
        "is:external",
        "is:materializable",
        "is:other",
        "partitions:none",
        "partitions:static",
        "key:nope",
        "nope",
        "a,b",
    ),
    *("", " ", "key:", "key:a b", "key:lone lone", "key:lone+key:lone", "and", "not", "()", "(key:lone", "key:lone)"),
    *(
        "NOT key:lone",
        "key:lone OR key:report",
        "key:lone Or key:report",
        "key:lone++",
        "++key:lone",
        "key:and",
        "2+lone",
    ),
    *(
        "+ key:report",
        "key : lone",
        "key:lone\tor\nkey:report",
        'key:"lone',
        "key:1",
        "sinks key:lone",
        "not not key:lone",
    ),
    *(
        "raw/orders-",
        "group:job",
        "kind:sensor",
        "group:key",
        "not key:lone+",
        "+not key:lone",
        "key:report and not +key:report",
    ),
    *(
        'tag:"tier"=<null>',
        "owner:job",
        'key:"a\\b"',
        "key:lone;",
        "marts.daily",
        "lone*+",
        "+*lone",
        "key:FILES or not key:FILES",
    ),
]


@pytest.mark.parametrize("text", WRITTEN)
def test_the_same_as_dagster(text: str, theirs: DagsterGraph) -> None:
    assert ours(text) == dagsters(text, theirs)


def _random_selection(source: random.Random, depth: int = 3) -> str:
    attributes = [
        *(f'key:"{key}"' for key in ASSETS),
        *("group:raw", "group:marts", "kind:dbt", "tag:tier=1", 'owner:"team:data"', "is:external", 'key:"*a*"', "*"),
    ]
    if depth == 0 or source.random() < 0.2:
        return source.choice(attributes)
    inner, other = (_random_selection(source, depth - 1) for _ in range(2))
    level = source.choice(["", "1", "2"])
    return source.choice(
        [
            f"{inner} and {other}",
            f"{inner} or {other}",
            f"not {inner}",
            f"({inner})",
            f"sinks({inner})",
            f"roots({inner})",
            f"{level}+({inner})",
            f"({inner})+{level}",
            f"{level}+({inner})+",
        ]
    )


def test_the_same_as_dagster_for_selections_at_random(theirs: DagsterGraph) -> None:
    source = random.Random(12)
    for _ in range(150):
        text = _random_selection(source)
        assert ours(text) == dagsters(text, theirs), text


@pytest.mark.parametrize("text", ["status:healthy", "column:id", "changed_in_branch:code", "key:lone or sensor:x"])
def test_what_only_the_ui_resolves_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="only Dagster's UI resolves it"):
        resolve_selection(text, OURS)


def test_a_name_that_no_asset_has_is_not_found() -> None:
    with pytest.raises(NotFoundError) as raised:
        resolve_selection("marts/dialy+", OURS)
    assert raised.value.hint == "Did you mean marts/daily or marts/monthly?"


def test_locations_and_jobs() -> None:
    assert ours('code_location:"__repository__@here"') == set(ASSETS)
    assert ours("code_location:there") == set()
    assert ours("job:__ASSET_JOB") == set(OURS.materializable)
