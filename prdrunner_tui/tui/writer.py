"""The thread that writes to the terminal. Whoever hands it something never waits."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from collections.abc import Callable

LIMIT = 256 * 1024
"""Bytes that may wait for the terminal; what comes on top is dropped until everything is written."""

_CHUNK = 8 * 1024
"""Bytes of one system call: so long does a thread last that a hung terminal holds, once its queue was flushed."""


class Writer:
    """Writes byte strings to a descriptor in order, on a thread of its own.

    Each string is written whole or not at all. When more than ``limit`` bytes wait, further strings are dropped
    (unless they must be kept) until all that waited is out; then ``on_drained`` is called, on the thread, and
    dropping goes on until `accept_again`. ``on_lost`` is called, once and on the thread, when the descriptor
    takes nothing any more.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        on_drained: Callable[[], None],
        on_lost: Callable[[], None],
        limit: int = LIMIT,
    ) -> None:
        self._descriptor = descriptor
        self._on_drained = on_drained
        self._on_lost = on_lost
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._backlog = 0
        self._dropping = False
        self._cut = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self.lost = False
        """The terminal is gone: nothing is written any more."""
        self.dropped = 0
        """Strings dropped so far."""
        self.peak = 0
        """The most bytes that ever waited."""

    @property
    def backlog(self) -> int:
        """Bytes that were handed over and are not written."""
        return self._backlog

    @property
    def dropping(self) -> bool:
        """What is handed over now would be dropped."""
        return self._dropping

    def start(self) -> None:
        """Start the thread; a writer that was closed can be started again, also where its thread has not ended."""
        with self._changed:
            self._closing = self._dropping = False
            if self._thread is None:
                self._cut = False
                self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
                self._thread.start()

    def write(self, data: bytes, *, keep: bool = False) -> bool:
        """Hand over a string; False when it was dropped. ``keep``: not to be dropped (modes, questions)."""
        with self._changed:
            if self.lost or self._closing:
                return False
            if not keep and (self._dropping or self._backlog > self._limit):
                self._dropping = True
                self.dropped += 1
                return False
            self._waiting.append(data)
            self._backlog += len(data)
            self.peak = max(self.peak, self._backlog)
            self._changed.notify_all()
        return True

    def accept_again(self) -> None:
        """End the dropping, after ``on_drained``."""
        self._dropping = False

    def discard(self) -> None:
        """Forget all that waits; of what is being written the rest is cut, wherever that is."""
        with self._changed:
            self._backlog -= sum(len(data) for data in self._waiting)
            self._waiting.clear()
            self._cut = self._backlog > 0

    def nudge(self) -> None:
        """Let a blocked write look again whether there is room: flushing a terminal's queue wakes nobody.

        Any signal does; SIGCONT has to have a handler, which does nothing.
        """
        thread = self._thread
        if thread is not None and thread.ident is not None and thread.is_alive():
            signal.pthread_kill(thread.ident, signal.SIGCONT)

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits any more; whether that was so in time. A lost terminal is never waited for."""
        with self._changed:
            return self._changed.wait_for(lambda: self.lost or not self._backlog, seconds)

    def close(self, seconds: float = 0.5) -> bool:
        """Write what waits, end the thread; whether it ended in time.

        Until it has, the descriptor is not to be closed: the thread would write to whatever gets its number next.
        """
        with self._changed:
            thread = self._thread
            self._closing = True
            self._changed.notify_all()
        if thread is None:
            return True
        thread.join(seconds)
        return not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting or self.lost:
                    self._thread = None
                    return
                data = b"".join(self._waiting)
                self._waiting.clear()
            try:
                self._put(data)
            except OSError:
                self._give_up()
                return
            if self._dropping and not self._backlog:
                self._on_drained()

    def _put(self, data: bytes) -> None:
        """Write all of it, unless `discard` cuts it."""
        view = memoryview(data)
        at = 0
        while at < len(data):
            try:
                done = os.write(self._descriptor, view[at : at + _CHUNK])
            except BlockingIOError:
                # Some other program left the terminal's description in non-blocking mode.
                select.select([], [self._descriptor], [], 1.0)
                done = 0
            at += done
            with self._changed:
                self._backlog -= done
                if self._cut:
                    self._backlog -= len(data) - at
                    at = len(data)
                    self._cut = False
                if not self._backlog:
                    self._changed.notify_all()

    def _give_up(self) -> None:
        with self._changed:
            self.lost = True
            self._thread = None
            self._waiting.clear()
            self._backlog = 0
            self._changed.notify_all()
        # The loop that would be told may be closed by now.
        with contextlib.suppress(RuntimeError):
            self._on_lost()
