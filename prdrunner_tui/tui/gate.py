"""The pacer beside an event loop: panes ask here when they may paint what changes by itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from prdrunner_tui.tui.pacing import FENCE, MODE_QUESTION, ROW, TIMEOUT, Ack, Pacer, cursor_question


class FrameGate:
    """The pacer beside an event loop: calls back when a frame may go, and asks after it.

    Panes call `request` when they have something new; the driver tells of flushes and answers. All of it happens
    on the loop, but for `heard_cursor` and `heard_mode`, which the input thread calls.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pacer: Pacer,
        *,
        backlog: Callable[[], int],
        write: Callable[[bytes], object],
        size: Callable[[], tuple[int, int]],
    ) -> None:
        self.pacer = pacer
        self._loop = loop
        self._backlog = backlog
        self._write = write
        self._size = size
        self._waiting: dict[Callable[[], object], bool] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._ask = False
        self._probed = float("-inf")
        self._fence = threading.Event()
        self._modes_owed = 0

    def request(self, callback: Callable[[], object], *, ask: bool = True) -> None:
        """Call back once, on the loop, as soon as a frame may go; asking again before that changes nothing.

        Args:
            ask: whether the terminal is asked to acknowledge the frame; a few cells are not worth it.
        """
        self._waiting[callback] = self._waiting.get(callback, False) or ask
        if self._timer is None:
            self._timer = self._loop.call_later(0, self._look)

    def may_send(self, now: float) -> bool:
        """Whether a frame may go now; times are those of ``time.monotonic``."""
        return self.pacer.may_send(now, self._backlog())

    def next_time(self, now: float) -> float:
        """When to look again at the latest."""
        return max(self.pacer.next_time(now), now + self.pacer.interval if self._backlog() else now)

    def frame_sent(self, now: float) -> None:
        """A frame goes now, for those who ask `may_send` themselves."""
        self.pacer.sent(now)
        self._ask = True

    def flushed(self) -> None:
        """What is on the screen was handed to the writer: the moment to ask for its acknowledgement."""
        if self._ask:
            self._ask = False
            if asked := self.pacer.question(time.monotonic(), *self._size()):
                self._modes_owed += asked == MODE_QUESTION
                self._write(asked)

    def probe(self) -> None:
        """Find out which answers this terminal gives."""
        self._probed = time.monotonic()
        if asked := self.pacer.probe(self._probed, *self._size()):
            self._write(asked)

    def heard_cursor(self, row: int, column: int) -> None:
        """A cursor position came (from 1). Thread-safe."""
        if (row, column) == (ROW, FENCE):
            self._fence.set()
        else:
            self._tell(lambda: self.pacer.cursor_reply(row, column, time.monotonic()))

    def heard_mode(self) -> bool:
        """A report of mode 2026 came; True for all but the first one. Thread-safe."""
        known = self.pacer.ack is not Ack.NONE
        self._modes_owed = max(0, self._modes_owed - 1)
        if self.pacer.ack is Ack.MODE and not self._modes_owed:
            self._fence.set()
        self._tell(lambda: self.pacer.mode_reply(time.monotonic()))
        return known

    def fence(self) -> bytes:
        """A last question: when it is answered, all that the terminal sent before has been read."""
        self._fence.clear()
        if self.pacer.ack is Ack.MODE:
            self._modes_owed += 1
            return MODE_QUESTION
        columns, rows = self._size()
        answers = self.pacer.ack is Ack.CURSOR or time.monotonic() < self._probed + TIMEOUT
        if not answers or rows < ROW or columns < 3:
            self._fence.set()
            return b""
        return cursor_question(FENCE)

    def wait_for_fence(self) -> bool:
        """Wait for the answer to `fence`, four times as long as the last one took; whether it came."""
        return self._fence.wait(min(1.0, max(0.25, 4 * self.pacer.round_trip)))

    def _tell(self, note: Callable[[], object]) -> None:
        def noted() -> None:
            note()
            if self._waiting:
                self._look()

        try:
            self._loop.call_soon_threadsafe(noted)
        except RuntimeError:
            pass  # the loop is closed: nobody waits for frames any more

    def _look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = time.monotonic()
        if not self.may_send(now):
            self._timer = self._loop.call_later(max(0.001, self.next_time(now) - now), self._look)
            return
        waiting, self._waiting = self._waiting, {}
        self.pacer.sent(now)
        self._ask |= any(waiting.values())
        for callback in waiting:
            callback()
