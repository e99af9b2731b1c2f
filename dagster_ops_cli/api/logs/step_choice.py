"""Chooses steps by a part of their key."""

from collections.abc import Iterable

from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.nearest import nearest
from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.run.plan import RunPlan
from dagster_ops_cli.schemas.run_events import RunEvent

# In the plan, the key of a dynamic step ends with this; the run replaces the question mark.
_DYNAMIC = "[?]"


class StepChoice:
    """The steps whose key is ``text``, in any case, or contains it if no key is equal; None chooses all steps.

    The steps of a run are known from its plan and its events.
    """

    def __init__(self, text: str | None, plan: RunPlan | None) -> None:
        self._text = text.lower() if text is not None else None
        self._known = dict.fromkeys(plan.needs) if plan else {}
        self._begun: set[str] = set()

    def learn(self, events: Iterable[RunEvent]) -> None:
        """Note the steps in a run's events."""
        for event in events:
            self._known.update(dict.fromkeys(event.step_keys or ()))
            if event.step_key and event.type == "STEP_START":
                self._begun.add(event.step_key)

    def check(self, run_id: str) -> None:
        """Raise NotFoundError if the steps are known and none is chosen."""
        text = self._text
        if text is None or not self._known or any(map(self._has, self._known)):
            return
        if any(key.endswith(_DYNAMIC) and text.startswith(key.removesuffix("?]").lower()) for key in self._known):
            return
        near = nearest(text, self._known) or list(self._known)[:10]
        raise NotFoundError(
            f"run {run_id} has no step with {text!r} in its key",
            code="STEP_NOT_FOUND",
            hint=f"Its steps include {', '.join(near)}.",
            run_id=run_id,
        )

    def chosen(self, file: LogFile) -> list[str]:
        """Return the chosen steps of a file."""
        return [key for key in file.step_keys if self._has(key)]

    def others(self, file: LogFile) -> list[str]:
        """Return the steps of a file that have started and are not chosen."""
        return [key for key in file.step_keys if key in self._begun and not self._has(key)]

    def _has(self, key: str) -> bool:
        if self._text is None:
            return True
        exact = any(known.lower() == self._text for known in self._known)
        return key.lower() == self._text if exact else self._text in key.lower()
