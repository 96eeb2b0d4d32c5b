"""What is wanted, by a person, a policy or the program itself. ``decide`` turns each into events or refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from prdrunner_tui.kernel.settings import PhasePlan, Settings
from prdrunner_tui.kernel.state import Actor, DecisionKind, Feedback, Json, ReceiptStatus, Spent, StepStatus

Verb = Literal["approve", "always", "reject", "skip", "answer"]
"""What can be said to a decision; ``always`` only to a permission request."""


@dataclass(frozen=True, slots=True)
class StartRun:
    """Begin a run with a checked plan on commit ``head``, with the uncommitted files if ``take_along``.

    Without ``another`` it is refused while a run of the same PRD is unfinished.
    """

    run: str
    prd: str
    prd_sha256: str
    head: str
    take_along: bool
    branch: str
    phases: tuple[PhasePlan, ...]
    settings: Settings
    by: Actor
    another: bool = True


@dataclass(frozen=True, slots=True)
class PauseRun:
    """Begin nothing new."""

    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Go on, also after a stop or a failure."""

    by: Actor


@dataclass(frozen=True, slots=True)
class StopRun:
    """End the run and its agents now."""

    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndRun:
    """Say that nothing is left to do."""

    outcome: Literal["done", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IntendPublish:
    """Make the run's branch in the user's repository, as far as its commits go."""

    by: Actor


@dataclass(frozen=True, slots=True)
class StartPhase:
    """Begin a phase on the tip."""

    phase: str


@dataclass(frozen=True, slots=True)
class PausePhase:
    """Begin nothing new in a phase."""

    phase: str
    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumePhase:
    """Go on with a phase."""

    phase: str
    by: Actor


@dataclass(frozen=True, slots=True)
class StopPhase:
    """End a phase and its agent now; other phases go on."""

    phase: str
    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndPhase:
    """Say that a phase ended."""

    phase: str
    outcome: Literal["done", "failed", "skipped", "stopped"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RetryPhase:
    """Take a failed or stopped phase up again."""

    phase: str
    by: Actor
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class BeginStep:
    """Begin a go at a step."""

    phase: str
    step: str
    iteration: int
    attempt: int = 1
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class EndStep:
    """End the newest step of a phase."""

    phase: str
    status: StepStatus
    summary: str
    signature: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class IntendEffect:
    """Do something to the world: the intent is durable before it begins."""

    phase: str
    key: str
    kind: str
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordSession:
    """The agent of a turn that is under way named its session."""

    phase: str
    key: str
    session: str


@dataclass(frozen=True, slots=True)
class ReportEffect:
    """The result of an effect, or the one-line error that kept it from being done; what it used may stand beside."""

    phase: str
    key: str
    result: Mapping[str, Json] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """Let a person decide."""

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
class Decide:
    """A verdict on a decision. ``content_hash`` is of what the decider saw; ``protected`` says that the decider
    looked at the items that no policy may approve; ``always`` approves this very request for the whole phase."""

    id: str
    verb: Verb
    content_hash: str
    by: Actor
    reason: str = ""
    protected: bool = False


@dataclass(frozen=True, slots=True)
class ExpireDecision:
    """The time that a decision had is over."""

    id: str


@dataclass(frozen=True, slots=True)
class WithdrawDecision:
    """A decision is no longer needed."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Words for a phase's worker."""

    phase: str
    kind: str
    text: str
    by: Actor


@dataclass(frozen=True, slots=True)
class WithdrawMessage:
    """Take a message back that did not go out yet."""

    id: str
    by: Actor


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """What became of a message."""

    id: str
    receipt: ReceiptStatus
    why: str = ""


@dataclass(frozen=True, slots=True)
class SetBreakpoint:
    """Stop before or after a step."""

    when: Literal["before", "after"]
    step: str
    phase: str = ""


@dataclass(frozen=True, slots=True)
class SwitchBreakpoint:
    """Turn a breakpoint on or off."""

    id: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class RemoveBreakpoint:
    """Remove a breakpoint."""

    id: str


@dataclass(frozen=True, slots=True)
class RollBack:
    """Put a phase's workspace back to a checkpoint."""

    checkpoint: str
    by: Actor


@dataclass(frozen=True, slots=True)
class RaiseBudget:
    """Allow as much again, of the run, of a phase (``phase/ID``) or of a day (``day/DAY``)."""

    by: Actor
    scope: str = "run"


@dataclass(frozen=True, slots=True)
class WarnBudget:
    """Say once that much of a limit is used: ``limit`` names it as the decision about it does."""

    limit: str
    scope: str
    what: str
    used: float
    of: float


@dataclass(frozen=True, slots=True)
class CountDay:
    """Say which day it is, and what the repository's other runs used on it."""

    day: str
    others: Spent


Command = (
    StartRun | PauseRun | ResumeRun | StopRun | EndRun | IntendPublish
    | StartPhase | PausePhase | ResumePhase | StopPhase | EndPhase | RetryPhase
    | BeginStep | EndStep | IntendEffect | RecordSession | ReportEffect
    | OpenDecision | Decide | ExpireDecision | WithdrawDecision
    | SendMessage | WithdrawMessage | RecordReceipt
    | SetBreakpoint | SwitchBreakpoint | RemoveBreakpoint | RollBack | RaiseBudget | WarnBudget | CountDay
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not taken: a word for programs, a line for people, and what to do next."""

    code: Literal["stale", "denied", "unknown", "not_now", "already"]
    message: str
    hint: str = ""
