"""The answer of `ops doctor` as text."""

from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.table import Column, Sheet, Table, sheet
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.doctor import Diagnosis

_COLUMNS = (Column("CHECK", 12, priority=9), Column("STATE", 8, "status", priority=8), Column("MESSAGE", whole=True))


def format_diagnosis(diagnosis: "Diagnosis") -> Sheet:
    """Return the results of all checks, the unsupported commands and the missing permissions."""
    settings = ", ".join(f"{each.name} from {each.source}" for each in diagnosis.settings if each.source != "default")
    rows = [
        ("settings", "ok", settings or "no address is set; using the default (to set one: --url or OPS_URL)"),
        *((each.name, each.state, each.message) for each in diagnosis.checks),
    ]
    lines: list[str] = []
    for each in diagnosis.commands:
        if not each.served:
            lines += [
                "",
                f"This server does not support {_short(each.command)}:",
                *(f"  {escape(fault)}" for fault in each.lacks),
            ]
    lines += _missing_permissions(diagnosis)
    failed = sum(each.state == "failed" for each in diagnosis.checks)
    verdict = "All checks passed." if diagnosis.healthy else f"{failed} check{'' if failed == 1 else 's'} failed."
    checks = Table(_COLUMNS, rows, header=False, rule=False)
    return sheet(f"Dagster at {escape(diagnosis.url)}", "", checks, lines, "", verdict)


def _short(command: str) -> str:
    """Return a command as users type it: without ``api``."""
    return f"ops {command.removeprefix('api ')}"


def _missing_permissions(diagnosis: "Diagnosis") -> list[str]:
    """Return the missing permissions with the commands that need them."""
    needed: dict[str, list[str]] = {}
    for each in diagnosis.commands:
        for name in each.missing_permissions:
            needed.setdefault(name, []).append(_short(each.command))
    if not needed:
        return []
    return ["", "Missing permissions:", *(f"  {escape(name)}: {', '.join(needed[name])}" for name in sorted(needed))]
