"""What happened, as frozen values. A name, once released, keeps its meaning; a change of shape raises its version."""

from __future__ import annotations

from dataclasses import dataclass

from prdrunner_tui.kernel.events.breakpoint import (
    BreakpointHit,
    BreakpointRemoved,
    BreakpointSet,
    BreakpointSwitched,
)
from prdrunner_tui.kernel.events.budget import BudgetRaised, BudgetWarned, DayCounted, UsageRecorded
from prdrunner_tui.kernel.events.checkpoint import CheckpointTaken, RolledBack
from prdrunner_tui.kernel.events.decision import (
    DecisionExpired,
    DecisionMade,
    DecisionOpened,
    DecisionWithdrawn,
    PermissionGranted,
)
from prdrunner_tui.kernel.events.message import MessageReceipt, MessageSent
from prdrunner_tui.kernel.events.phase import (
    IterationsExtended,
    PhaseEnded,
    PhasePaused,
    PhaseResumed,
    PhaseRetried,
    PhaseStarted,
    PhaseStopping,
)
from prdrunner_tui.kernel.events.run import (
    AuthorNamed,
    BaseTaken,
    RunEnded,
    RunPaused,
    RunPublished,
    RunReopened,
    RunResumed,
    RunStarted,
    RunStopped,
)
from prdrunner_tui.kernel.events.step import (
    CommitMade,
    EffectDone,
    EffectFailed,
    EffectIntended,
    SessionOpened,
    StepBegan,
    StepEnded,
    TreeImported,
    TreeVerified,
)

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


__all__ = [
    "AuthorNamed",
    "BaseTaken",
    "BreakpointHit",
    "BreakpointRemoved",
    "BreakpointSet",
    "BreakpointSwitched",
    "BudgetRaised",
    "BudgetWarned",
    "CheckpointTaken",
    "CommitMade",
    "DayCounted",
    "DecisionExpired",
    "DecisionMade",
    "DecisionOpened",
    "DecisionWithdrawn",
    "EffectDone",
    "EffectFailed",
    "EffectIntended",
    "Event",
    "IterationsExtended",
    "MessageReceipt",
    "MessageSent",
    "PermissionGranted",
    "PhaseEnded",
    "PhasePaused",
    "PhaseResumed",
    "PhaseRetried",
    "PhaseStarted",
    "PhaseStopping",
    "Recorded",
    "RolledBack",
    "RunEnded",
    "RunPaused",
    "RunPublished",
    "RunReopened",
    "RunResumed",
    "RunStarted",
    "RunStopped",
    "SessionOpened",
    "StepBegan",
    "StepEnded",
    "TreeImported",
    "TreeVerified",
    "UsageRecorded",
]
