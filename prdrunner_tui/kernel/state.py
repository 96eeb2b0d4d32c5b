"""The state of one run, a value that is folded from its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from prdrunner_tui.kernel.settings import Author, PhasePlan, Settings

Json = Any
"""A value of JSON: null, bool, number, string, list, object."""

RunStatus = Literal["running", "paused", "done", "failed", "stopped"]
PhaseStatus = Literal["pending", "running", "paused", "done", "failed", "skipped", "stopped"]
StepStatus = Literal["running", "ok", "failed", "rejected", "issues", "skipped", "stopped"]
EffectStatus = Literal["intended", "done", "failed"]
DecisionStatus = Literal["open", "approved", "rejected", "skipped", "answered", "withdrawn"]
DecisionKind = Literal[
    "gate", "review", "question", "permission", "conflict", "stuck", "nothing_ran", "breakpoint", "author",
    "error", "large_change", "budget", "limit",
]  # fmt: skip
ReceiptStatus = Literal["queued", "delivered", "acknowledged", "undeliverable", "unknown", "withdrawn"]
RequestKind = Literal["command", "edit", "read", "network", "tool"]
"""What an agent asks for; ``tool`` is everything that is none of the others."""
MESSAGE_KINDS = ("message", "question", "requirement", "constraint", "example", "correction", "interrupt")
"""What a person can write to a worker; ``interrupt`` stops what it does now, so that it reads the words at once."""
STANDING_KINDS = frozenset(("requirement", "constraint"))
"""Those that hold for every later turn of the phase."""

RUN_ENDED = frozenset({"done", "failed", "stopped"})
PHASE_ENDED = frozenset({"done", "failed", "skipped", "stopped"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: a person at a terminal, a policy that a person wrote, or the program itself."""

    kind: Literal["person", "policy", "program"]
    name: str = ""
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Words that a step hands to the next turn of the worker: ``kind`` says from where."""

    kind: Literal["failing_checks", "review_issues", "rejection", "agent_failure", "guidance", "conflict"]
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """The run itself. ``base`` is the commit it stands on, ``tip`` the newest of its branch; times as seconds."""

    id: str
    prd: str
    prd_sha256: str
    head: str
    take_along: bool
    branch: str
    settings: Settings
    started_at: float
    status: RunStatus = "running"
    reason: str = ""
    base: str = ""
    tip: str = ""
    author: Author | None = None
    ended_at: float | None = None
    published: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens and US dollars that were booked for a turn; ``None``: unknown. ``covers`` as in ``UsageRecorded``."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None
    covers: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something done to the world: intended first, with a result afterwards.

    A turn has its agent's session, and what was booked for it once it is over.
    """

    key: str
    kind: str
    args: Mapping[str, Json]
    status: EffectStatus
    at: float
    result: Mapping[str, Json] = field(default_factory=dict)
    error: str = ""
    ended_at: float | None = None
    session: str = ""
    used: Used | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One go at a step. ``signature`` names a failure so that the same one is known again."""

    name: str
    iteration: int
    attempt: int
    status: StepStatus
    began_at: float
    feedback: tuple[Feedback, ...] = ()
    effects: tuple[Effect, ...] = ()
    ended_at: float | None = None
    summary: str = ""
    signature: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase and all that was done for it.

    ``verified`` maps a tree to how it was found good; ``fresh_from`` is the number of steps that stood when a person
    last took the phase up again, with ``guidance`` for the worker; ``stopping`` is why a person ends it, empty
    otherwise.
    """

    plan: PhasePlan
    status: PhaseStatus = "pending"
    reason: str = ""
    iteration_limit: int = 0
    fresh_from: int = 0
    guidance: str = ""
    stopping: str = ""
    steps: tuple[Step, ...] = ()
    base: str = ""
    tree: str = ""
    verified: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def id(self) -> str:
        """The id of the phase in the plan."""
        return self.plan.id

    @property
    def last(self) -> Step | None:
        """The newest step, if any."""
        return self.steps[-1] if self.steps else None

    @property
    def iteration(self) -> int:
        """The iteration under way, 0 before the first step."""
        return self.steps[-1].iteration if self.steps else 0


_LONG_WAIT = 6 * 3600.0
_MANY_WAITS = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits, or waited, for a person.

    ``subject`` names what it is about; ``content_hash`` is of what was shown, ``facts``; ``person_only`` is the
    reason why no policy may decide it, or an empty string; ``timeout`` is in seconds from ``opened_at``.
    """

    id: str
    kind: DecisionKind
    subject: str
    phase: str
    step: str
    iteration: int
    title: str
    content_hash: str
    opened_at: float
    facts: Mapping[str, Json] = field(default_factory=dict)
    verbs: tuple[str, ...] = ("approve", "reject")
    person_only: str = ""
    timeout: float | None = None
    on_timeout: str = "pause"
    status: DecisionStatus = "open"
    by: Actor | None = None
    reason: str = ""
    decided_at: float | None = None

    @property
    def by_itself(self) -> bool:
        """Whether nobody is needed: a limit of the provider that is waited for.

        A wait of more hours, or one limit after the other, is for a person to know of, though it ends by itself too.
        """
        if self.kind != "limit" or self.timeout is None:
            return False
        times = self.facts.get("times", 1)
        return self.timeout <= _LONG_WAIT and isinstance(times, int) and times <= _MANY_WAITS


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person has allowed always by ``decision``: this very request, in one phase of the run.

    ``parts``: of a plain command its words; of another command its one line; else the parts of the request.
    """

    decision: str
    phase: str
    kind: RequestKind
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """Words of a person to a phase's worker, and what became of them."""

    id: str
    phase: str
    kind: str
    text: str
    by: Actor
    sent_at: float
    receipt: ReceiptStatus = "queued"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A pause before or after a step; an empty ``phase`` means every phase."""

    id: str
    when: Literal["before", "after"]
    step: str
    phase: str = ""
    enabled: bool = True
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A restorable state of a phase's workspace: ``commit`` holds its tracked and untracked files."""

    id: str
    phase: str
    step: str
    iteration: int
    commit: str
    label: str
    at: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What turns used; ``unpriced`` counts those of unknown cost, for which ``reserved`` dollars are held.

    ``seconds`` are those that agents worked.
    """

    turns: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    reserved: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What the run used, in all, by phase and by day (``2026-11-21``, the person's).

    ``raised`` is how often a person allowed as much again, by scope: ``run``, ``day/DAY``, ``phase/ID``, with ``/WHAT``
    behind it where that was of one limit only. ``warned`` names the limits of which a person was told that much is
    used. ``day`` is the day it is, and ``others`` what other runs of the repository used on it.
    """

    spent: Spent = Spent()
    phases: Mapping[str, Spent] = field(default_factory=dict)
    days: Mapping[str, Spent] = field(default_factory=dict)
    raised: Mapping[str, int] = field(default_factory=dict)
    warned: tuple[str, ...] = ()
    day: str = ""
    others: Spent = Spent()


@dataclass(frozen=True, slots=True)
class RunState:
    """All of a run. ``seq`` is the number of the last event folded in, 0 before the first."""

    seq: int = 0
    at: float = 0.0
    run: Run | None = None
    phases: Mapping[str, Phase] = field(default_factory=dict)
    run_effects: Mapping[str, Effect] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    messages: Mapping[str, Message] = field(default_factory=dict)
    breakpoints: Mapping[str, Breakpoint] = field(default_factory=dict)
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    budget: Budget = Budget()

    def open_decisions(self, phase: str | None = None) -> list[Decision]:
        """Open decisions, oldest first, of one phase or of all."""
        found = (d for d in self.decisions.values() if d.status == "open")
        return [d for d in found if phase is None or d.phase == phase]

    def decision_about(self, subject: str) -> Decision | None:
        """The newest decision about ``subject``, if there was one."""
        for decision in reversed(list(self.decisions.values())):
            if decision.subject == subject:
                return decision
        return None

    def effects(self) -> list[Effect]:
        """Every effect, those of the run first, then phase by phase in their order."""
        found = list(self.run_effects.values())
        for phase in self.phases.values():
            for step in phase.steps:
                found.extend(step.effects)
        return found
