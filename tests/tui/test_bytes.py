"""What a key costs in bytes to a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import pytest

LIMIT = 20.0
"""Seconds until a test gives up waiting."""


class Tty:
    """A program in a terminal of its own."""

    def __init__(self, pid: int, fd: int) -> None:
        self.pid = pid
        self.fd = fd
        self.seen = b""

    def until(self, text: bytes, after: int = 0) -> int:
        """Read until the text has come behind so many bytes; how many have come then."""
        deadline = time.monotonic() + LIMIT
        while text not in self.seen[after:]:
            assert time.monotonic() < deadline, f"{text!r} never came: {self.seen[after:]!r}"
            if select.select([self.fd], [], [], 0.2)[0]:
                self.seen += os.read(self.fd, 65536)
        return len(self.seen)

    def press(self, keys: bytes) -> None:
        os.write(self.fd, keys)


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[Tty]:
    pid, fd = pty.fork()
    if pid == 0:  # pragma: no cover - another process
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **variables}
        environ.pop("NO_COLOR", None)
        os.execve(sys.executable, [sys.executable, *arguments], environ)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    tty = Tty(pid, fd)
    try:
        yield tty
        tty.press(b"q")
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline and os.waitpid(pid, os.WNOHANG) == (0, 0):
            if select.select([fd], [], [], 0.05)[0]:
                try:
                    os.read(fd, 65536)
                except OSError:
                    os.waitpid(pid, 0)
                    break
    finally:
        os.close(fd)


@pytest.mark.parametrize("count", ["1000", "100000"])
def test_an_arrow_key_costs_at_most_400_bytes(count: str) -> None:
    with started("-m", "tests.tui.listapp", count) as tty:
        before = tty.until(b"item-000023")
        sent = []
        for row in range(1, 20):
            tty.press(b"\x1b[B")
            now = tty.until(b"item-%06d" % row, after=before)
            sent.append(now - before)
            before = now
        # The first ones are together with what belongs to the start.
        assert median(sent) <= 400
