"""The place in the user's own code."""

import pytest

from dagster_ops_cli.api.run.user_frames import user_frames

PACKAGES = "/usr/lib/python3.11/site-packages"
DAGSTER = (
    f'  File "{PACKAGES}/dagster/_core/execution/plan/utils.py", line 57, in op_execution_error_boundary\n    yield\n'
)
USER = '  File "/opt/jobs/ingest.py", line 12, in fetch\n    get(url)\n'
DEEPER = '  File "/opt/jobs/http.py", line 3, in get\n    requests.get(url)\n'
LIBRARY = f'  File "{PACKAGES}/requests/api.py", line 73, in get\n    return request("get", url)\n'
PYTHON = '  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode\n    raise\n'
INSTALLED = f'  File "{PACKAGES}/acme/ingest.py", line 12, in fetch\n    get(url)\n'
OURS = f'  File "{PACKAGES}/dagster_ops_cli/demo/definitions.py", line 37, in _measure\n    raise\n'


@pytest.mark.parametrize(
    ("stack", "functions"),
    [
        ([DAGSTER, USER, DEEPER, LIBRARY, PYTHON], ["fetch", "get"]),
        ([DAGSTER, USER], ["fetch"]),
        ([DAGSTER, PYTHON, INSTALLED, LIBRARY], ["fetch"]),
        ([DAGSTER, OURS], ["_measure"]),
        (['  File "C:\\jobs\\ingest.py", line 1, in fetch\n'], ["fetch"]),
        ([DAGSTER], []),
        (["what is this?"], []),
        ([], []),
    ],
)
def test_user_frames(stack: list[str], functions: list[str]) -> None:
    assert [frame.function for frame in user_frames(stack)] == functions


def test_a_frame_has_a_place_and_a_line_of_code() -> None:
    (frame,) = user_frames([USER])
    assert (frame.file, frame.line, frame.code) == ("/opt/jobs/ingest.py", 12, "get(url)")
