"""As many assets as a large company has, in chains of ten."""

from dagster import AssetKey, AssetSpec, Definitions

COUNT = 3000
_CHAIN = 10


def _key(number: int) -> list[str]:
    return [f"chain_{number // _CHAIN}", f"part_{number % _CHAIN}"]


defs = Definitions(
    assets=[
        AssetSpec(
            _key(number),
            deps=[AssetKey(_key(number - 1))] if number % _CHAIN else [],
            group_name=f"group_{number % 7}",
        )
        for number in range(COUNT)
    ]
)
