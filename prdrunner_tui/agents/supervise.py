"""One job from its start to its result: the worker's turn or the check, the limits, and the ladder that ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from prdrunner_tui.agents.job import Job, JobResult, Outcome, OutputStats, duration_words
from prdrunner_tui.agents.recorder import Recorder
from prdrunner_tui.agents.results import readable
from prdrunner_tui.agents.tree import Tree
from prdrunner_tui.agents.turnhost import TurnHost
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.port import Cancelled, Capabilities, SpawnFailed, TurnResult, exit_words
from prdrunner_tui.workers.registry import create

_TICK = 0.25
_AFTER_KILL = 2.0
_LEFTOVER_GRACE = 0.5
_CLOSED_STDIN = 1.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a job is ended from outside. `polite`: the agent's own cancel is tried first."""

    outcome: Literal["cancelled", "limit", "failed"]
    reason: str
    polite: bool = True


class Supervisor:
    """Runs one job. `engine_gone_since()` is the loop time since which no engine is there, or None."""

    def __init__(
        self,
        job: Job,
        host: TurnHost,
        tree: Tree,
        recorder: Recorder,
        *,
        engine_gone_since: Callable[[], float | None],
    ) -> None:
        self._job = job
        self._host = host
        self._tree = tree
        self._recorder = recorder
        self._engine_gone_since = engine_gone_since
        self._loop = asyncio.get_running_loop()
        self._stop: asyncio.Future[Stop] = self._loop.create_future()
        self._capabilities = Capabilities()
        self._started = time.time()
        self._began = self._loop.time()
        tree.on_crowd = self._crowded
        tree.on_lost = lambda: self.stop(Stop("failed", "the keeper of the process tree died", polite=False))

    def stop(self, why: Stop) -> None:
        """End the job; the first reason counts."""
        self._host.ending = True
        if not self._stop.done():
            self._stop.set_result(why)

    async def run(self) -> JobResult:
        """Run the job and end its whole tree; the result is complete but for the output's figures."""
        work = self._loop.create_task(self._turn() if self._job.kind == "turn" else self._check())
        watch = self._loop.create_task(self._watch())
        both: set[asyncio.Future[Any]] = {work, self._stop}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        # A stop that comes with the end in the same moment does not undo the end; but what a worker makes of a
        # tree that was taken from under it is not its end.
        stopped = None if work.done() and not self._tree.lost else self._stop.result()
        if stopped is not None:
            await self._end_work(work, stopped)
        self._host.ending = True
        self._host.cancel()
        self._host.finish()
        self._host.close_inbox("the turn ended before the agent took it")
        survivors = await self._tree.end(_LEFTOVER_GRACE if stopped is None else 0.1)
        for process in self._host.processes:
            process.abandon()
        if not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=1.0)
        return self._result(_outcome_of(work), stopped, survivors)

    async def _turn(self) -> TurnResult:
        turn = self._job.turn
        assert turn is not None
        try:
            worker = create(self._job.worker, turn.options)
            self._capabilities = worker.capabilities
            self._host.steer = worker.capabilities.steer
            return await worker.run(turn, self._host)
        except Cancelled:
            return TurnResult("cancelled", "cancelled")
        except SpawnFailed as error:
            return TurnResult("failed", str(error))
        except Problem as error:
            return TurnResult("failed", str(error))
        except Exception as error:  # noqa: BLE001 - whatever an adapter does, the job has a result
            return TurnResult(
                "failed", f"the worker {self._job.worker} broke: {type(error).__name__}: {error}"
            )

    async def _check(self) -> TurnResult:
        check = self._job.check
        assert check is not None
        try:
            process = await self._host.spawn(check.command, cwd=check.cwd, merge=True)
        except SpawnFailed as error:
            return TurnResult("failed", str(error))
        exit_ = await process.wait()
        ended = exit_.code == 0
        return TurnResult(
            "ended" if ended else "failed", exit_words(exit_.code, exit_.signal), exit_.code, exit_.signal
        )

    async def _end_work(self, work: asyncio.Task[TurnResult], why: Stop) -> None:
        """The ladder: the agent's own cancel, stdin closed, TERM, KILL. Each rung only while something is left."""
        grace = self._job.limits.grace
        self._host.cancel()
        if why.polite and self._capabilities.cancel:
            await asyncio.wait({work}, timeout=grace)
        processes = self._host.processes
        for process in processes:
            process.close_stdin()
        if self._capabilities.cancel:
            await self._exits(min(grace, _CLOSED_STDIN))
        for number, patience in ((15, grace), (9, _AFTER_KILL)):
            for process in processes:
                process.signal(number)
            if await self._exits(patience):
                break
        await asyncio.wait({work}, timeout=_AFTER_KILL)

    async def _exits(self, patience: float) -> bool:
        """Wait for the agent's own processes; True when all have ended."""
        running = [p for p in self._host.processes if not p.ended]
        if running:
            waits = [self._loop.create_task(p.wait()) for p in running]
            _, pending = await asyncio.wait(waits, timeout=patience)
            for task in pending:
                task.cancel()
        return all(p.ended for p in self._host.processes)

    async def _watch(self) -> None:
        limits = self._job.limits
        shortest = min(x for x in (limits.wall, limits.idle, limits.orphan_grace, 8 * _TICK) if x is not None)
        tick = max(0.02, shortest / 8)
        while not self._stop.done():
            await asyncio.sleep(tick)
            now = self._loop.time()
            gone = self._engine_gone_since()
            if gone is not None and now - gone > limits.orphan_grace:
                reason = f"engine gone for {duration_words(limits.orphan_grace)}"
                self.stop(Stop("failed", reason))
            if self._host.waiting:
                continue
            if limits.wall is not None and now - self._began - self._host.waited > limits.wall:
                self.stop(Stop("limit", f"time limit {duration_words(limits.wall)}"))
            if limits.idle is not None and now - self._recorder.last_new > limits.idle:
                what = "no output" if self._recorder.seen == 0 else "nothing new"
                self.stop(Stop("limit", f"{what} for {duration_words(limits.idle)}"))

    def _crowded(self, count: int) -> None:
        allowed = self._job.limits.pids
        self.stop(Stop("limit", f"{count} processes, allowed are {allowed}", polite=False))

    def _result(self, turn: TurnResult, stopped: Stop | None, survivors: int) -> JobResult:
        outcome: Outcome = turn.outcome if stopped is None else stopped.outcome
        reason = turn.reason if stopped is None else stopped.reason
        result = JobResult(
            key=self._job.key,
            attempt=self._job.attempt,
            outcome=outcome,
            reason=reason,
            exit_code=turn.exit_code,
            signal=turn.signal,
            started=self._started,
            ended=time.time(),
            output=OutputStats(),
            usage=turn.usage or self._host.usage,
            session=turn.session or self._host.session,
            retry_at=turn.retry_at,
            survivors_killed=survivors,
            isolation=self._tree.isolation,
        )
        return readable(result)


def _outcome_of(work: asyncio.Task[TurnResult]) -> TurnResult:
    if not work.done() or work.cancelled():
        return TurnResult("cancelled", "cancelled")
    return work.result()
