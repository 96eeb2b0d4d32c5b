"""A terminal that is measured: what came, when, and what it cost; nothing is drawn while the clock runs.

A thread reads and stamps; it answers the questions that terminals answer and does nothing else, so that it hardly
competes with what is measured. What was on the screen at which moment is found out afterwards (`replay`).
"""

from __future__ import annotations

import contextlib
import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.process import cpu_seconds
from tests.ptychild import PATIENCE, PtyChild, clock

_QUESTION = re.compile(rb"\x1b\[(?:(?P<row>\d+);(?P<column>\d+)H\x1b\[6n|\?(?P<mode>\d+)\$p|(?P<cursor>6n))")
_REPORTED = {b"2026"}
_HELD = 64 * 1024
_FULL_FOR = 0.002
"""Seconds until a full line is looked at again."""


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


class Tty(PtyChild):
    """A program in a terminal at the end of a line.

    Args:
        command: the program and its arguments.
        size: columns and rows.
        env: variables on top of a small environment.
        cwd: where it runs.
        link: the line.

    Attributes:
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
        self.chunks: list[Chunk] = []
        self._link = link or Link()
        self._line_free = 0.0
        self._up: list[tuple[float, int, bytes]] = []
        self._pressed = 0
        super().__init__(command, size=size, env=env, cwd=cwd)

    def press(self, keys: str) -> float:
        """Type at the far end of the line; when that was."""
        at = clock()
        self._send_up(at, keys.encode())
        return at

    def until(self, text: bytes, *, after: int = 0, seconds: float = PATIENCE) -> float:
        """Wait until bytes came that hold a text, behind so many bytes; when the last of them came.

        Raises:
            TimeoutError: it does not come.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.received.find(text, after) >= 0, seconds):
                tail = bytes(self.received[after:][-400:])
                raise TimeoutError(f"{text!r} did not come in {seconds:g} s; the last bytes are {tail!r}")
            end, passed = self.received.find(text, after) + len(text), 0
            for chunk in self.chunks:
                passed += len(chunk.data)
                if passed >= end:
                    return chunk.at
        raise AssertionError("what was received is in no chunk")

    def taken(self) -> Sequence[Chunk]:
        """What came so far."""
        with self._changed:
            return tuple(self.chunks)

    def cpu(self) -> float:
        """Seconds of processor that the program and its children took."""
        return cpu_seconds(self.process.pid)

    # The thread

    def _before_reading(self) -> tuple[bool, float | None]:
        """Give the program what has passed the line upwards; whether the line takes more downwards."""
        now = clock()
        with self._changed:
            while self._up and self._up[0][0] <= now:
                _, _, data = heapq.heappop(self._up)
                with contextlib.suppress(OSError):
                    self.send(data)
            due = [self._up[0][0] - now] if self._up else []
        is_full = bool(self._link.bits) and (self._line_free - now) * self._link.bits / 8 > self._link.held
        due += [_FULL_FOR] if is_full else []
        return not is_full, max(0.0, min(due)) if due else None

    def _take(self, data: bytes) -> None:
        """What was read comes out of the line some time later; answers need as long again."""
        at = clock()
        if self._link.bits:
            self._line_free = max(self._line_free, at) + len(data) * 8 / self._link.bits
            at = self._line_free
        at += self._link.round_trip / 2
        self._silent_since = at
        self.chunks.append(Chunk(at, data))
        if b"n" in data or b"$p" in data:
            answer = b"".join(_answers(data))
            if answer:
                self._send_up(at, answer)

    def _send_up(self, at: float, data: bytes) -> None:
        """Put what is sent at a moment on the way to the program."""
        with self._changed:
            self._pressed += 1
            heapq.heappush(self._up, (at + self._link.round_trip / 2, self._pressed, data))
        self._wake()


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
