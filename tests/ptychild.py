"""A program in a pseudo-terminal of its own: it is read on a thread, typed to, resized, held up, hung up, ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

clock = time.perf_counter
"""Seconds; on Linux the same clock as `time.monotonic` of every other process."""

PATIENCE = 60.0
"""Seconds that something may take on a busy machine before it is given up."""

_NOW_AND_THEN = 0.02
"""Seconds between two looks at a condition while no bytes come."""
_REST = 0.05
"""Seconds of silence after which an ended program has nothing more to say: the kernel hands bytes over later."""


class PtyChild:
    """A program that has a pseudo-terminal as its controlling one, in a session of its own.

    Whatever happens to the bytes is the business of those who derive from it: they get them in `_take`, on the
    thread that reads and with the lock held, so that what is there after `stall` or `ended` is all there is.

    Args:
        command: the program and its arguments.
        size: columns and rows.
        env: variables on top of a small environment.
        cwd: where it runs.

    Attributes:
        began: just before the program was started.
        received: all bytes that came.
        attributes_before: the termios that the terminal had before the program.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.size = size
        self.received = bytearray()
        self._changed = threading.Condition()
        self._stalled = self._hung_up = self._given_back = False
        self._wake_read, self._wake_write = os.pipe()
        self._master, self._slave = os.openpty()
        self._tell_size()
        self.attributes_before = termios.tcgetattr(self._slave)
        # The shell is there to open the terminal: the first one that a session leader opens becomes its own.
        opens = f'exec "$@" <>{os.ttyname(self._slave)} >&0 2>&1'
        self.began = self._silent_since = clock()
        self.process = subprocess.Popen(
            ["sh", "-c", opens, "sh", *command],
            env=_environment(env or {}),
            cwd=cwd,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What those who derive from it say

    def _take(self, data: bytes) -> None:
        """Bytes came; they are in `received` already."""

    def _before_reading(self) -> tuple[bool, float | None]:
        """Whether more may be read now, and the seconds after which this is asked again; None is never."""
        return True, None

    # What a person does

    def send(self, text: str | bytes) -> None:
        """Type."""
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a window manager does."""
        with self._changed:
            self.size = (columns, rows)
            self._tell_size()

    def stall(self) -> None:
        """Stop reading, as a hung connection does; nothing is read any more when this returns."""
        with self._changed:
            self._stalled = True
        self._wake()

    def unstall(self) -> None:
        """Read again."""
        with self._changed:
            self._stalled = False
        self._wake()

    def hang_up(self) -> None:
        """Close the terminal's end, as a lost connection does; again it does nothing."""
        if self._hung_up:
            return
        self._hung_up = True
        self._wake()
        self._reader.join()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    # What is waited for

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long; returns as soon as something does."""
        with self._changed:
            before = len(self.received)
            return not self._changed.wait_for(lambda: len(self.received) > before, seconds)

    def quiet(self, seconds: float = 0.3, *, patience: float = PATIENCE) -> None:
        """Wait until nothing came for so long.

        Raises:
            TimeoutError: something comes all the time.
        """
        began = clock()
        with self._changed:
            while (left := max(began, self._silent_since) + seconds - clock()) > 0:
                if clock() > began + patience:
                    raise TimeoutError(f"it is never quiet for {seconds:g} s")
                self._changed.wait(left)

    def holds(self, condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
        """Wait until a condition holds, looking whenever bytes came and now and then; whether it did in time."""
        deadline = clock() + seconds
        while not condition():
            if clock() > deadline:
                return False
            with self._changed:
                self._changed.wait(_NOW_AND_THEN)
        return True

    # The end

    def ended(self, seconds: float = PATIENCE) -> float:
        """Wait for the program's end, and until all that it wrote was read; when it ended, by `clock`.

        Raises:
            TimeoutError: it does not end.
        """
        at = self._gone(seconds)
        if not (self._hung_up or self._stalled):
            with contextlib.suppress(TimeoutError):
                self.quiet(_REST, patience=1.0)
            self.holds(lambda: not select.select([self._master], [], [], 0)[0])
        return at

    def _gone(self, seconds: float) -> float:
        if self.process.poll() is None:
            # Popen.wait looks every 50 ms only.
            handle = os.pidfd_open(self.process.pid)
            try:
                gone = select.select([handle], [], [], seconds)[0]
            finally:
                os.close(handle)
            if not gone:
                raise TimeoutError(f"the program is still there after {seconds:g} s")
        at = clock()
        self.process.wait()
        return at

    def attributes(self) -> list[object]:
        """The termios of the terminal now."""
        return termios.tcgetattr(self._slave)

    @property
    def has_old_attributes(self) -> bool:
        """Whether the terminal has the attributes that it had before."""
        return self.attributes() == self.attributes_before

    def unread(self) -> int:
        """Bytes that were typed or answered and nobody has read."""
        return int.from_bytes(fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4)), sys.byteorder)

    def close(self) -> None:
        """End the program, if it is there, and give everything back; again it does nothing."""
        if self._given_back:
            return
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.hang_up()
        self.process.wait(PATIENCE)
        for descriptor in (self._wake_read, self._wake_write):
            os.close(descriptor)
        self._given_back = True

    # The thread

    def _wake(self) -> None:
        os.write(self._wake_write, b"!")

    def _tell_size(self) -> None:
        columns, rows = self.size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while not self._hung_up:
            may_read, patience = self._before_reading()
            wanted = [self._wake_read, *([self._master] if may_read and not self._stalled else [])]
            ready = select.select(wanted, [], [], patience)[0]
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if self._master in ready:
                with self._changed:
                    if self._stalled:
                        continue
                    try:
                        data = os.read(self._master, 65536)
                    except OSError:
                        return
                    self._silent_since = clock()
                    self.received += data
                    self._take(data)
                    self._changed.notify_all()


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor", **env}
