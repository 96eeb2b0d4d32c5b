"""What happened to breakpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class BreakpointSet:
    """A breakpoint exists from now on."""

    id: str
    when: Literal["before", "after"]
    step: str
    phase: str = ""


@dataclass(frozen=True, slots=True)
class BreakpointSwitched:
    """A breakpoint is on or off."""

    id: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class BreakpointRemoved:
    """A breakpoint is gone."""

    id: str


@dataclass(frozen=True, slots=True)
class BreakpointHit:
    """A breakpoint stopped a phase."""

    id: str
    phase: str
