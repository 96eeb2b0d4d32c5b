"""A terminal to run programs in: a pseudo-terminal, an emulated screen, and the answers that terminals give."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
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

import pyte

_SEQUENCE = re.compile(
    rb"\x1b\[(?P<lead>[<=>?]?)(?P<par>[\d;:]*)(?P<inter>[ -/]*)(?P<final>[@-~])"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\\"
)
_CUT = re.compile(rb"\x1b(?:\[[<=>?]?[\d;:]*[ -/]*|\][^\x07\x1b]*\x1b?)?\Z")
_NORMAL = {7, 25}
_REPORTED = {2026}
SOON = 10.0
"""Seconds that a condition may take on a busy machine; nothing ever waits so long when all is well."""

_REST = 0.6
"""Seconds between two keys of `Terminal.type_until`."""


class Terminal:
    """Runs a program in a pseudo-terminal of its own session, reads it on a thread and keeps its screen.

    Args:
        command: the program and its arguments.
        size: columns and rows.
        env: variables on top of a small environment.
        answers: which questions it answers: ``mode`` (DECRQM), ``cursor`` (CPR).
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        answers: Sequence[str] = ("mode", "cursor"),
    ) -> None:
        self.size = size
        self.answers = frozenset(answers)
        self.received = bytearray()
        self.master, slave = os.openpty()
        self._slave = slave
        self.resize(*size, tell=False)
        self.attributes_before = termios.tcgetattr(slave)
        self._main = pyte.Screen(*size)
        self._alternate = pyte.Screen(*size)
        self._screen = self._main
        self._stream = pyte.ByteStream(self._screen)
        self._modes: set[int] = set(_NORMAL)
        self._kitty = 0
        self._rest = b""
        self._changed = threading.Condition()
        self._stalled = self._closed = self._given_back = False
        self._held_answers: list[bytes] | None = None
        self._wake_read, self._wake_write = os.pipe()
        # The shell is there to open the terminal: the first one that a session leader opens becomes its own.
        opens = f'exec "$@" <>{os.ttyname(slave)} >&0 2>&1'
        self.process = subprocess.Popen(
            ["sh", "-c", opens, "sh", *command],
            env=_environment(env or {}),
            cwd=cwd,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            close_fds=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What a person sees

    @property
    def text(self) -> str:
        """The rows of the screen that is shown, without blanks at their ends."""
        with self._changed:
            return "\n".join(row.rstrip() for row in self._screen.display)

    def cells(self) -> list[list[pyte.screens.Char]]:
        """The cells of the screen that is shown, row by row; empty ones stand behind wide characters."""
        with self._changed:
            buffer, (columns, rows) = self._screen.buffer, self.size
            return [[buffer[y][x] for x in range(columns)] for y in range(rows)]

    def modes(self) -> set[str]:
        """What differs from a fresh terminal: empty when everything was given back."""
        with self._changed:
            names = {f"?{mode}h" for mode in self._modes - _NORMAL}
            names |= {f"?{mode}l" for mode in _NORMAL - self._modes}
            return names | ({"kitty"} if self._kitty else set())

    def attributes(self) -> list[object]:
        """The termios of the terminal now."""
        return termios.tcgetattr(self._slave)

    # What a person does

    def send(self, text: str | bytes) -> None:
        """Type."""
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def resize(self, columns: int, rows: int, *, tell: bool = True) -> None:
        """Change the size, as a window manager does."""
        self.size = (columns, rows)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            with self._changed:
                for screen in (self._main, self._alternate):
                    screen.resize(rows, columns)

    def stall(self) -> None:
        """Stop reading, as a hung connection does."""
        self._stalled = True
        os.write(self._wake_write, b"!")

    def unstall(self) -> None:
        """Read again."""
        self._stalled = False
        os.write(self._wake_write, b"!")

    def hang_up(self) -> None:
        """Close the terminal's end, as a lost connection does."""
        self._closed = True
        os.write(self._wake_write, b"!")
        self._reader.join()
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1

    def hold_answers(self) -> None:
        """Answer questions only when told to, as over a slow line."""
        with self._changed:
            self._held_answers = []

    def release_answers(self) -> int:
        """Give the answers that were held back, and from now on at once; how many they were."""
        with self._changed:
            held, self._held_answers = self._held_answers or [], None
            self.send(b"".join(held))
        return len(held)

    # What a test waits for

    def until(self, condition: Callable[[], object], seconds: float = SOON) -> None:
        """Wait until a condition holds; it is looked at whenever bytes came, and now and then."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds} s; the screen:\n{self.text}"
            with self._changed:
                self._changed.wait(0.02)

    def until_text(self, text: str, seconds: float = SOON) -> None:
        """Wait until a text is on the screen."""
        self.until(lambda: text in self.text, seconds)

    def type_until(self, text: str, condition: Callable[[], object]) -> None:
        """Type again and again until a condition holds, as somebody does whose key was ignored.

        With some rest between, because a screen that has just opened hears nothing before it is quiet.
        """
        sent = float("-inf")

        def typed() -> bool:
            nonlocal sent
            done = bool(condition())
            if not done and time.monotonic() - sent > _REST:
                self.send(text)
                sent = time.monotonic()
            return done

        self.until(typed)

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long; returns as soon as something does."""
        with self._changed:
            before = len(self.received)
            return not self._changed.wait_for(lambda: len(self.received) > before, seconds)

    def unread(self) -> int:
        """Bytes that were typed or answered and nobody has read."""
        return int.from_bytes(fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4)), sys.byteorder)

    def exit_code(self, seconds: float = SOON) -> int:
        """Wait for the program's end, and until all that it wrote was read."""
        code = self.process.wait(seconds)
        if self.master >= 0 and not self._stalled:
            self.until(lambda: not select.select([self.master], [], [], 0)[0])
        return code

    def close(self) -> None:
        """End the program, if it is there, and give everything back; again it does nothing."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.master >= 0:
            self.hang_up()
        self.process.wait(SOON)
        for descriptor in (self._wake_read, self._wake_write):
            if not self._given_back:
                os.close(descriptor)
        self._given_back = True

    # The emulator

    def _read(self) -> None:
        while not self._closed:
            wanted = [self._wake_read] if self._stalled else [self._wake_read, self.master]
            ready = select.select(wanted, [], [])[0]
            if self._wake_read in ready:
                os.read(self._wake_read, 64)
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            with self._changed:
                self.received += data
                self._feed(data)
                self._changed.notify_all()

    def _feed(self, data: bytes) -> None:
        data = self._rest + data
        cut = _CUT.search(data)
        self._rest = data[cut.start() :] if cut else b""
        data = data[: cut.start()] if cut else data
        at = 0
        for found in _SEQUENCE.finditer(data):
            self._stream.feed(data[at : found.start()])
            at = found.end()
            if found["final"] is None:
                continue
            self._obey(found)
        self._stream.feed(data[at:])

    def _obey(self, found: re.Match[bytes]) -> None:
        lead, final, inter = found["lead"], found["final"], found["inter"]
        first = int(found["par"].split(b";")[0] or 0) if found["par"].replace(b";", b"").isdigit() else 0
        if lead == b"?" and final in b"hl" and not inter:
            (self._modes.add if final == b"h" else self._modes.discard)(first)
            if first == 1049:
                if final == b"h":
                    self._alternate.reset()
                self._screen = self._alternate if final == b"h" else self._main
                self._stream = pyte.ByteStream(self._screen)
        elif final == b"u" and lead in (b">", b"<"):
            self._kitty = max(0, self._kitty + (1 if lead == b">" else -max(1, first)))
        elif inter == b"$" and final == b"p":
            known = first in _REPORTED and "mode" in self.answers
            if known:
                self._answer(f"\x1b[?{first};{1 if first in self._modes else 2}$y")
        elif final == b"n" and not lead and first == 6:
            if "cursor" in self.answers:
                cursor = self._screen.cursor
                self._answer(f"\x1b[{cursor.y + 1};{cursor.x + 1}R")
        elif not lead and not inter:
            self._stream.feed(found[0])

    def _answer(self, text: str) -> None:
        if self._held_answers is not None:
            self._held_answers.append(text.encode())
            return
        with contextlib.suppress(OSError):
            os.write(self.master, text.encode())


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor", **env}
