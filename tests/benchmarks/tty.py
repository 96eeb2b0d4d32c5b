"""A terminal that is measured: what came, when, and what it cost; nothing is drawn while the clock runs.

A thread reads and stamps; it answers the questions that terminals answer and does nothing else, so that it hardly
competes with what is measured. What was on the screen at which moment is found out afterwards (`replay`).
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.benchmarks.process import cpu_seconds

clock = time.perf_counter
"""Seconds; on Linux the same clock as `time.monotonic` of every other process."""

PATIENCE = 60.0
"""Seconds that something may take on a busy machine before the measurement is given up."""

_QUESTION = re.compile(rb"\x1b\[(?:(?P<row>\d+);(?P<column>\d+)H\x1b\[6n|\?(?P<mode>\d+)\$p|(?P<cursor>6n))")
_REPORTED = {b"2026"}
_HELD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Link:
    """A line between program and terminal.

    Attributes:
        bits: bits a second towards the terminal; 0 is no limit.
        round_trip: seconds.
        held: bytes that may wait in it before nothing more is read from the program, as behind sshd.
    """

    bits: float = 0.0
    round_trip: float = 0.0
    held: int = _HELD


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that reached the terminal together. `at` is when."""

    at: float
    data: bytes


class Tty:
    """A program in a pseudo-terminal of a session of its own.

    Args:
        command: the program and its arguments.
        size: columns and rows.
        env: variables on top of a small environment.
        cwd: where it runs.
        link: the line that the terminal is at the end of.

    Attributes:
        began: just before the program was started.
        chunks: what came, in order.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        link: Link | None = None,
    ) -> None:
        self.size = size
        self.chunks: list[Chunk] = []
        self._link = link or Link()
        self._line_free = 0.0
        self._seen = bytearray()
        self._changed = threading.Condition()
        self._stalled = self._closed = False
        self._up: list[tuple[float, int, bytes]] = []
        self._sent = 0
        self._wake_read, self._wake_write = os.pipe()
        self._master, self._slave = os.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.attributes_before = termios.tcgetattr(self._slave)
        # The shell is there to open the terminal: the first one that a session leader opens becomes its own.
        opens = f'exec "$@" <>{os.ttyname(self._slave)} >&0 2>&1'
        self.began = clock()
        self.process = subprocess.Popen(
            ["sh", "-c", opens, "sh", *command],
            env=_environment(env or {}),
            cwd=cwd,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Tty:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What a person does

    def press(self, keys: str) -> float:
        """Type; when that was."""
        at = clock()
        self._send(at + self._link.round_trip / 2, keys.encode())
        return at

    def stall(self) -> None:
        """Stop reading, as a hung connection does."""
        self._stalled = True
        self._wake()

    def unstall(self) -> None:
        """Read again."""
        self._stalled = False
        self._wake()

    # What is waited for

    def until(self, text: bytes, *, after: int = 0, seconds: float = PATIENCE) -> float:
        """Wait until bytes came that hold a text, behind so many bytes; when the last of them came."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._seen.find(text, after) >= 0, seconds):
                tail = bytes(self._seen[after:][-400:])
                raise TimeoutError(f"{text!r} did not come in {seconds:g} s; the last bytes are {tail!r}")
            end, passed = self._seen.find(text, after) + len(text), 0
            for chunk in self.chunks:
                passed += len(chunk.data)
                if passed >= end:
                    return chunk.at
        raise AssertionError("what was seen is in no chunk")

    def has(self, text: bytes, *, after: int = 0) -> bool:
        """Whether bytes came that hold a text."""
        with self._changed:
            return self._seen.find(text, after) >= 0

    def quiet(self, seconds: float = 0.3, *, patience: float = PATIENCE) -> None:
        """Wait until nothing came for so long."""
        deadline = clock() + patience
        while clock() < deadline:
            with self._changed:
                before = len(self._seen)
                if not self._changed.wait_for(lambda size=before: len(self._seen) > size, seconds):  # type: ignore[misc]
                    return
        raise TimeoutError(f"it is never quiet for {seconds:g} s")

    @property
    def received(self) -> int:
        """Bytes so far."""
        with self._changed:
            return len(self._seen)

    @property
    def tail(self) -> bytes:
        """All bytes so far."""
        with self._changed:
            return bytes(self._seen)

    def taken(self) -> Sequence[Chunk]:
        """What came so far."""
        with self._changed:
            return tuple(self.chunks)

    def cpu(self) -> float:
        """Seconds of processor that the program and its children took."""
        return cpu_seconds(self.process.pid)

    # The end

    @property
    def is_clean(self) -> bool:
        """Whether the terminal has the attributes that it had before."""
        return termios.tcgetattr(self._slave) == self.attributes_before

    def ended(self, seconds: float = PATIENCE) -> float:
        """Wait for the end of the program and read what is left; when it ended."""
        # Popen.wait looks every 50 ms only.
        handle = os.pidfd_open(self.process.pid)
        gone = select.select([handle], [], [], seconds)[0]
        at = clock()
        os.close(handle)
        if not gone:
            raise TimeoutError(f"the program is still there after {seconds:g} s")
        self.process.wait()
        with contextlib.suppress(TimeoutError):
            self.quiet(0.05, patience=1.0)
        return at

    def close(self) -> None:
        """End the program, if it is there, and give everything back."""
        if self._closed:
            return
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._closed = True
        self._wake()
        self._reader.join()
        for descriptor in (self._master, self._slave, self._wake_read, self._wake_write):
            os.close(descriptor)

    # The thread

    def _wake(self) -> None:
        os.write(self._wake_write, b"!")

    def _send(self, at: float, data: bytes) -> None:
        with self._changed:
            self._sent += 1
            heapq.heappush(self._up, (at, self._sent, data))
        self._wake()

    def _read(self) -> None:
        while not self._closed:
            now = clock()
            self._deliver(now)
            full = self._link.bits and (self._line_free - now) * self._link.bits / 8 > self._link.held
            wanted = [self._wake_read] if self._stalled or full else [self._wake_read, self._master]
            ready = select.select(wanted, [], [], self._patience(now, bool(full)))[0]
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if self._master in ready:
                try:
                    data = os.read(self._master, 65536)
                except OSError:
                    return
                self._take(data)

    def _patience(self, now: float, full: bool) -> float | None:
        due = [self._up[0][0] - now] if self._up else []
        due += [0.002] if full else []
        return max(0.0, min(due)) if due else None

    def _deliver(self, now: float) -> None:
        with self._changed:
            while self._up and self._up[0][0] <= now:
                _, _, data = heapq.heappop(self._up)
                with contextlib.suppress(OSError):
                    os.write(self._master, data)

    def _take(self, data: bytes) -> None:
        """What was read comes out of the line some time later; answers need as long again."""
        at = clock()
        if self._link.bits:
            self._line_free = max(self._line_free, at) + len(data) * 8 / self._link.bits
            at = self._line_free
        at += self._link.round_trip / 2
        with self._changed:
            self.chunks.append(Chunk(at, data))
            self._seen += data
            self._changed.notify_all()
        if b"n" in data or b"$p" in data:
            answer = b"".join(_answers(data))
            if answer:
                self._send(at + self._link.round_trip / 2, answer)


def _answers(data: bytes) -> Sequence[bytes]:
    found = []
    for question in _QUESTION.finditer(data):
        if question["row"]:
            found.append(b"\x1b[%s;%sR" % (question["row"], question["column"]))
        elif question["cursor"]:
            found.append(b"\x1b[1;1R")
        elif question["mode"] in _REPORTED:
            found.append(b"\x1b[?%s;2$y" % question["mode"])
    return found


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor", **env}


def run_for(seconds: float, doing: Callable[[], object] | None = None, every: float = 0.0) -> None:
    """Let time pass; with `doing`, do that again and again."""
    deadline = clock() + seconds
    while (left := deadline - clock()) > 0:
        if doing is not None:
            doing()
        time.sleep(min(left, every) if every else left)
