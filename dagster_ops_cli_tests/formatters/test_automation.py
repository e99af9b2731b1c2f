"""Which columns the table of schedules and sensors has."""

import io

import pytest
from rich.console import Console

from dagster_ops_cli import times
from dagster_ops_cli.formatters.automation import format_automation
from dagster_ops_cli.formatters.terminal.draw import Drawer
from dagster_ops_cli.schemas.automation import Automation, AutomationPage, LastTick

NOW = times.now()


def page(*items: tuple[str, str, str]) -> AutomationPage:
    """Return a page of items, each with its type, name and location."""
    return AutomationPage(
        items=[
            Automation.model_construct(
                type=type_,
                name=name,
                location_name=location,
                repository_name="r",
                kind=type_,
                status="RUNNING",
                cron=["*/5 * * * *"],
                timezone="Europe/Amsterdam",
                interval=None,
                late=False,
                url="http://localhost:3000/x",
                default_status="STOPPED",
                job_names=[],
                origin_id="o",
                selector_id="s",
                can_reset=False,
                next_tick=NOW,
                last_tick=LastTick.model_construct(
                    timestamp=NOW, status="SUCCESS", error=None, skip_reason=None, run_ids=[]
                ),
            )
            for type_, name, location in items
        ],
        broken=[],
    )


def header(page: AutomationPage, width: int = 80) -> str:
    out = io.StringIO()
    Drawer(Console(file=out, width=width, color_system=None)).draw(format_automation(page))
    return out.getvalue().splitlines()[0]


def test_schedules_have_no_column_for_the_kind() -> None:
    assert "KIND" not in header(page(("SCHEDULE", "nightly", "etl")), 160)
    assert "KIND" in header(page(("SENSOR", "upload", "etl")), 160)


@pytest.mark.parametrize(("other", "shown"), [("nightly_schedule_of_all_orders", True), ("hourly", False)])
def test_a_narrow_window_keeps_the_location_where_names_repeat(other: str, shown: bool) -> None:
    items = (("SCHEDULE", "nightly_schedule_of_all_orders", "warehouse"), ("SCHEDULE", other, "lakehouse"))
    assert ("LOCATION" in header(page(*items))) == shown


def test_nothing_found_names_what_was_looked_for() -> None:
    assert format_automation(page(), "schedules") == "No schedules found"
