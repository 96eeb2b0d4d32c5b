"""A broken invariant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken invariant: its number (``I2``), the thing that breaks it, and what was expected of it."""

    invariant: str
    thing: str
    expected: str

    @property
    def line(self) -> str:
        """All of it in one line."""
        return f"{self.invariant}: {self.thing}: {self.expected}"
