"""What happened, as frozen values. A name, once released, keeps its meaning; a change of shape raises its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from prdrunner_tui.kernel.settings import Author, PhasePlan, Settings
from prdrunner_tui.kernel.state import (
    Actor,
    DecisionKind,
    DecisionStatus,
    Feedback,
    Json,
    ReceiptStatus,
    RequestKind,
    Spent,
    StepStatus,
)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began, with its plan and its settings."""

    run: str
    prd: str
    prd_sha256: str
    head: str
    take_along: bool
    branch: str
    phases: tuple[PhasePlan, ...]
    settings: Settings
    by: Actor


@dataclass(frozen=True, slots=True)
class BaseTaken:
    """The commit on which the run stands is in the trusted store."""

    commit: str


@dataclass(frozen=True, slots=True)
class RunPaused:
    """No new effect begins until the run is resumed; what runs ends its turn."""

    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The run goes on."""

    by: Actor


@dataclass(frozen=True, slots=True)
class RunStopped:
    """A person ended the run; what runs is ended at once."""

    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class RunReopened:
    """A person took an ended run up again."""

    by: Actor


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing is left to do."""

    outcome: Literal["done", "failed"]
    reason: str


@dataclass(frozen=True, slots=True)
class RunPublished:
    """The branch stands in the user's repository at ``commit``."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class AuthorNamed:
    """A person said who stands in the commits."""

    author: Author


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
class PermissionGranted:
    """What was allowed by ``decision`` is allowed always, in this run and ``phase``: this very request and no other.

    ``parts``: of a plain command its words, of another command its one line, else the paths or hosts.
    """

    decision: str
    phase: str
    kind: RequestKind
    parts: tuple[str, ...]
    by: Actor


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
class MessageSent:
    """A person wrote to a phase's worker."""

    id: str
    phase: str
    kind: str
    text: str
    by: Actor


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """What became of a message."""

    id: str
    receipt: ReceiptStatus
    why: str = ""


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


@dataclass(frozen=True, slots=True)
class CheckpointTaken:
    """A state of a workspace can be restored from ``commit``."""

    id: str
    phase: str
    step: str
    iteration: int
    commit: str
    label: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A workspace stands at a checkpoint again; what it held before is ``saved_as``."""

    phase: str
    checkpoint: str
    saved_as: str
    tree: str


@dataclass(frozen=True, slots=True)
class UsageRecorded:
    """One turn was used; a cost of ``None`` is unknown, and ``reserve`` dollars are held for it.

    ``priced`` says where a cost is from: the agent itself (``reported``) or the price of its ``model`` (``table``).
    ``seconds`` are those that the agent worked, ``day`` is the person's date when the turn ended.
    """

    phase: str
    step: str
    input_tokens: int
    output_tokens: int
    usd: float | None = None
    reserve: float = 0.0
    seconds: float = 0.0
    day: str = ""
    model: str = ""
    priced: str = ""


@dataclass(frozen=True, slots=True)
class BudgetRaised:
    """A person allowed as much again, of the run, of a phase (``phase/ID``) or of a day (``day/DAY``)."""

    by: Actor
    scope: str = "run"


@dataclass(frozen=True, slots=True)
class BudgetWarned:
    """Much of a limit is used: ``used`` of ``of`` dollars, tokens, turns or seconds (``what``)."""

    limit: str
    scope: str
    what: str
    used: float
    of: float


@dataclass(frozen=True, slots=True)
class DayCounted:
    """The day it is, and what the repository's other runs used on it."""

    day: str
    others: Spent


Event = (
    RunStarted | BaseTaken | RunPaused | RunResumed | RunStopped | RunReopened | RunEnded | RunPublished | AuthorNamed
    | PhaseStarted | PhasePaused | PhaseResumed | PhaseStopping | PhaseEnded | PhaseRetried | IterationsExtended
    | StepBegan | StepEnded | EffectIntended | SessionOpened | EffectDone | EffectFailed
    | TreeImported | TreeVerified | CommitMade
    | DecisionOpened | DecisionMade | DecisionExpired | DecisionWithdrawn | PermissionGranted
    | MessageSent | MessageReceipt | BreakpointSet | BreakpointSwitched | BreakpointRemoved | BreakpointHit
    | CheckpointTaken | RolledBack | UsageRecorded | BudgetRaised | BudgetWarned | DayCounted
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its number in the log (from 1, without gaps) and its time (seconds since 1970)."""

    seq: int
    at: float
    event: Event
