"""Reports to write: an ordinary one, a hostile one, and a large one."""

from datetime import datetime, timedelta, timezone

from dagster_ops_cli.schemas.command_report import Case, Failure, Report
from dagster_ops_cli.schemas.run.why import Cause, FailedStep, Frame

BEGIN = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
# Texts that would run, load something or end what they stand in.
HOSTILE = (
    "<script>document.title='run'</script>",
    "<img src=x onerror=\"document.title='run'\">",
    "</title><script>document.title='run'</script>",
    "</pre></details></style></svg><svg onload=\"document.title='run'\">",
    "' onmouseover='document.title=1' \" onfocus=\"document.title=1\" autofocus",
    "]]><script>document.title='run'</script><![CDATA[",
    "{{ 7 * 7 }} {% include 'x' %}",
    "```\n</details>\n# not a heading\n![x](http://example.com/x.png)",
    "a\x1b[31mred\x1b[0m\x00\x0b\ufffe\u202eback\r\n::error::not a command",
    "javascript:document.title='run'",
)


def failure(message: str, name: str = "fetch", log: list[str] | None = None) -> Failure:
    frame = Frame(file="/src/station.py", line=40, function="_measure", code="raise StationOfflineError(station)")
    causes = [
        Cause(class_name="StationError", message=f"no data: {message}", frame=frame, frames=[frame]),
        Cause(class_name="KeyError", message=message),
    ]
    step = FailedStep(
        step_key=name,
        status="FAILURE",
        ended_at=None,
        attempts=2,
        errors=causes,
        engine=None,
        stderr=log or ["asking the station", "no answer"],
        stderr_url=None,
    )
    return Failure(steps=[step])


def case(number: int, name: str, status: str = "SUCCESS", why: Failure | None = None) -> Case:
    if status == "NOT_STARTED":
        return Case(name=name, status=status)
    return Case(
        name=name,
        status=status,
        started_at=BEGIN + timedelta(seconds=number),
        ended_at=BEGIN + timedelta(seconds=number + 5),
        duration=5.0,
        run_id=f"run-{number}",
        url=f"http://localhost:3000/runs/run-{number}",
        error="StationError: no data" if status == "FAILURE" else None,
        failure=why,
    )


def report(*cases: Case, **fields: object) -> Report:
    known = {
        "title": "Backfill #1234",
        "outcome": "failed",
        "target": "ingestion_job",
        "id": "abcdefgh",
        "url": "http://localhost:3000/runs/b/abcdefgh",
        "server": "http://localhost:3000",
        "created_at": BEGIN,
        "ended_at": BEGIN + timedelta(minutes=10),
        "written_at": BEGIN + timedelta(minutes=10),
        "total": len(cases),
        "cases": list(cases),
        **fields,
    }
    return Report.model_validate(known)


def ordinary() -> Report:
    return report(
        case(1, "2024-01-01|a"),
        case(2, "2024-01-01|b", "FAILURE", failure("station b")),
        case(3, "2024-01-02|a", "CANCELED"),
        case(4, "2024-01-02|b", "STARTED"),
        case(5, "2024-01-03|a", "NOT_STARTED"),
        case(6, "2024-01-03|b", "FAILURE"),
        config_file="backfill.yaml",
        config="job_name: ingestion_job\npassword: '***'\n",
        commands={"To retry": "ops api backfill retry abcdefgh"},
    )


def hostile() -> Report:
    cases = [
        case(number, text, "FAILURE", failure(text, text, [text])).model_copy(
            update={"run_id": text, "url": f"http://localhost:3000/runs/{text}", "error": text}
        )
        for number, text in enumerate(HOSTILE)
    ]
    links = [case(90, "link", "FAILURE").model_copy(update={"url": "javascript:document.title='run'", "error": "x"})]
    text = "\n".join(HOSTILE)
    return report(
        *cases,
        *links,
        title=text,
        target=text,
        id=text,
        url=text,
        server=text,
        name=text,
        outcome=text,
        error=text,
        config=text,
        config_file=text,
        commands={text: text},
    )


def large(count: int) -> Report:
    """A backfill of ``count`` partitions of which every tenth failed, some with long errors."""
    why = failure("x" * 3000)
    return report(
        *(
            case(
                number,
                f"2024-{number:06}",
                "FAILURE" if number % 10 == 0 else "SUCCESS",
                why if number < 200 and number % 10 == 0 else None,
            )
            for number in range(count)
        )
    )
