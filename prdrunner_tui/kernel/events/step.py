"""What happened in the newest step of a phase, and to the trees that it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prdrunner_tui.kernel.state import Feedback, Json, StepStatus


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A go at a step began."""

    phase: str
    step: str
    iteration: int
    attempt: int
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class StepEnded:
    """The newest step of the phase ended. ``evidence`` is text of a few KiB at most."""

    phase: str
    status: StepStatus
    summary: str
    signature: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class EffectIntended:
    """An effect will be done now; an empty ``phase`` means the run."""

    phase: str
    key: str
    kind: str
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The agent of a turn named its session, in which a later turn can go on."""

    phase: str
    key: str
    session: str


@dataclass(frozen=True, slots=True)
class EffectDone:
    """An effect has its result."""

    phase: str
    key: str
    result: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """An effect could not be done; ``error`` is one line."""

    phase: str
    key: str
    error: str


@dataclass(frozen=True, slots=True)
class TreeImported:
    """What the agent left in its workspace, as a tree."""

    phase: str
    tree: str


@dataclass(frozen=True, slots=True)
class TreeVerified:
    """A tree was found good: ``how`` is ``slot`` or ``override by NAME``."""

    phase: str
    tree: str
    how: str


@dataclass(frozen=True, slots=True)
class CommitMade:
    """The run's branch moved from ``parent`` to ``commit``, whose tree is ``tree``."""

    phase: str
    parent: str
    commit: str
    tree: str
