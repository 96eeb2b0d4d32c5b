"""The worker port: one turn of any coding agent, and what its host gives it.

A *worker* is an adapter to an agent. It runs inside the agent host, one turn at a time: it gets a
:class:`Turn` and a :class:`Host`, starts the agent's program through the host, speaks its protocol, tells
what happens as updates and returns a :class:`TurnResult`. It never touches the engine, never judges the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from prdrunner_tui.kernel.values import CodecError
from prdrunner_tui.kernel.values import from_json as decode
from prdrunner_tui.kernel.values import to_json as encode
from prdrunner_tui.workers.updates import (
    Asked,
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Edited,
    Noted,
    PermissionAsked,
    PermissionChoice,
    PlanEntry,
    Planned,
    Receipt,
    Said,
    SessionKnown,
    Thought,
    ToolEnded,
    ToolStarted,
    Update,
    UsageReported,
    Withdrawn,
    from_json,
    kind_of,
    to_json,
)

Steer: TypeAlias = Literal["mid_turn", "next_turn", "restart", "none"]
TurnOutcome: TypeAlias = Literal["ended", "failed", "cancelled", "refused", "limit"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter really does; nothing is assumed.

    `steer`: a message reaches the running turn ("mid_turn"), waits inside the agent for its next turn
    ("next_turn"), makes the adapter cancel and prompt again ("restart"), or cannot be given ("none": the host
    answers each message with an undeliverable receipt). `cancel`: the agent has a cancel of its own that
    is worth waiting for before its processes are ended.
    """

    streams: bool = False
    steer: Steer = "none"
    cancel: bool = False
    resume: bool = False
    permissions: bool = False
    plan_updates: bool = False
    usage: bool = False
    cost: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a worker.

    `key` names the effect (unique in the run); `workspace` is an absolute path; `result_file` the absolute
    path, outside the workspace, to which the agent must write the JSON the step needs, or None; `session` the
    agent's session to go on with, or None; `options` what the profile says, plain JSON.
    """

    key: str
    run: str
    phase: str
    step: str
    iteration: int
    workspace: str
    prompt: str
    result_file: str | None = None
    session: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn ended. "ended" says only that the agent stopped by itself, never that the work is done.

    `reason` is for a person ("exit 3", "exit 137, killed", "the model refused"). `retry_at` is the unix time
    at which a provider's limit ends, where the agent tells it.
    """

    outcome: TurnOutcome
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    session: str | None = None
    usage: UsageReported | None = None
    retry_at: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What the person says to the running agent; the worker answers with receipts that carry `id`."""

    id: str
    text: str
    kind: str = "message"


@dataclass(frozen=True, slots=True)
class Permission:
    """The person's answer to a :class:`PermissionAsked`; `option` is the id of the agent's choice, or None."""

    allow: bool
    option: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: an exit code or the number of the signal that ended it."""

    code: int | None = None
    signal: int | None = None


PROVIDER_LIMIT = "the provider's limit"
"""How the reason of a turn begins that ended since its provider let it do no more for now."""
NOT_SIGNED_IN = "not signed in, or the key is wrong"
"""How the reason of a turn begins that another try cannot mend before somebody signed in."""


class Cancelled(Exception):
    """The turn is being cancelled: a question will not be answered any more."""


class SpawnFailed(Exception):
    """A program could not be started; the message says which and why."""


class Process(Protocol):
    """A process of the agent. Its pipes are read by the host in chunks, never by lines."""

    @property
    def pid(self) -> int:
        """The process id, as the agent's own tree sees it."""
        ...

    async def read(self) -> bytes:
        """The next chunk of stdout, b"" at its end; only for a process spawned with `output="worker"`."""
        ...

    async def write(self, data: bytes) -> None:
        """Write to stdin and wait for room; silently dropped when the process has closed it."""
        ...

    def close_stdin(self) -> None:
        """Close stdin after what was written."""
        ...

    def signal(self, number: int) -> None:
        """Send a signal to the process group."""
        ...

    def stderr_tail(self) -> bytes:
        """The last bytes of stderr so far, at most 4 KiB: for the reason of a failed turn."""
        ...

    async def wait(self) -> Exit:
        """The exit of the process itself, even while its children hold the pipes."""
        ...


class Host(Protocol):
    """What a turn may use of the agent host.

    `env` is the complete environment for the agent, `scratch` a private directory outside the workspace,
    `cancelled` is set when the turn shall end (by the person, a limit, a gone engine).
    """

    env: Mapping[str, str]
    scratch: Path
    cancelled: asyncio.Event

    async def spawn(
        self,
        command: Sequence[str] | str,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes | Literal["pipe"] | None = None,
        output: Literal["segment", "worker"] = "segment",
        merge: bool = False,
    ) -> Process:
        """Start a program (a str runs through `/bin/sh -c`) in a session of its own.

        `cwd` defaults to the workspace, `env` to `self.env`. `stdin`: bytes are written and stdin is closed,
        "pipe" leaves it to the worker, None is /dev/null. `output="segment"` sends stdout to the segment,
        "worker" to :meth:`Process.read`; stderr always goes to the segment. `merge` joins stderr to stdout.

        Raises:
            SpawnFailed: no such program, no permission, no more processes.
        """
        ...

    def emit(self, update: Update) -> None:
        """Tell an update."""
        ...

    async def ask(self, question: Asked) -> str:
        """Ask the person and wait; raises :class:`Cancelled` when the turn is cancelled meanwhile."""
        ...

    async def permission(self, request: PermissionAsked) -> Permission:
        """Ask for permission and wait; raises :class:`Cancelled` when the turn is cancelled meanwhile."""
        ...

    def inbox(self) -> AsyncIterator[Message]:
        """Messages of the person, as they come; ends when the turn is cancelled."""
        ...

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep; returns early when the turn is cancelled."""
        ...


class Worker(Protocol):
    """An adapter to one agent. It is made anew for each turn, with the turn's options."""

    @property
    def capabilities(self) -> Capabilities:
        """What this adapter does with these options."""
        ...

    async def run(self, turn: Turn, host: Host) -> TurnResult:
        """Take the turn. May leave processes behind: the host ends them all."""
        ...


def exit_words(code: int | None, signal_number: int | None) -> str:
    """The words for an exit: "exit 3", "exit 137, killed" (a shell's 128+n is named like the signal)."""
    number = (
        signal_number if signal_number is not None else (code - 128 if code is not None and code > 128 else 0)
    )
    names = {
        1: "hung up",
        2: "interrupted",
        6: "aborted",
        9: "killed",
        11: "segmentation fault",
        15: "terminated",
    }
    shown = 128 + signal_number if signal_number is not None else code
    if shown is None:
        return "no exit status"
    return f"exit {shown}, {names[number]}" if number in names else f"exit {shown}"


__all__ = [
    "Asked", "Cancelled", "Capabilities", "CodecError", "CommandEnded", "CommandOutput", "CommandStarted",
    "Edited", "Exit", "Host", "Message", "Noted", "Permission", "PermissionAsked", "PermissionChoice",
    "PlanEntry", "Planned", "Process", "Receipt", "Said", "SessionKnown", "SpawnFailed", "Steer", "Thought",
    "ToolEnded", "ToolStarted", "Turn", "TurnOutcome", "TurnResult", "Update", "UsageReported", "Withdrawn",
    "Worker", "decode", "encode", "exit_words", "from_json", "kind_of", "to_json",
]  # fmt: skip
