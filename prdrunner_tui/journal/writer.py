"""The one writer of a log: a thread that writes what has gathered in one transaction (group commit)."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence

from prdrunner_tui.journal import faults
from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.journal.log import Log
from prdrunner_tui.kernel.events import Recorded


class JournalWriter:
    """Appends to a log off the loop, in order, and tells the loop when each batch is durable.

    Args:
        log: the log, from now on used by this writer's thread alone.
        on_failure: called on the loop, once, with the error of a failed append; nothing is written after it.
    """

    def __init__(self, log: Log, on_failure: Callable[[Exception], None]) -> None:
        self._log = log
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._wake = threading.Condition()
        self._queue: deque[tuple[Sequence[Recorded], asyncio.Future[None]]] = deque()
        self._closing = False
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, batch: Sequence[Recorded]) -> asyncio.Future[None]:
        """Queue ``batch``; the future is done once it is on the disk, or fails with the error that kept it off."""
        durable = self._loop.create_future()
        with self._wake:
            if self._failed is not None or self._closing:
                durable.set_exception(self._failed or RuntimeError("the journal is closed"))
                return durable
            self._queue.append((batch, durable))
            self._wake.notify()
        return durable

    async def close(self) -> None:
        """Write what is queued, then end the thread and close the log."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)
        self._log.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                if not self._queue:
                    return
                # Under fault injection each batch is a transaction of its own, so that its crash points are too.
                share = 1 if faults.installed() else len(self._queue)
                taken = [self._queue.popleft() for _ in range(share)]
            try:
                for batch, _ in taken:
                    boundary(f"{_label(batch)}.before")
                self._log.append([recorded for batch, _ in taken for recorded in batch])
                for batch, _ in taken:
                    boundary(f"{_label(batch)}.after")
            except Exception as error:  # noqa: BLE001
                with self._wake:
                    self._failed = error
                    taken.extend(self._queue)
                    self._queue.clear()
                self._tell([durable for _, durable in taken], error)
                return
            self._tell([durable for _, durable in taken], None)

    def _tell(self, durables: list[asyncio.Future[None]], error: Exception | None) -> None:
        def settle() -> None:
            for durable in durables:
                if durable.done():
                    continue
                if error is None:
                    durable.set_result(None)
                else:
                    durable.set_exception(error)
            if error is not None:
                self._on_failure(error)

        self._loop.call_soon_threadsafe(settle)


def _label(batch: Sequence[Recorded]) -> str:
    """The boundary of a batch: its phase and its first event, so that the name does not depend on grouping."""
    event = batch[0].event
    return f"{getattr(event, 'phase', '') or 'run'}/append.{type(event).__name__}"
