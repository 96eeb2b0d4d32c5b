"""What became of decisions, and what was allowed by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prdrunner_tui.kernel.state import Actor, DecisionKind, DecisionStatus, Json, RequestKind


@dataclass(frozen=True, slots=True)
class DecisionOpened:
    """Something waits for a person."""

    id: str
    kind: DecisionKind
    subject: str
    phase: str
    step: str
    iteration: int
    title: str
    content_hash: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    verbs: tuple[str, ...] = ("approve", "reject")
    person_only: str = ""
    timeout: float | None = None
    on_timeout: str = "pause"


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """A decision was made. ``reason`` holds the words that came with it: a reason, an answer, guidance."""

    id: str
    status: DecisionStatus
    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DecisionExpired:
    """The time of a decision ran out; it stays open and the run is paused."""

    id: str


@dataclass(frozen=True, slots=True)
class DecisionWithdrawn:
    """A decision is no longer needed."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PermissionGranted:
    """What was allowed by ``decision`` is allowed always, in this run and ``phase``: this very request and no other.

    ``parts``: of a plain command its words, of another command its one line, else the paths or hosts.
    """

    decision: str
    phase: str
    kind: RequestKind
    parts: tuple[str, ...]
    by: Actor
