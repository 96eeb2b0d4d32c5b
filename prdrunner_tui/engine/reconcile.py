"""The reconciler: compares a run's state with what is under way, and starts what is missing.

It is level-triggered and single-flight: each change, timer or result leads to one look at the whole state, and the
order in which things happened does not matter. After a crash the same look finds the effects whose intent has no
result, and performs them again; each effect looks at the world before it acts.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from prdrunner_tui.engine.host import Clock, RunHost
from prdrunner_tui.engine.schedule import proposals
from prdrunner_tui.journal.faults import boundary, scope
from prdrunner_tui.kernel.commands import Command, ExpireDecision, PauseRun, Refusal, ReportEffect
from prdrunner_tui.kernel.state import Actor, Effect, RunState
from prdrunner_tui.steps.effects.context import Interrupted
from prdrunner_tui.steps.view import INTERRUPTED
from prdrunner_tui.text.problem import Problem

logger = logging.getLogger(__name__)
_PROGRAM = Actor("program", "prdrunner")


_SHORT = {
    errno.EMFILE: "this engine may open no more files (ulimit -n)",
    errno.ENFILE: "this machine can open no more files",
    errno.ENOMEM: "this machine has no memory left",
    errno.EAGAIN: "no more processes can be started (ulimit -u)",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
}


def shortage(error: BaseException) -> str:
    """What ran out, in words; empty for an error of another kind."""
    if isinstance(error, MemoryError):
        return _SHORT[errno.ENOMEM]
    return _SHORT.get(error.errno or 0, "") if isinstance(error, OSError) else ""


class Effects(Protocol):
    """What performs the effects of one run."""

    async def perform(self, state: RunState, phase: str, effect: Effect) -> Mapping[str, Any]:
        """Do ``effect``, or find it done; its result as JSON values.

        Raises:
            Problem: it could not be done.
            Interrupted: it was ended from outside.
        """

    def follow(self, state: RunState, submit: Callable[[Command], object]) -> None:
        """Look at the newest state: hand answers and messages to running agents."""

    def interrupt(self, reason: str) -> None:
        """End what is under way as soon as possible."""

    def go_on(self) -> None:
        """Take an interruption back: effects may begin again."""

    def lend(self, state: RunState, environ: Mapping[str, str]) -> None:
        """Take what of a terminal's environment the workers get, for turns that begin from now on."""

    async def recover(self, state: RunState) -> None:
        """Make the world fit to go on after whatever happened to the engine before."""

    async def close(self) -> None:
        """Let go of everything; called when nothing is under way."""


class Reconciler:
    """Keeps one run going."""

    def __init__(self, host: RunHost, effects: Effects, clock: Clock) -> None:
        self._host = host
        self._effects = effects
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, Callable[[], None]] = {}
        self._due = False
        self._closed = False
        self._interrupted = False
        host.on_change(self.poke)

    @property
    def idle(self) -> bool:
        """Whether no effect is under way."""
        return not self._tasks and not self._due

    def poke(self) -> None:
        """Look at the state soon."""
        if not self._due and not self._closed:
            self._due = True
            asyncio.get_running_loop().call_soon(self._settle)

    async def close(self, reason: str) -> None:
        """End what is under way, and wait until it has ended and its results are recorded."""
        self._effects.interrupt(reason)
        while self._tasks:
            await asyncio.wait(self._tasks.values())
        self._settle()
        self._closed = True
        for cancel in self._timers.values():
            cancel()
        self._timers.clear()

    def _settle(self) -> None:
        self._due = False
        if self._closed or self._host.broken is not None:
            return
        while wanted := proposals(self._host.state):
            # One at a time: what it changes may be what another phase would have asked for as well.
            refusal = self._host.submit(wanted[0])
            if isinstance(refusal, Refusal):
                self._give_up(wanted[0], refusal)
                return
        state = self._host.state
        stopped = state.run is not None and state.run.status == "stopped"
        if stopped and not self._interrupted:
            self._effects.interrupt(state.run.reason if state.run else "")
        elif self._interrupted and not stopped:
            self._effects.go_on()
        self._interrupted = stopped
        self._start_missing(state)
        self._effects.follow(state, self._host.submit)
        self._arm(state)

    def _give_up(self, command: Command, refusal: Refusal) -> None:
        """A refused proposal is a fault of the program: the run pauses with it, instead of asking for ever."""
        logger.error("proposal refused: %r: %r", command, refusal)
        reason = f"internal fault: {type(command).__name__} was refused: {refusal.message}"
        if self._host.state.run is not None and self._host.state.run.status == "running":
            self._host.submit(PauseRun(_PROGRAM, reason))

    def _start_missing(self, state: RunState) -> None:
        for effect in state.run_effects.values():
            self._start("", "", effect)
        for phase in state.phases.values():
            if phase.last is not None:
                for effect in phase.last.effects:
                    self._start(phase.id, phase.last.name, effect)

    def _start(self, phase: str, step: str, effect: Effect) -> None:
        if effect.status != "intended" or effect.key in self._tasks:
            return
        task = asyncio.get_running_loop().create_task(self._perform(phase, step, effect), name=effect.key)
        self._tasks[effect.key] = task
        task.add_done_callback(lambda _: self._tasks.pop(effect.key, None))

    async def _perform(self, phase: str, step: str, effect: Effect) -> None:
        with scope(phase or "run", step):
            try:
                await self._host.durable()
                boundary(f"{effect.kind}.intended")
                result = await self._effects.perform(self._host.state, phase, effect)
                report = ReportEffect(phase, effect.key, dict(result))
            except Interrupted as interrupted:
                error = f"{INTERRUPTED}: {interrupted}"
                report = ReportEffect(phase, effect.key, dict(interrupted.used), error)
            except Problem as problem:
                report = ReportEffect(phase, effect.key, error=str(problem))
            except Exception as error:
                if words := shortage(error):
                    self._host.submit(PauseRun(_PROGRAM, f"{words}; resume when there is more"))
                    report = ReportEffect(phase, effect.key, error=f"{INTERRUPTED}: {words}")
                else:
                    logger.exception("effect %s", effect.key)
                    fault = f"internal fault: {type(error).__name__}: {error}"
                    report = ReportEffect(phase, effect.key, error=fault)
            boundary(f"{effect.kind}.performed")
            answer = self._host.submit(report)
            if isinstance(answer, Refusal):
                logger.error("report refused: %r: %r", report, answer)
                self._host.submit(ReportEffect(phase, effect.key, error=f"its result: {answer.message}"))

    def _arm(self, state: RunState) -> None:
        open_now = {d.id: d for d in state.open_decisions() if d.timeout is not None}
        for id in self._timers.keys() - open_now.keys():
            self._timers.pop(id)()
        for id in open_now.keys() - self._timers.keys():
            decision = open_now[id]
            timeout = decision.timeout or 0.0
            passed = min(max(self._clock.time() - decision.opened_at, 0.0), timeout)
            self._timers[id] = self._clock.call_later(timeout - passed, lambda id=id: self._expire(id))  # type: ignore[misc]

    def _expire(self, id: str) -> None:
        self._timers.pop(id, None)
        self._host.submit(ExpireDecision(id))
