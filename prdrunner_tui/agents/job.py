"""What an agent host is given to do, and what it hands back. Plain data with a JSON codec."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from prdrunner_tui.agents.sandbox import Sandbox
from prdrunner_tui.kernel.values import from_json as decode
from prdrunner_tui.kernel.values import to_json as encode
from prdrunner_tui.workers.port import Turn
from prdrunner_tui.workers.updates import UsageReported

Outcome: TypeAlias = Literal["ended", "failed", "cancelled", "refused", "limit", "lost"]
Isolation: TypeAlias = Literal["pidns", "subreaper"]

MARKER = "PRDRUNNER_JOB"
"""The variable that marks every process of a job's tree."""


@dataclass(frozen=True, slots=True)
class Check:
    """A command of our own (a verification, a setup): run by `/bin/sh -c` in `cwd`, stderr joined to stdout."""

    command: str
    cwd: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What the host enforces by itself, also when the engine is dead. Seconds, bytes; None = no limit.

    Time that passes while a question or permission request is open counts neither for `wall` nor for `idle`.
    `idle`: nothing new was put out or told (a spinner is nothing new). `grace`: between TERM and KILL.
    `orphan_grace`: how long a host waits for an engine. `pids`: processes of the tree at one time.
    """

    wall: float | None = 3600.0
    idle: float | None = 600.0
    output_cap: int = 64 * 1024 * 1024
    line_cap: int = 256 * 1024
    grace: float = 5.0
    orphan_grace: float = 30.0
    pids: int | None = 2048


@dataclass(frozen=True, slots=True)
class Job:
    """One job of an agent host: a worker's turn, or a check.

    `key` and `attempt` name it; the same pair is never started twice. `env` is the complete environment: nothing
    else is inherited. `secrets` are redacted from everything that is kept or told; they and `env` are handed
    over a pipe and never written to disk by us. `isolate`: "auto" takes a pid namespace where there is one.
    `sandbox`: what the programs of the job see; None for the whole machine. `opening` is the first line of its log.
    """

    key: str
    kind: Literal["turn", "check"]
    env: Mapping[str, str]
    attempt: int = 1
    worker: str = ""
    turn: Turn | None = None
    check: Check | None = None
    limits: Limits = field(default_factory=Limits)
    marker: str = field(default_factory=lambda: uuid.uuid4().hex)
    isolate: Literal["auto", "none"] = "auto"
    secrets: tuple[str, ...] = ()
    sandbox: Sandbox | None = None
    opening: str = ""

    def __post_init__(self) -> None:
        if (self.kind == "turn") != (self.turn is not None) or (self.kind == "check") != (
            self.check is not None
        ):
            raise ValueError(f"job {self.key}: a {self.kind} job carries a {self.kind} and nothing else")
        if self.kind == "turn" and not self.worker:
            raise ValueError(f"job {self.key}: a turn needs the name of a worker")

    def to_json(self) -> dict[str, Any]:
        """The job as a JSON object."""
        value: dict[str, Any] = encode(self)
        return value

    @staticmethod
    def from_json(value: object) -> Job:
        """The job in a JSON object; raises CodecError."""
        return decode(Job, value)


@dataclass(frozen=True, slots=True)
class OutputStats:
    """What the segment took: bytes seen, bytes kept, whether something was left out, lines kept."""

    seen: int = 0
    kept: int = 0
    truncated: bool = False
    lines: int = 0


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended.

    `outcome` "ended": it stopped by itself, with exit 0 where there is an exit; "failed": by itself, otherwise;
    "limit": a limit of ours or the provider's; "lost": the host died without a result. `reason` is what a person
    reads: "exit 1", "exit 137, killed", "no output for 10m", "time limit 20m", "engine gone for 30s", "host died".
    `started`, `ended` are unix times; `survivors_killed` counts processes that had to be swept after the
    agent's own process had ended.
    """

    key: str
    attempt: int
    outcome: Outcome
    reason: str
    exit_code: int | None = None
    signal: int | None = None
    started: float = 0.0
    ended: float = 0.0
    output: OutputStats = field(default_factory=OutputStats)
    usage: UsageReported | None = None
    session: str | None = None
    retry_at: float | None = None
    survivors_killed: int = 0
    isolation: Isolation | None = None

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON object."""
        value: dict[str, Any] = encode(self)
        return value

    @staticmethod
    def from_json(value: object) -> JobResult:
        """The result in a JSON object; raises CodecError."""
        return decode(JobResult, value)


def directory_name(key: str, attempt: int) -> str:
    """The name of a job's directory: readable, unique for key and attempt, safe in any file system."""
    digest = hashlib.sha256(f"{key}\0{attempt}".encode()).hexdigest()[:12]
    slug = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[-40:].lower()
    return f"{slug or 'job'}-{attempt}-{digest}"


def duration_words(seconds: float) -> str:
    """Seconds as a person says them: "1.5s", "30s", "10m", "1h 20m"."""
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest}s" if rest else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m" if minutes else f"{hours}h"
