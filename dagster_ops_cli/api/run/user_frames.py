"""Find the user's own code in a stack."""

import re
from collections.abc import Sequence

from dagster_ops_cli.schemas.run.why import Cause, Frame
from dagster_ops_cli.schemas.run_events import RunEventError

_FRAME = re.compile(
    r'\s*File "(?P<file>.+?)", line (?P<line>\d+), in (?P<function>.+?)(?:\n\s*(?P<code>[^\n]*))?(?:\n|$)'
)
_PACKAGES = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
# Python's own library, and frames without a file such as <frozen importlib>.
_PYTHON = re.compile(r"[/\\]lib(?:64)?[/\\]python\d|^<|[/\\]Lib[/\\]")
_DAGSTER = re.compile(r"[/\\](?:site|dist)-packages[/\\]dagster(?!_ops_cli)(?:_\w+)?[/\\]")


def user_frames(stack: Sequence[str]) -> list[Frame]:
    """Return the frames of a stack that are in the user's own code, the innermost last.

    These frames belong neither to Python nor to an installed package. If there are none, the user's code is itself
    installed; then return the first frame that Dagster calls.
    """
    frames = [frame for frame in map(_parse, stack) if frame]
    own = [frame for frame in frames if not _PACKAGES.search(frame.file) and not _is_python(frame)]
    if own:
        return own
    dagsters = [at for at, frame in enumerate(frames) if _DAGSTER.search(frame.file)]
    called = frames[dagsters[-1] + 1 :] if dagsters else frames
    return [frame for frame in called if not _is_python(frame)][:1]


def causes_of(error: RunEventError) -> list[Cause]:
    """Return the error as it was raised, and its causes, each with its frames in the user's code."""
    raised = error.raised
    return [
        Cause(
            class_name=each.class_name,
            message=each.said,
            frame=frames[-1] if frames else None,
            frames=frames,
        )
        for each in (raised, *raised.causes)
        for frames in [user_frames(each.stack)]
    ]


def _is_python(frame: Frame) -> bool:
    return bool(_PYTHON.search(frame.file)) and not _PACKAGES.search(frame.file)


def _parse(text: str) -> Frame | None:
    match = _FRAME.match(text)
    return Frame.model_validate(match.groupdict()) if match else None
