"""A clock that moves only when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count


class FakeClock:
    """``wall`` and the time that timers go by are apart, as they are on a machine."""

    def __init__(self, wall: float = 1_700_000_000.0) -> None:
        self.wall = wall
        self._passed = 0.0
        self._ids = count()
        self._timers: dict[int, tuple[float, Callable[[], None]]] = {}

    def time(self) -> float:
        """Seconds since 1970."""
        return self.wall

    def call_later(self, delay: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back once so much time has passed."""
        id = next(self._ids)
        self._timers[id] = (self._passed + delay, callback)
        return lambda: self._timers.pop(id, None) and None

    @property
    def timers(self) -> list[float]:
        """In how many seconds each timer is due."""
        return sorted(due - self._passed for due, _ in self._timers.values())

    def advance(self, seconds: float) -> None:
        """Let time pass, and call what is due."""
        self._passed += seconds
        self.wall += seconds
        for id, (due, callback) in sorted(self._timers.items(), key=lambda item: item[1][0]):
            if due <= self._passed:
                self._timers.pop(id)
                callback()
