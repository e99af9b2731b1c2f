"""JUnit XML: valid for the schema, and read back by a library that others wrote."""

from pathlib import Path

import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped, TestSuite

from dagster_ops_cli.reports.junit import write_junit
from dagster_ops_cli.schemas.command_report import Report
from dagster_ops_cli_tests.reports.sample import case, failure, hostile, ordinary, report

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")
TEXTS = st.text(max_size=80)


def read(written: Report) -> TestSuite:
    """Write a report, validate it, and read it back."""
    text = write_junit(written)
    SCHEMA.validate(text)
    (suite,) = JUnitXml.fromstring(text.encode())
    assert isinstance(suite, TestSuite)
    return suite


def test_every_case_is_a_test_case_with_its_state() -> None:
    suite = read(ordinary())
    cases = {each.name: each for each in suite}
    assert list(cases) == [
        *("2024-01-01|a", "2024-01-01|b", "2024-01-02|a", "2024-01-02|b", "2024-01-03|a", "2024-01-03|b"),
    ]
    assert {each.classname for each in suite} == {"ingestion_job"}
    results = {name: [(type(found), found.message) for found in each.result] for name, each in cases.items()}
    assert results == {
        "2024-01-01|a": [],
        "2024-01-01|b": [(Failure, "KeyError: station b")],
        "2024-01-02|a": [(Error, "canceled")],
        "2024-01-02|b": [(Skipped, "unfinished: STARTED")],
        "2024-01-03|a": [(Skipped, "never started")],
        "2024-01-03|b": [(Failure, "StationError: no data")],
    }
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (6, 2, 1, 2)
    assert cases["2024-01-01|a"].time == 5.0
    assert suite.time == 25.0


def test_a_failure_says_what_run_why_says_and_where_to_look() -> None:
    (found,) = read(report(case(2, "b", "FAILURE", failure("station b"))))
    text = str(found.result[0].text)
    for part in (
        "Step fetch: FAILURE (attempt 2)",
        "StationError: no data: station b",
        "at /src/station.py:40 in _measure",
        "caused by KeyError: station b",
        "no answer",
        "ops run why run-2",
        "http://localhost:3000/runs/run-2",
    ):
        assert part in text
    assert found.result[0].type == "KeyError"


def test_an_error_of_the_command_is_a_case_of_its_own() -> None:
    suite = read(report(case(1, "a"), error="Interrupted; the backfill is still running", total=10))
    *_, last = suite
    assert (last.name, type(last.result[0]), last.result[0].message) == (
        "ops",
        Error,
        "Interrupted; the backfill is still running",
    )
    assert (suite.tests, suite.errors) == (2, 1)
    assert "9 more are not listed" in write_junit(report(case(1, "a"), total=10))


def test_a_report_without_cases_is_valid() -> None:
    assert [each.name for each in read(report(error="no connection"))] == ["ops"]
    assert list(read(report())) == []


def test_names_are_unique() -> None:
    names = [each.name for each in read(report(*(case(1, name) for name in ("a", "a (2)", "a", "a", "\x00", ""))))]
    assert names == ["a", "a (2)", "a (3)", "a (4)", "unnamed", "unnamed (2)"]


def test_many_equal_names_take_no_time() -> None:
    assert len(list(read(report(*[case(1, "a")] * 20_000)))) == 20_000


def test_hostile_text_is_text() -> None:
    suite = read(hostile())
    assert "<script>document.title='run'</script>" in str(next(iter(suite)).name)
    assert not set("\x00\x0b\x1b\ufffe") & set(write_junit(hostile()))


@given(TEXTS, TEXTS, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_any_text_makes_a_valid_document(title: str, target: str, error: str, cases: list[tuple[str, str]]) -> None:
    found = [case(number, name, "FAILURE", failure(text, text)) for number, (name, text) in enumerate(cases)]
    suite = read(report(*found, title=title, target=target, error=error, name=title, url=target))
    names = [each.name for each in suite]
    assert len(names) == len(set(names)) == len(cases) + bool(error)
