"""What happened to a phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.kernel.state import Actor


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A phase began on commit ``base``."""

    phase: str
    base: str


@dataclass(frozen=True, slots=True)
class PhasePaused:
    """No new effect of the phase begins."""

    phase: str
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseResumed:
    """The phase goes on."""

    phase: str
    by: Actor


@dataclass(frozen=True, slots=True)
class PhaseStopping:
    """A person ends the phase; it has ended when what is under way in it has."""

    phase: str
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """A phase ended."""

    phase: str
    outcome: Literal["done", "failed", "skipped", "stopped"]
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseRetried:
    """A person took an ended phase up again, with words for the worker perhaps."""

    phase: str
    by: Actor
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class IterationsExtended:
    """A person allowed more iterations."""

    phase: str
    limit: int
