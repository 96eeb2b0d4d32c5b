"""The host of one run: its state, its log, and the one way by which both change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from prdrunner_tui.journal.log import Log
from prdrunner_tui.journal.writer import JournalWriter
from prdrunner_tui.kernel.codec import decode_event, encode_event
from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.decide import decide
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import evolve, fold
from prdrunner_tui.kernel.state import RunState

logger = logging.getLogger(__name__)


class Clock(Protocol):
    """Time as the engine sees it."""

    def time(self) -> float:
        """Seconds since 1970; orders nothing."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` in ``delay`` seconds, unaffected by jumps of the wall clock; returns what cancels it."""


class RunHost:
    """Takes commands for one run, makes their events durable, and tells listeners.

    State changes at once, so that commands are decided on everything that was accepted; listeners and the sender of
    a command hear of it when it is on the disk.

    Args:
        log: the run's log; this host becomes its only writer.
        clock: for the times of events.
        on_failure: called once when the log cannot be written; the host takes no command afterwards.

    Raises:
        LogError: the log cannot be read.
    """

    def __init__(self, log: Log, clock: Clock, on_failure: Callable[[Exception], None]) -> None:
        self.state: RunState = fold(log.read())
        self._clock = clock
        self._on_failure = on_failure
        self._writer = JournalWriter(log, self._failed)
        self._listeners: list[Callable[[Recorded], None]] = []
        self._on_change: Callable[[], None] = lambda: None
        self._newest: asyncio.Future[None] | None = None
        self._broken: Exception | None = None

    @property
    def id(self) -> str:
        """The id of the run, empty before it started."""
        return self.state.run.id if self.state.run else ""

    @property
    def broken(self) -> Exception | None:
        """What kept the log from being written, if anything did."""
        return self._broken

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after each change of the state, before it is durable."""
        self._on_change = callback

    def listen(self, listener: Callable[[Recorded], None]) -> Callable[[], None]:
        """Call ``listener`` with each durable event, in order; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def submit(self, command: Command) -> Refusal | asyncio.Future[None]:
        """Decide on a command now; the future is done when its events are durable."""
        if self._broken is not None:
            return Refusal("not_now", f"the log of {self.id} cannot be written: {self._broken}")
        answer = decide(self.state, command)
        if isinstance(answer, Refusal):
            return answer
        try:
            for event in answer:
                decode_event(*encode_event(event))
        except ValueError as error:
            # What the log could not give back must not get into it: the run could never be read again.
            return Refusal("denied", f"{type(command).__name__} cannot be kept: {error}")
        at = self._clock.time()
        batch = [Recorded(self.state.seq + n, at, event) for n, event in enumerate(answer, 1)]
        for recorded in batch:
            self.state = evolve(self.state, recorded)
        durable = self._writer.append(batch)
        durable.add_done_callback(lambda done: self._publish(batch, done))
        self._newest = durable
        self._on_change()
        return durable

    async def take(self, command: Command) -> Refusal | int:
        """Like :meth:`submit`, and wait; the number of the last event once it is durable.

        Raises:
            LogError: the log could not be written.
        """
        answer = self.submit(command)
        if isinstance(answer, Refusal):
            return answer
        seq = self.state.seq
        await asyncio.shield(answer)
        return seq

    async def durable(self) -> None:
        """Wait until everything that was accepted is on the disk."""
        if self._newest is not None:
            await asyncio.shield(self._newest)

    async def close(self) -> None:
        """Write what is queued and close the log."""
        await self._writer.close()

    def _publish(self, batch: list[Recorded], done: asyncio.Future[None]) -> None:
        if done.cancelled() or done.exception() is not None:
            return
        for recorded in batch:
            for listener in tuple(self._listeners):
                listener(recorded)

    def _failed(self, error: Exception) -> None:
        self._broken = error
        logger.error("the log of %s cannot be written: %s", self.id, error)
        self._on_failure(error)
