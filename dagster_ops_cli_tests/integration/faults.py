"""The addon for mitmproxy that puts faults between `ops` and a real Dagster.

Which fault, and how often, stands in a file that the test writes: ``{"fault": "reset_before", "times": 2}``, and in
``operation`` a pattern of the names of those that it is meant for. Each plan has an ``id`` of its own.
``{"fault": "chaos", "times": 40}`` breaks so many exchanges of a hundred, this way or that; with ``seconds`` a
``delay`` comes before the request goes on.
Every request that came by is written to another, one line each.
"""

import asyncio
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["OPS_FAULTS"])
RANDOM = random.Random()
# How often each plan has put its fault in. The test writes the plan at any time, so nothing is written to it here.
USED: Counter[str] = Counter()
SLOW_BYTES, SLOW_PAUSE = 1000, 0.1


def _chaos(flow: Any) -> str | None:
    """Return the fault for this exchange if the plan is ``chaos`` and the dice say so."""
    plan = json.loads((FOLDER / "plan.json").read_text())
    if plan["fault"] != "chaos" or RANDOM.random() * 100 >= plan["times"]:
        return None
    return RANDOM.choice(("reset_before", "reset_after", "half", "bad_gateway"))


def _due(flow: Any, names: tuple[str, ...]) -> str | None:
    """Return the planned fault if it is one of ``names`` and meant for this operation, and count it."""
    plan = json.loads((FOLDER / "plan.json").read_text())
    if plan["fault"] not in names or USED[plan["id"]] >= plan["times"]:
        return None
    if not re.search(plan["operation"], flow.request.text):
        return None
    USED[plan["id"]] += 1
    return str(plan["fault"])


def _answer(flow: Any, status: int, body: str, **headers: str) -> None:
    from mitmproxy import http  # type: ignore[import-not-found]  # in an environment of its own

    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    flow.response = http.Response.make(status, body, fields)


async def request(flow: Any) -> None:
    with (FOLDER / "requests.txt").open("a") as file:
        file.write(flow.request.path + "\n")
    before = ("reset_before", "stall", "too_many", "fault_in_json", "bad_gateway", "redirect", "login_page")
    flow.metadata["chaos"] = _chaos(flow)
    fault = _due(flow, before) or flow.metadata["chaos"]
    if _due(flow, ("delay",)):
        await asyncio.sleep(json.loads((FOLDER / "plan.json").read_text())["seconds"])
    if fault == "reset_before":
        flow.kill()
    elif fault == "stall":
        await asyncio.sleep(60)
    elif fault == "too_many":
        _answer(flow, 429, "slow down", Retry_After="1")
    elif fault == "fault_in_json":
        _answer(
            flow, 500, '{"data": null, "errors": [{"message": "database is locked"}]}', Content_Type="application/json"
        )
    elif fault == "bad_gateway":
        _answer(flow, 502, "<html>502 Bad Gateway</html>", Content_Type="text/html")
    elif fault == "redirect":
        _answer(flow, 307, "", Location="https://elsewhere.example.com/graphql")
    elif fault == "login_page":
        _answer(flow, 200, "<html><form action=/login><input type=password></form>", Content_Type="text/html")


def response(flow: Any) -> None:
    fault = _due(flow, ("reset_after", "half")) or flow.metadata.get("chaos")
    if fault == "reset_after":
        flow.kill()
    elif fault == "half":
        whole = flow.response.content
        flow.response.content = whole[: len(whole) // 2]
        flow.response.headers["Content-Length"] = str(len(whole))
        flow.response.headers["Connection"] = "close"


def responseheaders(flow: Any) -> None:
    if _due(flow, ("slow",)):
        flow.response.stream = _slow


def _slow(data: bytes) -> Iterable[bytes]:
    """Pass 10 kB in a second."""
    for start in range(0, len(data), SLOW_BYTES):
        time.sleep(SLOW_PAUSE)
        yield data[start : start + SLOW_BYTES]
