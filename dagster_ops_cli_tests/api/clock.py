"""Time that passes only during a sleep."""

from dataclasses import dataclass, field


@dataclass
class Clock:
    """``sleep`` and ``time`` stand in for those of Python; ``slept`` are the pauses that were made."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def time(self) -> float:
        return self.now
