"""The port's conformance suite: what every adapter must do, whatever its agent. Free of any test framework.

`violations(case)` plays turns of an adapter on a small host of its own and returns what is wrong, in words; an
empty list is a pass. It needs real programs, as the adapter does, and takes a second or two.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from prdrunner_tui.workers.port import (
    Asked,
    Cancelled,
    Capabilities,
    CodecError,
    Exit,
    Message,
    Permission,
    PermissionAsked,
    Planned,
    Receipt,
    SpawnFailed,
    Turn,
    TurnOutcome,
    TurnResult,
    Update,
    UsageReported,
    Worker,
    from_json,
    to_json,
)

_ENDS_WITHIN = 20.0
_CANCELS_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """What the suite needs to know of an adapter: options with which its agent ends well, fails, never ends."""

    create: Callable[[Mapping[str, Any]], Worker]
    ending: Mapping[str, Any]
    failing: Mapping[str, Any]
    hanging: Mapping[str, Any]
    workspace: Path
    scratch: Path
    answers: Mapping[str, str] = field(default_factory=dict)


async def violations(case: Case) -> list[str]:
    """Everything the adapter does that the port forbids."""
    wrong: list[str] = []
    wrong += await _an_ending_turn(case)
    wrong += await _a_failing_turn(case)
    wrong += await _a_cancelled_turn(case)
    return wrong


async def _an_ending_turn(case: Case) -> list[str]:
    host = LocalHost(case)
    result, wrong = await _play(case, host, case.ending, "ending")
    if result is not None and result.outcome != "ended":
        wrong.append(f"ending: the outcome is {result.outcome} ({result.reason})")
    capabilities = case.create(case.ending).capabilities
    wrong += _undeclared(capabilities, host.updates)
    if capabilities.steer == "none" and host.inbox_used:
        wrong.append("ending: the inbox is read although steer is none")
    for update in host.updates:
        try:
            if from_json(to_json(update)) != update:
                wrong.append(f"ending: {update} does not survive its codec")
        except CodecError as error:
            wrong.append(f"ending: {update}: {error}")
    return wrong


async def _a_failing_turn(case: Case) -> list[str]:
    result, wrong = await _play(case, LocalHost(case), case.failing, "failing")
    if result is not None:
        if result.outcome == "ended":
            wrong.append("failing: a failed turn is told as ended")
        if not result.reason:
            wrong.append("failing: no reason is given")
    return wrong


async def _a_cancelled_turn(case: Case) -> list[str]:
    host = LocalHost(case)
    worker = case.create(case.hanging)
    steer = worker.capabilities.steer
    task = asyncio.ensure_future(worker.run(_turn(case, case.hanging), host))
    await asyncio.wait({task}, timeout=0.3)
    wrong = ["hanging: the turn ended by itself"] if task.done() else []
    if steer == "mid_turn":
        host.say(Message("m1", "hello"))
        await host.until(lambda: any(isinstance(u, Receipt) for u in host.updates), _CANCELS_WITHIN)
        if not any(isinstance(u, Receipt) and u.message_id == "m1" for u in host.updates):
            wrong.append("hanging: a message gets no receipt although steer is mid_turn")
    host.cancel()
    if not worker.capabilities.cancel:
        # The host ends the processes of an agent that has no cancel of its own.
        host.end()
    done, _ = await asyncio.wait({task}, timeout=_CANCELS_WITHIN)
    if not done:
        wrong.append("hanging: a cancelled turn does not return")
        task.cancel()
        await asyncio.wait({task})
    elif (error := task.exception()) is not None and not isinstance(error, Cancelled):
        wrong.append(f"hanging: a cancelled turn raises {type(error).__name__}")
    elif error is None and task.result().outcome == "ended":
        wrong.append("hanging: a cancelled turn is told as ended")
    await host.close()
    return wrong


async def _play(
    case: Case, host: LocalHost, options: Mapping[str, Any], name: str
) -> tuple[TurnResult | None, list[str]]:
    try:
        async with asyncio.timeout(_ENDS_WITHIN):
            result = await case.create(options).run(_turn(case, options), host)
    except TimeoutError:
        return None, [f"{name}: the turn does not end"]
    finally:
        await host.close()
    if result.outcome not in get_args(TurnOutcome):
        return result, [f"{name}: {result.outcome!r} is no outcome"]
    return result, []


def _turn(case: Case, options: Mapping[str, Any]) -> Turn:
    result_file = str(case.scratch / "result.json")
    return Turn(
        "k", "r", "p", "implement", 1, str(case.workspace), "the prompt\n", result_file, options=options
    )


def _undeclared(capabilities: Capabilities, updates: Sequence[Update]) -> list[str]:
    declared: list[tuple[bool, str, Callable[[Update], bool]]] = [
        (capabilities.plan_updates, "plan_updates", lambda u: isinstance(u, Planned)),
        (capabilities.usage, "usage", lambda u: isinstance(u, UsageReported)),
        (capabilities.cost, "cost", lambda u: isinstance(u, UsageReported) and u.cost_usd is not None),
        (capabilities.permissions, "permissions", lambda u: isinstance(u, PermissionAsked)),
    ]
    return [
        f"{name} is done but not declared"
        for said, name, is_it in declared
        if not said and any(map(is_it, updates))
    ]


class LocalProcess:
    """A program of :class:`LocalHost`."""

    def __init__(self, process: asyncio.subprocess.Process, drains: list[asyncio.Task[None]]) -> None:
        self._process = process
        self._drains = drains

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def read(self) -> bytes:
        """The next chunk of stdout."""
        return await self._process.stdout.read(65536) if self._process.stdout else b""

    async def write(self, data: bytes) -> None:
        """Write to stdin."""
        if self._process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                self._process.stdin.write(data)
                await self._process.stdin.drain()

    def close_stdin(self) -> None:
        """Close stdin."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def signal(self, number: int) -> None:
        """Signal the group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def stderr_tail(self) -> bytes:
        """Nothing: the suite looks at no words."""
        return b""

    async def wait(self) -> Exit:
        """The exit."""
        code = await self._process.wait()
        await asyncio.gather(*self._drains)
        return Exit(code=code) if code >= 0 else Exit(signal=-code)


class LocalHost:
    """A host in this process, for the suite only: no limits, no sweep beyond the process groups."""

    def __init__(self, case: Case) -> None:
        self.env: Mapping[str, str] = {"PATH": os.environ["PATH"], "HOME": str(case.scratch)}
        self.scratch = case.scratch
        self.cancelled = asyncio.Event()
        self.updates: list[Update] = []
        self.output = bytearray()
        self.inbox_used = False
        self._case = case
        self._processes: list[LocalProcess] = []
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self._told = asyncio.Event()

    async def spawn(
        self,
        command: Sequence[str] | str,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes | Literal["pipe"] | None = None,
        output: Literal["segment", "worker"] = "segment",
        merge: bool = False,
    ) -> LocalProcess:
        """Start a program."""
        argv = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=cwd or self._case.workspace,
                env=dict(self.env if env is None else env),
                stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if merge else asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise SpawnFailed(f"{argv[0]}: {error.strerror}") from None
        streams = [process.stderr] + ([process.stdout] if output == "segment" else [])
        drains = [asyncio.ensure_future(self._drain(s)) for s in streams if s is not None]
        made = LocalProcess(process, drains)
        self._processes.append(made)
        if isinstance(stdin, bytes):
            await made.write(stdin)
            made.close_stdin()
        return made

    def emit(self, update: Update) -> None:
        """Keep the update."""
        self.updates.append(update)
        self._told.set()

    async def ask(self, question: Asked) -> str:
        """Answer from the case."""
        self.emit(question)
        return self._case.answers.get(question.question, "use your judgement")

    async def permission(self, request: PermissionAsked) -> Permission:
        """Allow."""
        self.emit(request)
        allowed = [o.id for o in request.options if o.kind == "allow_once"]
        return Permission(True, allowed[0] if allowed else None)

    async def inbox(self) -> AsyncIterator[Message]:
        """Messages of the suite."""
        self.inbox_used = True
        while (message := await self._messages.get()) is not None:
            yield message

    def now(self) -> float:
        """Loop time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Sleep, not beyond a cancellation."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.cancelled.wait()

    def say(self, message: Message) -> None:
        """Give the worker a message."""
        self._messages.put_nowait(message)

    def cancel(self) -> None:
        """Ask the worker to end."""
        self.cancelled.set()
        self._messages.put_nowait(None)

    def end(self) -> None:
        """Kill what runs."""
        for process in self._processes:
            process.signal(signal.SIGKILL)

    async def close(self) -> None:
        """Kill what runs and collect it."""
        self.end()
        for process in self._processes:
            process.close_stdin()
            await process.wait()

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for a condition, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    self._told.clear()
                    await self._told.wait()

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(65536):
            self.output += chunk
