"""When the next frame of what changes by itself (logs, clocks) may go to the terminal.

A terminal at the end of a slow line has a long queue before it, and a key's echo waits in that queue. So frames go
at a rate, only when the bytes before have left this machine, and, where the terminal can say that it has shown a
frame, only when it has. It says so by answering a question that follows the frame: the cursor's position (CPR)
after the cursor was moved to a column that is the question's number, so that a late answer tells which question it
is for; where only the mode report (DECRQM 2026) is answered, that one. Formats: xterm's ctlseqs, "Device Status
Report" and "Request DEC private mode".
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

REMOTE_HZ = 4.0
LOCAL_HZ = 12.0
TIMEOUT = 3.0
"""Seconds after which an answer counts as lost."""

ROW = 2
"""The row of numbered questions: reports of row 1 look like F3 with a modifier."""
_NUMBERS = 60
FENCE = 1
"""The column of the last question; frames and the first question have columns from 2."""
MODE_QUESTION = b"\x1b[?2026$p"


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection, as far as the environment tells."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def cursor_question(column: int) -> bytes:
    """Ask where the cursor is, from a numbered column; it is put back."""
    return b"\x1b7\x1b[%d;%dH\x1b[6n\x1b8" % (ROW, column)


class Ack(enum.Enum):
    """How a terminal tells that it has shown a frame."""

    NONE = "none"
    MODE = "mode report"
    CURSOR = "cursor position"


class Pacer:
    """The decisions, over times that are handed in (seconds of one monotonic clock).

    Attributes:
        interval: seconds between two frames at least.
        ack: which answer this terminal gives, as far as is known.
        round_trip: seconds that the last answer took.
    """

    def __init__(self, interval: float = 1 / LOCAL_HZ) -> None:
        self.interval = interval
        self.ack = Ack.NONE
        self.round_trip = 0.0
        self._sent = float("-inf")
        self._asked: float | None = None
        self._began = 0.0
        self._silent_until = float("-inf")
        self._number = 0
        self._columns = _NUMBERS

    def may_send(self, now: float, backlog: int = 0) -> bool:
        """Whether a frame may go now; ``backlog`` is what has not left this machine, in bytes."""
        return not backlog and now >= self.next_time(now)

    def next_time(self, now: float) -> float:
        """When a frame may go at the latest, if nothing is backed up; an answer can make it earlier."""
        due = self._sent + self.interval
        if self._asked is not None:
            due = max(due, self._asked + TIMEOUT)
        return due

    def sent(self, now: float) -> None:
        """A frame was let go."""
        if self._asked is not None and now >= self._asked + TIMEOUT:
            self._lost(now)
        self._sent = now

    def probe(self, now: float, columns: int, rows: int) -> bytes:
        """The first question, which tells whether questions with a number are answered at all."""
        self.ack = Ack.NONE
        self._asked = None
        return self._ask(now, columns, rows)

    def question(self, now: float, columns: int, rows: int) -> bytes:
        """What follows a frame on a terminal of that size; empty where no answer is to be expected."""
        if self.ack is Ack.NONE or self._asked is not None or now < self._silent_until:
            return b""
        if self.ack is Ack.MODE:
            self._asked = now
            return MODE_QUESTION
        asked = self._ask(now, columns, rows)
        self._asked = now if asked else None
        return asked

    def cursor_reply(self, row: int, column: int, now: float) -> bool:
        """The terminal told the cursor's position (from 1); whether that answered what was asked last."""
        if (row, column) != (ROW, 2 + self._number % self._columns) or not self._number:
            return False
        self.ack = Ack.CURSOR
        self._answered(now)
        return True

    def mode_reply(self, now: float) -> bool:
        """The terminal told about mode 2026; whether that answered what was asked last."""
        if self.ack is Ack.MODE and self._asked is not None:
            self._answered(now)
            return True
        if self.ack is Ack.NONE:
            self.ack = Ack.MODE
        return False

    def _ask(self, now: float, columns: int, rows: int) -> bytes:
        if rows < ROW or columns < 3:
            return b""
        self._columns = min(_NUMBERS, columns - 1)
        self._number += 1
        self._began = now
        return cursor_question(2 + self._number % self._columns)

    def _answered(self, now: float) -> None:
        self.round_trip = now - (self._began if self._asked is None else self._asked)
        self._asked = None

    def _lost(self, now: float) -> None:
        """Mode reports have no number: nothing is asked for a while, so that a late one finds no question."""
        self._asked = None
        if self.ack is Ack.MODE:
            self._silent_until = now + 3 * TIMEOUT
