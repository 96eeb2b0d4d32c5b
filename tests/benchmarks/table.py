"""One line of the table, and interleaved rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured; ``ours`` and ``peer`` in ``unit``. Without a ``goal`` it is for comparison only."""

    row: int
    name: str
    ours: float
    peer_name: str
    peer: float
    goal: float | None
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """Ours as a multiple of the peer's; of nothing and nothing it is 0."""
        if not self.peer:
            return float("inf") if self.ours else 0.0
        return self.ours / self.peer

    @property
    def verdict(self) -> str:
        """ok, miss, or nothing."""
        return "" if self.goal is None else "ok" if self.ratio <= self.goal else "miss"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be known of a row beside its figures: a peer that is not installed, a part that was measured."""

    row: int
    text: str
    failed: bool = False
    """The row could not be measured."""


Lines = list[Line | Remark]


async def interleaved(
    rounds: int, ours: Callable[[], Awaitable[object]], peer: Callable[[], Awaitable[object]]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each round of both, taken in turn, the first of each left out as a warm-up."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for times, call in zip(taken, (ours, peer), strict=True):
            began = time.perf_counter()
            await call()
            times.append((time.perf_counter() - began) * 1000)
    return taken[0][1:], taken[1][1:]


def median(times: Sequence[float]) -> float:
    """The median."""
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    """The value that 95 of 100 do not pass."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
