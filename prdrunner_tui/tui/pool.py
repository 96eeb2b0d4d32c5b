"""Work of the screen that would hold up its event loop, done in a process of its own."""

from __future__ import annotations

import asyncio
import math
import pickle
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple, cast

from prdrunner_tui.tui.poolhandle import TimedOut, WorkerDied, WorkerHandle, WorkError
from prdrunner_tui.tui.poolworker import ERROR, WORDS

__all__ = [
    "PoolClosed",
    "PoolFull",
    "Superseded",
    "TimedOut",
    "WorkError",
    "WorkFailed",
    "WorkPool",
    "WorkerDied",
]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Superseded(WorkError):
    """A newer call with the same key took the place of this one before it began."""


class PoolFull(WorkError):
    """As many calls wait as may."""


class PoolClosed(WorkError):
    """The pool was closed before the call was done."""


class WorkFailed(WorkError):
    """The function raised, or returned, what can not be brought over from its process; the text names it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    body: bytes
    timeout: float
    answer: asyncio.Future[tuple[bytes, bytes]]


class WorkPool:
    """A few processes, one by default, that begin with the first call and end with `close` or with this process.

    For one event loop. A worker is started by exec, so threads and loops do not matter to it; it has a session of
    its own, no terminal, and none of this process's files.
    """

    def __init__(self, *, size: int = 1, waiting: int = 64) -> None:
        """``size``: the most processes; ``waiting``: the most calls that wait for one."""
        self._size = size
        self._bound = waiting
        self._waiting: dict[Hashable, _Call] = {}
        self._lanes: set[asyncio.Task[None]] = set()
        self._workers: set[WorkerHandle] = set()
        self._idle: list[WorkerHandle] = []
        self._closed = False

    async def run(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        timeout: float,  # noqa: ASYNC109 - the worker's own clock holds it, a cancelled task ends no process
        key: Hashable | None = None,
    ) -> T:
        """What a function returns for these arguments, called in a worker.

        Args:
            function: of a module, so that the worker can import it.
            args: they and the result are pickled.
            timeout: seconds the call may take once it has begun; then its process is killed.
            key: a call that waits is dropped when another one with its key comes, which takes its place in the
                row. One that has begun goes on.

        A cancelled call no longer waits; one that has begun is finished, and its result dropped.

        Raises:
            Superseded: see ``key``.
            TimedOut: see ``timeout``.
            WorkerDied: the process ended, or could not be started; the next call has a new one.
            PoolFull: too many calls wait.
            PoolClosed: the pool is closed.
            WorkFailed: the function's exception or result can not be pickled.
            Exception: what the function raised, with the worker's traceback as a note.
        """
        if not 0 < timeout < math.inf:
            raise ValueError(f"a limit of {timeout} seconds")
        if self._closed:
            raise PoolClosed
        body = pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
        slot = object() if key is None else key
        older = self._waiting.get(slot)
        if older is None and len(self._waiting) >= self._bound:
            raise PoolFull(f"{self._bound} calls wait")
        call = _Call(body, timeout, asyncio.get_running_loop().create_future())
        self._waiting[slot] = call
        if older is not None:
            _fail(older, Superseded())
        if len(self._lanes) < self._size:
            self._lanes.add(asyncio.create_task(self._work()))
        try:
            kind, answer = await call.answer
        finally:
            if self._waiting.get(slot) is call:
                del self._waiting[slot]
        return cast(T, _opened(kind, answer))

    async def close(self) -> None:
        """Kill the workers; every call that is not done raises `PoolClosed`. Closing twice is allowed."""
        self._closed = True
        for call in self._waiting.values():
            _fail(call, PoolClosed())
        self._waiting.clear()
        lanes = set(self._lanes)
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
        self._workers.clear()
        self._idle.clear()

    async def _work(self) -> None:
        """Serve what waits, with one worker, until nothing does."""
        worker = self._idle.pop() if self._idle else None
        try:
            while self._waiting:
                call = self._waiting.pop(next(iter(self._waiting)))
                if not call.answer.done():
                    worker = await self._serve(worker, call)
        finally:
            # Before anything else can run: `run` counts the lanes to know whether a call needs one.
            self._lanes.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            if worker is not None:
                self._idle.append(worker)

    async def _serve(self, worker: WorkerHandle | None, call: _Call) -> WorkerHandle | None:
        """Answer one call; the worker for the next one, None when it is lost."""
        try:
            if worker is not None and not worker.alive:
                await self._end(worker)
                worker = None
            if worker is None:
                worker = WorkerHandle()
                self._workers.add(worker)
                await worker.start()
            answer = await worker.ask(call.body, call.timeout)
        except WorkError as error:
            try:
                if worker is not None:
                    await self._end(worker)
            finally:
                _fail(call, error)
            return None
        except asyncio.CancelledError:
            _fail(call, PoolClosed())
            raise
        if not call.answer.done():
            call.answer.set_result(answer)
        return worker

    async def _end(self, worker: WorkerHandle) -> None:
        await worker.end()
        self._workers.discard(worker)


def _fail(call: _Call, error: WorkError) -> None:
    if not call.answer.done():
        call.answer.set_exception(error)


def _opened(kind: bytes, answer: bytes) -> object:
    if kind == WORDS:
        raise WorkFailed(answer.decode())
    value = pickle.loads(answer)
    if kind == ERROR:
        raise value
    return value
