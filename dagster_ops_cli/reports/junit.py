"""A report as JUnit XML, as GitLab, Jenkins and others read it."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dagster_ops_cli.reports.words import count_words, failure_text, plain, plain_line, root_cause
from dagster_ops_cli.schemas.command_report import CANCELED, FAILED, SUCCEEDED, UNFINISHED

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.command_report import Case, Report

# The longest message of a failure; the whole text follows it.
_MESSAGE = 500


def write_junit(report: "Report") -> str:
    """Return the report as an XML document with one test suite.

    A failed case is a failure, a canceled one an error. Cases that were never started or are unfinished are skipped.
    An error that ended the command is a case of its own.
    """
    classname = plain_line(report.target) or "ops"
    names: dict[str, int] = {}
    suite = ET.Element("testsuite", name=plain_line(report.title))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ET.SubElement(properties, "property", name=name, value=plain_line(value))
    counts = {"failures": 0, "errors": 0, "skipped": 0}
    time = 0.0
    for case in report.cases:
        tag = _add_case(suite, case, classname, names)
        time += case.duration or 0
        if tag:
            counts[tag] += 1
    if report.error:
        _add_error(suite, report.error, classname, names)
        counts["errors"] += 1
    if report.unlisted and report.cases:
        ET.SubElement(suite, "system-out").text = f"{report.unlisted:,} more are not listed."
    numbers = {"tests": str(len(report.cases) + bool(report.error)), **{key: str(n) for key, n in counts.items()}}
    suite.attrib |= numbers | {"time": f"{time:.3f}"}
    if report.created_at:
        suite.set("timestamp", report.created_at.strftime("%Y-%m-%dT%H:%M:%S"))
    suites = ET.Element("testsuites", name=plain_line(report.title), time=f"{time:.3f}")
    suites.attrib |= {key: numbers[key] for key in ("tests", "failures", "errors")}
    suites.append(suite)
    ET.indent(suites, "")
    return ET.tostring(suites, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _properties(report: "Report") -> dict[str, str]:
    known = {
        "outcome": report.outcome,
        "id": report.id,
        "name": report.name,
        "url": report.url,
        "server": report.server,
        "counts": count_words(report),
    }
    return {name: value for name, value in known.items() if value}


def _add_case(suite: ET.Element, case: "Case", classname: str, names: dict[str, int]) -> str | None:
    """Add a test case, and return which count of the suite it belongs to; None if it succeeded."""
    element = _testcase(suite, case.name, plain_line(case.target or "") or classname, names, case.duration)
    if case.state == SUCCEEDED:
        if case.url:
            ET.SubElement(element, "system-out").text = plain(case.url)
        return None
    if case.state == FAILED:
        root = case.failure.root if case.failure else None
        kind = plain_line(root.class_name or "") if root else ""
        _result(element, "failure", root_cause(case) or case.status, kind or case.status, failure_text(case))
        return "failures"
    if case.state == CANCELED:
        _result(element, "error", "canceled", case.status, failure_text(case))
        return "errors"
    message = f"unfinished: {case.status}" if case.state == UNFINISHED else "never started"
    _result(element, "skipped", message, case.status, failure_text(case))
    return "skipped"


def _add_error(suite: ET.Element, error: str, classname: str, names: dict[str, int]) -> None:
    element = _testcase(suite, "ops", classname, names, None)
    _result(element, "error", plain_line(error), "ops", plain(error))


def _testcase(suite: ET.Element, name: str, classname: str, names: dict[str, int], seconds: float | None) -> ET.Element:
    unique = _unique(plain_line(name) or "unnamed", names)
    return ET.SubElement(suite, "testcase", name=unique, classname=classname, time=f"{seconds or 0:.3f}")


def _result(element: ET.Element, tag: str, message: str, kind: str, text: str) -> None:
    cut = message if len(message) <= _MESSAGE else message[: _MESSAGE - 1] + "…"
    ET.SubElement(element, tag, message=cut, type=kind).text = text


def _unique(name: str, names: dict[str, int]) -> str:
    """Return ``name``, with a number if it is taken. ``names`` are those that are, and how often each was asked for."""
    unique = name
    while unique in names:
        names[name] += 1
        unique = f"{name} ({names[name]})"
    names[unique] = 1
    return unique
