"""The plan and the settings with which a run started: plain values, kept in its first event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

GateName = Literal["before_implement", "after_implement", "before_commit", "after_review_issues"]
OnTimeout = Literal["pause", "approve", "reject"]
SandboxMode = Literal["off", "auto", "required"]
CheckKind = Literal["test", "lint", "format", "typecheck", "build", "custom"]

STEPS = ("plan_impl", "implement", "verify", "review", "commit")
"""The steps of the linear workflow, in order."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A place where a person is asked. ``timeout`` is in seconds; ``show`` names what the question shows."""

    message: str = ""
    show: tuple[str, ...] = ()
    allow_edit: bool = False
    allow_override: bool = False
    timeout: float | None = None
    on_timeout: OnTimeout = "pause"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One command of our own verification. ``timeout`` is in seconds; ``ran`` tells how one sees what ran:
    ``auto``, a regular expression with one number, or ``junit:PATH``."""

    name: str
    run: str
    kind: CheckKind = "test"
    timeout: float = 600.0
    ran: str = "auto"


@dataclass(frozen=True, slots=True)
class Environment:
    """What a slot and a workspace need before commands run in them."""

    setup: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    ports: int = 0


@dataclass(frozen=True, slots=True)
class WorkerChoice:
    """Which worker does a step, and with what options of its adapter.

    ``permissions`` are the rules on what it may do without a person being asked: part (``commands``, ``paths``,
    ``network``) -> list (``allow``, ``deny`` ...) -> rules, as their author wrote them.
    """

    worker: str
    options: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    permissions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one turn: seconds, bytes, processes. ``grace`` is between asking a process to end and killing it.

    ``wait_for_reset``: a turn that met a limit of its provider is begun again when that has reset.
    """

    turn: float = 3600.0
    idle: float = 600.0
    output: int = 32 * 1024 * 1024
    grace: float = 5.0
    orphan_grace: float = 30.0
    processes: int = 512
    wait_for_reset: bool = True


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What agents see of the machine. ``auto``: they are in a sandbox where there is one. ``read`` and ``write`` are
    further paths, absolute or with ``~/``."""

    mode: SandboxMode = "off"
    network: bool = True
    home_visible: bool = False
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be used before a person is asked; ``None`` is no limit. ``seconds`` are those that agents work."""

    usd: float | None = None
    tokens: int | None = None
    turns: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens; ``cached`` for those that were read from the provider's cache."""

    input: float
    output: float
    cached: float | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who stands in the commits."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The snapshot of configuration that a run keeps from its start to its end."""

    workers: Mapping[str, WorkerChoice] = field(default_factory=dict)
    gates: Mapping[str, Gate] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    slots: int = 1
    environment: Environment = Environment()
    limits: Limits = Limits()
    allowance: Allowance = Allowance()
    phase_allowance: Allowance = Allowance()
    day_allowance: Allowance = Allowance()
    warn_at: float = 0.8
    prices: Mapping[str, Price] = field(default_factory=dict)
    max_iterations: int = 5
    same_failure_limit: int = 3
    pause_on_error: bool = False
    large_change_files: int | None = None
    checkpoint_before: tuple[str, ...] = ("implement", "commit")
    prompts: Mapping[str, str] = field(default_factory=dict)
    protected: tuple[str, ...] = ()
    author: Author | None = None
    redact: tuple[str, ...] = ()
    pass_env: tuple[str, ...] = ()
    sandbox: Sandbox = Sandbox()
    policy_hash: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion of a feature."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """One phase as planned. ``source`` is the place in the PRD or plan file; ``guessed`` names fields not written."""

    id: str
    name: str
    features: tuple[str, ...] = ()
    description: str = ""
    criteria: tuple[Criterion, ...] = ()
    deps: tuple[str, ...] = ()
    exports: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    scope: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    source: str = ""
