"""The one writer of a job's segment: coalesces small writes, cuts long lines, watches for progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from prdrunner_tui.agents.job import OutputStats
from prdrunner_tui.agents.output import LineLimiter, Novelty
from prdrunner_tui.journal.segments import SegmentWriter

_BLOCK = 64 * 1024
_DELAY = 0.02
_STALE = 0.25


class Recorder:
    """Writes a segment on the loop. Bytes reach the file at once after a quiet moment, else within 20 ms.

    `on_broken(why)` is called once when the disk refuses; what comes later is dropped. `last_new` is the loop
    time at which something new was last put out or told.
    """

    def __init__(
        self,
        path: Path,
        *,
        cap: int,
        line_cap: int,
        secrets: Sequence[bytes],
        on_broken: Callable[[str], None],
        on_progress: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._segment = SegmentWriter(path, cap=cap, redact=secrets)
        self._cap = cap
        self._line_cap = line_cap
        self._limiters: dict[tuple[str, str], LineLimiter] = {}
        self._cut = False
        self._novelty = Novelty()
        self._on_broken = on_broken
        self._on_progress = on_progress
        self._pending: list[bytes] = []
        self._pending_kind = ""
        self._pending_size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._last_write = 0.0
        self._broken = False
        self.seen = 0
        self.last_new = self._loop.time()

    def write(self, kind: str, data: bytes, *, stream: str = "") -> None:
        """Take output of a stream (`stream` keeps the lines of several processes apart)."""
        if not data:
            return
        self.seen += len(data)
        self.watch(data)
        limiter = self._limiters.get((kind, stream))
        if limiter is None:
            limiter = self._limiters[kind, stream] = LineLimiter(self._line_cap)
        self._take(kind, limiter.feed(data))

    def end(self, kind: str, stream: str) -> None:
        """A stream has ended: what its last line lost is said."""
        limiter = self._limiters.pop((kind, stream), None)
        if limiter is not None:
            note = limiter.finish()
            self._cut = self._cut or limiter.total > 0
            self._take(kind, note)

    def _take(self, kind: str, data: bytes) -> None:
        now = self._loop.time()
        if self._pending and self._pending_kind != kind:
            self._flush()
        if data:
            self._pending.append(data)
            self._pending_kind = kind
            self._pending_size += len(data)
        if self._pending_size >= _BLOCK or now - self._last_write > _DELAY:
            self._flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(_DELAY, self._flush)

    def watch(self, data: bytes) -> None:
        """Look at bytes that go elsewhere, for progress only."""
        if self._loop.time() - self.last_new > _STALE and self._novelty.is_new(data):
            self.last_new = self._loop.time()

    def touch(self) -> None:
        """Something happened that is progress without output."""
        self.last_new = self._loop.time()

    @property
    def progress(self) -> dict[str, int | bool]:
        """Size of the log on disk, bytes seen, lines, whether more was seen than kept."""
        return {
            "size": self._segment.size,
            "seen": self.seen,
            "lines": self._segment.lines,
            "truncated": self.seen > self._cap or self._cut,
        }

    def close(self) -> OutputStats:
        """Write what is left; says what the segment holds."""
        for kind, stream in list(self._limiters):
            self.end(kind, stream)
        self._flush()
        self._on_progress = lambda: None
        try:
            stats = self._segment.close()
        except OSError as error:
            self._break(error)
            return OutputStats(self.seen, self._segment.size, True, self._segment.lines)
        return OutputStats(self.seen, stats.kept, stats.truncated or self._broken or self._cut, stats.lines)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending:
            return
        data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        self._pending.clear()
        self._pending_size = 0
        self._last_write = self._loop.time()
        if self._broken:
            return
        try:
            self._segment.write(self._pending_kind, data)
        except OSError as error:
            self._break(error)
        # Told before, whoever looks at once would not find it, and nobody would tell of it again.
        self._on_progress()

    def _break(self, error: OSError) -> None:
        if not self._broken:
            self._broken = True
            self._on_broken(f"the output could not be written: {error.strerror or error}")
