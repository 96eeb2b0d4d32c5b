"""What a full-screen program changes in a terminal, and how it is given back: modes, termios, and who holds it now.

Imports nothing heavy: the launcher uses it before the cockpit is imported, and after it has died.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import termios
import time
from typing import Any

MOUSE = (1000, 1002, 1003, 1005, 1006, 1015, 1016)
"""Private modes by which a terminal reports the mouse (xterm's ctlseqs)."""

FOCUS, PASTE, RESIZE, FRAME = 1004, 2004, 2048, 2026
"""Private modes: focus reports, bracketed paste, resize reports in the input, synchronised output."""

_STRING_END = "\x1b\\"


def _off(*modes: int) -> str:
    return "".join(f"\x1b[?{mode}l" for mode in modes)


QUIET = (_STRING_END + _off(FRAME, *MOUSE, FOCUS, PASTE, RESIZE)).encode("ascii")
"""Ends a sequence that was cut, shows a held frame, and stops everything that a terminal sends by itself."""

TITLE_KEPT = "\x1b[22;2t"
"""The terminal remembers its title (XTWINOPS); `LEAVE` brings it back."""

LEAVE = ("\x1b[23;2t\x1b[<u\x1b[?7h\x1b]8;;" + _STRING_END + "\x1b[0m\x1b[?1049l\x1b[?25h\x1b[0m").encode(
    "ascii"
)
"""Brings the title back, pops the kitty keyboard flags (terminals keep them per screen, so before the other screen
is left), wraps lines again, ends a link and colours, leaves the alternate screen and shows the cursor."""

RESET = QUIET + LEAVE
"""Everything above: what makes a terminal usable that a full-screen program has left behind."""

_PIECE = 64
_IFLAG, _OFLAG, _LFLAG = 0, 1, 3

Attributes = list[Any]
"""What `termios.tcgetattr` gives."""


class Mark:
    """Whether this program has the terminal in its modes now; one byte that a forked child shares with its parent."""

    def __init__(self) -> None:
        self._byte: bytearray | mmap.mmap = bytearray(1)

    def share(self) -> None:
        """Let children forked from now on write what this process reads."""
        self._byte = mmap.mmap(-1, 1)

    @property
    def taken(self) -> bool:
        """True from before the first mode is set until all are known to be given back."""
        return self._byte[0] != 0

    @taken.setter
    def taken(self, value: bool) -> None:
        self._byte[0] = int(value)


terminal = Mark()
"""The terminal of this process."""


def attributes(descriptor: int) -> Attributes | None:
    """The termios of a terminal; None when it is gone or none."""
    try:
        return termios.tcgetattr(descriptor)
    except (termios.error, ValueError):
        return None


def set_attributes(descriptor: int, saved: Attributes | None) -> None:
    """Set a termios without waiting for pending output; a terminal that is gone is left alone."""
    if saved is not None:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(descriptor, termios.TCSANOW, saved)


def make_sane(descriptor: int) -> None:
    """Let a terminal whose former attributes nobody knows echo, edit lines and send signals again."""
    now = attributes(descriptor)
    if now is None:
        return
    now[_IFLAG] |= termios.BRKINT | termios.ICRNL | termios.IXON
    now[_OFLAG] |= termios.OPOST | termios.ONLCR
    now[_LFLAG] |= (
        termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ICANON | termios.IEXTEN | termios.ISIG
    )
    set_attributes(descriptor, now)


def forget(descriptor: int, queue: int) -> None:
    """Throw away what waits in a queue of a terminal (``termios.TCIFLUSH`` or ``TCOFLUSH``)."""
    with contextlib.suppress(termios.error, OSError):
        termios.tcflush(descriptor, queue)


def is_foreground(descriptor: int) -> bool:
    """Whether this process may use the terminal now; True also where the terminal knows no job control."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return True


def write_within(descriptor: int, data: bytes, seconds: float) -> bool:
    """Write to a terminal that may be hung; whether all of it went out in that time.

    Small pieces, each after the terminal said that it has room: a write that was begun cannot be given up.
    """
    until = time.monotonic() + seconds
    try:
        for at in range(0, len(data), _PIECE):
            if not select.select([], [descriptor], [], max(0.0, until - time.monotonic()))[1]:
                return False
            os.write(descriptor, data[at : at + _PIECE])
    except (OSError, ValueError):
        return False
    return True


def give_back(descriptor: int, output: int, saved: Attributes | None) -> bool:
    """Make the terminal usable after the program that held it has died; whether it took the bytes.

    What that program still had queued is thrown away, and so are reports that the terminal sends meanwhile.
    """
    forget(output, termios.TCOFLUSH)
    done = write_within(output, RESET, 0.5)
    with contextlib.suppress(OSError, ValueError):
        select.select([descriptor], [], [], 0.05)
    forget(descriptor, termios.TCIFLUSH)
    set_attributes(descriptor, saved)
    return done
