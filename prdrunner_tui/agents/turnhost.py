"""What the agent host gives a worker: the port's `Host`, with open questions, receipts and the state to repeat."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from prdrunner_tui.agents.fitting import fitted, whole_words
from prdrunner_tui.agents.process import HostProcess, output_pipe
from prdrunner_tui.agents.recorder import Recorder
from prdrunner_tui.agents.sandbox import Sandbox, Wrapped, environment, wrap
from prdrunner_tui.agents.speech import Speech
from prdrunner_tui.agents.transcript import reply, transcribe
from prdrunner_tui.agents.tree import Tree
from prdrunner_tui.workers.port import (
    Asked,
    Cancelled,
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Message,
    Noted,
    Permission,
    PermissionAsked,
    Planned,
    Receipt,
    Said,
    SessionKnown,
    SpawnFailed,
    Steer,
    Thought,
    Update,
    UsageReported,
    Withdrawn,
)

_TALK = (Said, Thought, Noted, UsageReported)
"""Updates that are progress only when they say something new (the recorder looks at their text)."""
_BESIDE = (UsageReported, Receipt, SessionKnown, Withdrawn)
"""Updates that come in the middle of a message and do not end it."""


class TurnHost:
    """The port's `Host` for one job. `tell(message)` sends to the engine."""

    def __init__(
        self,
        *,
        env: Mapping[str, str],
        cwd: str,
        scratch: Path,
        tree: Tree,
        recorder: Recorder,
        tell: Callable[[dict[str, Any]], None],
        secrets: Sequence[bytes],
        sandbox: Sandbox | None = None,
    ) -> None:
        self.env = environment(sandbox, env) if sandbox is not None else env
        self.scratch = scratch
        self.cancelled = asyncio.Event()
        self.steer: Steer = "none"
        self.processes: list[HostProcess] = []
        self.usage: UsageReported | None = None
        self.session: str | None = None
        self.waited = 0.0
        self.ending = False
        self._loop = asyncio.get_running_loop()
        self._cwd = cwd
        self._tree = tree
        self._recorder = recorder
        self._tell = tell
        self._secrets = secrets
        self._speech = Speech(secrets)
        self._sandbox = sandbox
        self._open: dict[str, tuple[Asked | PermissionAsked, asyncio.Future[Any]]] = {}
        self._waiting_since = 0.0
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._receipts: dict[str, Receipt] = {}
        self._plan: Planned | None = None
        self._activity: CommandStarted | None = None
        self._streams = 0

    async def spawn(
        self,
        command: Sequence[str] | str,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes | Literal["pipe"] | None = None,
        output: Literal["segment", "worker"] = "segment",
        merge: bool = False,
    ) -> HostProcess:
        """Start a program; see the port."""
        if self.cancelled.is_set():
            raise SpawnFailed("the turn is being cancelled")
        argv = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
        cwd, env = cwd or self._cwd, self.env if env is None else env
        wrapped = _inside(self._sandbox, argv, cwd, env)
        stdout = output_pipe()
        stderr = None if merge else output_pipe()
        inward = None if stdin is None else os.pipe()
        null = os.open(os.devnull, os.O_RDONLY)
        theirs = (inward[0] if inward else null, stdout[1], stderr[1] if stderr else stdout[1])
        ours = [stdout[0], *([stderr[0]] if stderr else []), *([inward[1]] if inward else [])]
        try:
            handle, pid = await self._tree.spawn(
                wrapped or Wrapped(tuple(argv)),
                cwd=cwd,
                env=env,
                descriptors=theirs,
                sandboxed=wrapped is not None,
            )
        except BaseException:
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in {null, *theirs}:
                os.close(descriptor)
        self._streams += 1
        stream = str(self._streams)
        process = HostProcess(self._tree, pid, handle)
        if output == "segment":
            self._record(process, stdout[0], "out", stream)
        else:
            # Its bytes are no news: an agent may repeat itself in messages with ever new ids. What the worker tells is.
            process.offer(stdout[0], lambda data: None)
        if stderr:
            self._record(process, stderr[0], "err", stream)
        if inward:
            process.feed(inward[1])
            if isinstance(stdin, bytes):
                process.put(stdin)
                process.close_stdin()
        self.processes.append(process)
        return process

    def emit(self, update: Update) -> None:
        """Tell an update: into the segment, and to the engine unless it is bulk output."""
        if isinstance(update, CommandOutput):
            self._record_update(update)
            return
        if not isinstance(update, _TALK):
            self._recorder.touch()
        self._keep(update)
        if isinstance(update, Said | Thought):
            pieces: Iterable[Update] = self._speech.take(update)
        elif isinstance(update, _BESIDE):
            # What is held back stays so: it may still become a secret when the message goes on.
            pieces = (update,)
        else:
            pieces = (*self._speech.message_ended(), whole_words(update, self._secrets))
        self._put_out(pieces)

    async def ask(self, question: Asked) -> str:
        """Ask the person and wait."""
        answer: str = await self._await(question)
        return answer

    async def permission(self, request: PermissionAsked) -> Permission:
        """Ask for permission and wait."""
        answer: Permission = await self._await(request)
        return answer

    async def inbox(self) -> AsyncIterator[Message]:
        """Messages as they come, until the turn is cancelled."""
        while (message := await self._inbox.get()) is not None:
            yield message

    def now(self) -> float:
        """Seconds of the loop's monotonic clock."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep, not beyond a cancellation."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.cancelled.wait()

    # What the supervisor uses.

    def finish(self) -> None:
        """Nothing more is said: tell the rest of what was."""
        self._put_out(self._speech.end())

    def _put_out(self, updates: Iterable[Update]) -> None:
        for update in updates:
            self._record_update(update)
            self._tell({"t": "update", "update": self._clean(update)})

    def _record_update(self, update: Update) -> None:
        for kind, data in transcribe(update):
            self._recorder.write(kind, data, stream="updates")

    def cancel(self) -> None:
        """Let the worker know that the turn shall end."""
        if not self.cancelled.is_set():
            self.cancelled.set()
            self._inbox.put_nowait(None)
            for key in list(self._open):
                asked, future = self._open[key]
                if not future.done():
                    future.set_exception(Cancelled("the turn is being cancelled"))
                self.emit(Withdrawn(asked.id, "the turn is being cancelled"))

    def close_inbox(self, why: str) -> None:
        """Answer every message that did not reach the agent."""
        for receipt in list(self._receipts.values()):
            if receipt.status == "queued":
                self.emit(Receipt(receipt.message_id, "undeliverable", why))

    def take_message(self, message: Message) -> None:
        """A message of the person; one that came before is only told its receipt again."""
        known = self._receipts.get(message.id)
        if known is not None:
            self._tell({"t": "update", "update": self._clean(known)})
        elif self.ending:
            self.emit(Receipt(message.id, "undeliverable", "the turn is being ended"))
        elif self.steer == "none":
            why = "this worker takes no messages while it runs; the next turn gets it"
            self.emit(Receipt(message.id, "undeliverable", why))
        else:
            self.emit(Receipt(message.id, "queued"))
            self._inbox.put_nowait(message)

    def take_answer(self, question_id: str, answer: str | Permission) -> None:
        """The person's answer; ignored when the question is no longer open or of the other kind."""
        asked, future = self._open.get(question_id, (None, None))
        fits = isinstance(answer, Permission) == isinstance(asked, PermissionAsked)
        if future is not None and fits and not future.done():
            future.set_result(answer)

    @property
    def waiting(self) -> bool:
        """Whether a question or permission request is open."""
        return bool(self._open)

    def waited_until_now(self) -> float:
        """Seconds so far in which a question was open."""
        return self.waited + (self._loop.time() - self._waiting_since if self._open else 0.0)

    def state(self) -> list[dict[str, Any]]:
        """The updates that repeat the state for an engine that comes (back)."""
        updates: list[Update] = [*self._receipts.values()]
        updates += [u for u in (self._plan, self.usage, self._activity) if u is not None]
        if self.session is not None:
            updates.append(SessionKnown(self.session))
        updates += [asked for asked, _ in self._open.values()]
        return [{"t": "update", "update": {**self._clean(u), "replay": True}} for u in updates]

    async def _await(self, asked: Asked | PermissionAsked) -> Any:
        if self.cancelled.is_set():
            raise Cancelled("the turn is being cancelled")
        if asked.id in self._open:
            raise ValueError(f"question {asked.id} is open already")
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._open:
            self._waiting_since = self._loop.time()
        self._open[asked.id] = (asked, future)
        self.emit(asked)
        try:
            answer = await future
            self._recorder.write(*reply(answer), stream="updates")
            return answer
        except asyncio.CancelledError:
            # The worker itself gave the question up: the agent no longer waits for it.
            self.emit(Withdrawn(asked.id, "the agent no longer waits"))
            raise
        finally:
            del self._open[asked.id]
            if not self._open:
                self.waited += self._loop.time() - self._waiting_since
            self._recorder.touch()

    def _record(self, process: HostProcess, descriptor: int, kind: str, stream: str) -> None:
        def take(data: bytes) -> None:
            self._recorder.write(kind, data, stream=stream)
            if kind == "err":
                process.remember(data)

        process.record(descriptor, take, lambda: self._recorder.end(kind, stream))

    def _keep(self, update: Update) -> None:
        if isinstance(update, Receipt):
            self._receipts[update.message_id] = update
        elif isinstance(update, Planned):
            self._plan = update
        elif isinstance(update, UsageReported):
            self.usage = update
        elif isinstance(update, SessionKnown):
            self.session = update.session
        elif isinstance(update, CommandStarted):
            self._activity = update
        elif isinstance(update, CommandEnded):
            self._activity = None

    def _clean(self, update: Update) -> dict[str, Any]:
        """The update's JSON, redacted and cut to a size that fits a line."""
        return fitted(update, self._secrets)


def _inside(sandbox: Sandbox | None, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> Wrapped | None:
    """The command line in the sandbox, None where there is none.

    Raises:
        SpawnFailed: no such program; bubblewrap itself would only end with exit 1.
    """
    if sandbox is None:
        return None
    found = shutil.which(argv[0], path=env.get("PATH", os.defpath))
    if "/" not in argv[0] and found is None:
        raise SpawnFailed(f"{argv[0]}: no such file")
    return wrap(sandbox, argv, cwd)
