"""The grid of partitions that fits a window: no partition is lost, the worst state of a block is shown."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dagster_ops_cli.formatters.terminal.canvas import PLAIN, Canvas, plain
from dagster_ops_cli.formatters.terminal.partition_map import STATES, PartitionGrid, state_of
from dagster_ops_cli.formatters.terminal.partition_picture import draw_partitions

STATUSES = [*STATES, "SUCCESS", "FAILURE", "CANCELED", "CANCELING", "QUEUED", "STARTED", "NOT_STARTED", "INVENTED"]
DAYS = [f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
SIZES = st.integers(1, 40)


@st.composite
def partitions(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Partitions of one dimension or two, of which some combinations may be missing."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    names = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), max_size=12)
    others = draw(st.lists(names, max_size=20, unique=True))
    keys = [f"{day}|{other}" for day in days for other in others] if others else days
    kept = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    return [(key, draw(st.sampled_from(STATUSES))) for key in kept]


@given(partitions(), SIZES, SIZES)
def test_no_partition_is_lost_and_the_worst_state_wins(found: list[tuple[str, str]], width: int, height: int) -> None:
    shown = PartitionGrid.of(found).fit(width, height)
    assert len(shown.columns) <= width
    assert len(shown.rows) <= height
    assert shown.counts == Counter(state_of(status) for _, status in found)
    cells = [cell for line in shown.cells for cell in line if cell is not None]
    assert sum(cell.total for cell in cells) == len(found)
    for cell in cells:
        assert STATES.index(cell.worst) == min(map(STATES.index, cell.counts))
        assert 0 < cell.share <= 1
        assert (cell.share == 1) == (len(cell.counts) == 1)


@given(partitions())
def test_where_there_is_room_each_partition_has_its_cell(found: list[tuple[str, str]]) -> None:
    grid = PartitionGrid.of(found)
    shown = grid.fit(len(grid.columns), len(grid.rows))
    assert shown.block == (1, 1)
    for column, line in enumerate(zip(*shown.cells, strict=True)):
        for row, cell in enumerate(line):
            assert (cell and cell.worst) == grid.states.get((column, row))


@given(partitions(), st.integers(20, 200), st.integers(1, 60), st.booleans())
def test_a_picture_fits_its_window(found: list[tuple[str, str]], width: int, height: int, unicode: bool) -> None:
    lines = draw_partitions("job", found, Canvas(width, height, unicode))
    assert all(cell_len(line.plain) <= width for line in lines)
    # Besides the cells there are at most: title, axis, blank, legend, explanation, the worst cells.
    assert len(lines) <= max(1, height) + 16
    if unicode is False and all(key.isascii() for key, _ in found):
        assert plain(lines).isascii()


@pytest.mark.parametrize(
    ("keys", "columns", "rows"),
    [
        # Time goes across, wherever it stands in the key, and however few keys it has.
        (["2024-01-01|a", "2024-01-01|b", "2024-01-01|c"], ["2024-01-01"], ["a", "b", "c"]),
        (["a|2024-01-01", "b|2024-01-01", "a|2024-01-02"], ["2024-01-01", "2024-01-02"], ["a", "b"]),
        (["x|2024-01-01-05:00", "y|2024-01-01-05:00"], ["2024-01-01-05:00"], ["x", "y"]),
        (["202401|a", "202402|b"], ["202401", "202402"], ["a", "b"]),
        # Of two dimensions without time, the one with more keys goes across.
        (["a|1", "a|2", "a|3", "b|1"], ["1", "2", "3"], ["a", "b"]),
        (["a", "b"], ["a", "b"], [""]),
    ],
)
def test_what_goes_across_and_what_down(keys: list[str], columns: list[str], rows: list[str]) -> None:
    grid = PartitionGrid.of((key, "missing") for key in keys)
    assert (list(grid.columns), list(grid.rows)) == (columns, rows)


def test_cells_are_signed_and_a_legend_counts_them() -> None:
    found = [("2024-01-01|a", "failed"), ("2024-01-02|a", "materialized"), ("2024-01-02|漢字", "in_progress")]
    assert plain(draw_partitions("air", found, Canvas(80, 24))) == (
        "air\n"
        "     2024-01-01 ... 2024-01-02\n"
        "a    ✗ ✓   50%\n"
        "漢字   ●    0%\n"
        "\n"
        "✗ 1 failed (33%)  ● 1 in progress (33%)  ✓ 1 materialized (33%)"
    )


def test_a_block_that_is_only_in_part_in_its_worst_state_has_a_sign_of_its_own() -> None:
    found = [(f"2024-01-{day:02}", "failed" if day in (3, 7, 8) else "succeeded") for day in range(1, 29)]
    lines = plain(draw_partitions("job", found, Canvas(20, 24))).splitlines()
    assert lines[1:3] == ["2024-01-01 ... 2024…", "✓×✓✗✓✓✓✓✓✓✓✓✓✓"]  # noqa: RUF001
    assert lines[-3:] == [
        "A cell shows the wo…",
        "✗ 2024-01-07 ... 20…",
        "× 2024-01-03 ... 20…",  # noqa: RUF001
    ]


def test_good_states_may_be_mixed() -> None:
    found = [("k1", "succeeded"), ("k2", "materialized")]
    assert "✓" in plain(draw_partitions("job", found, Canvas(1, 24)))


def test_shares_are_never_rounded_to_nothing_or_to_everything() -> None:
    found = [(f"k{number}", "failed" if number == 7 else "succeeded") for number in range(1000)]
    assert "✗ 1 failed (<1%)  ✓ 999 succeeded (>99%)" in plain(draw_partitions("job", found, Canvas(80, 24)))


def test_text_of_dagster_is_escaped() -> None:
    found = [("2024-01-01|[red]\x1b[31m", "failed"), ("2024-01-02|\u202e", "failed")]
    text = plain(draw_partitions("a\x07b", found, Canvas(80, 24)))
    assert "[red]\\x1b[31m" in text
    assert "\\u202e" in text
    assert "a\\x07b" in text
    assert not set("\x1b\x07\u202e") & set(text)


def test_a_hundred_thousand_partitions_in_a_pipe() -> None:
    states = ("failed", "missing", "succeeded")
    found = [(f"{day}|s{s:04}", states[min(2, (s * 7 + n) % 97)]) for n, day in enumerate(DAYS) for s in range(1200)]
    lines = draw_partitions("job", found, PLAIN)
    assert len(found) > 100_000
    assert len(lines) <= 50
    assert plain(lines).isascii()


def test_nothing_to_draw() -> None:
    assert plain(draw_partitions("job", [], PLAIN)) == "job\nNo partitions"
