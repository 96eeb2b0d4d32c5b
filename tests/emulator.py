"""What a terminal shows of the bytes that it gets, which modes it is in, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import pyte

Kind = Literal["mode", "cursor"]
"""Of a question: which state a private mode has (DECRQM), where the cursor is (CPR)."""

_SEQUENCE = re.compile(
    rb"\x1b\[(?P<lead>[<=>?]?)(?P<par>[\d;:]*)(?P<inter>[ -/]*)(?P<final>[@-~])"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b[=>]"
)
_CUT = re.compile(rb"\x1b(?:\[[<=>?]?[\d;:]*[ -/]*|[\]P][^\x07\x1b]*\x1b?)?\Z")
_NORMAL = {7, 25}
_ALTERNATE, _FRAME = 1049, 2026
_REPORTED = {_FRAME}


class Emulator:
    """A terminal with two screens; pyte draws, and what it does not know is kept here.

    Args:
        size: columns and rows.
        asked: is told the kind of each question and its answer.
    """

    def __init__(
        self, size: tuple[int, int], asked: Callable[[Kind, str], object] = lambda _kind, _answer: None
    ) -> None:
        self._asked = asked
        self._main = pyte.Screen(*size)
        self._alternate = pyte.Screen(*size)
        self._show(self._main)
        self._set: set[int] = set(_NORMAL)
        self._kitty = 0
        self._rest = b""

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of both screens."""
        for screen in (self._main, self._alternate):
            screen.resize(rows, columns)

    def feed(self, data: bytes) -> None:
        """Take what came next; a sequence may be cut anywhere."""
        data = self._rest + data
        cut = _CUT.search(data)
        self._rest = data[cut.start() :] if cut else b""
        data = data[: cut.start()] if cut else data
        at, plain = 0, bytearray()
        for found in _SEQUENCE.finditer(data):
            plain += data[at : found.start()]
            at = found.end()
            if found["final"] is None:
                continue
            if not found["lead"] and not found["inter"] and found["final"] != b"n":
                plain += found[0]
                continue
            # It may ask for what is drawn before it, or show another screen.
            self._stream.feed(bytes(plain))
            plain.clear()
            self._obey(found)
        self._stream.feed(bytes(plain + data[at:]))

    def _obey(self, found: re.Match[bytes]) -> None:
        lead, final, inter = found["lead"], found["final"], found["inter"]
        numbers = [int(part) for part in found["par"].split(b";") if part.isdigit()] or [0]
        if lead == b"?" and final in b"hl" and not inter:
            for mode in numbers:
                self._switch(mode, final == b"h")
        elif lead == b">" and final == b"u":
            self._kitty += 1
        elif lead == b"<" and final == b"u":
            self._kitty = max(0, self._kitty - max(1, numbers[0]))
        elif inter == b"$" and final == b"p" and numbers[0] in _REPORTED:
            self._asked("mode", f"\x1b[?{numbers[0]};{1 if numbers[0] in self._set else 2}$y")
        elif final == b"n" and not lead and numbers[0] == 6:
            cursor = self._screen.cursor
            self._asked("cursor", f"\x1b[{cursor.y + 1};{cursor.x + 1}R")

    def _switch(self, mode: int, on: bool) -> None:
        (self._set.add if on else self._set.discard)(mode)
        if mode == _ALTERNATE:
            if on:
                self._alternate.reset()
            self._show(self._alternate if on else self._main)

    def _show(self, screen: pyte.Screen) -> None:
        self._screen = screen
        self._stream = pyte.ByteStream(screen)

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended: a terminal shows what stood there before."""
        return _FRAME in self._set

    @property
    def modes(self) -> set[str]:
        """What differs from a fresh terminal: empty when everything was given back."""
        names = {f"?{mode}h" for mode in self._set - _NORMAL} | {f"?{mode}l" for mode in _NORMAL - self._set}
        return names | ({"kitty"} if self._kitty else set())

    @property
    def rows(self) -> list[str]:
        """The text of the rows of the screen that is shown."""
        return list(self._screen.display)

    def cells(self, rows: range, columns: range) -> list[list[pyte.screens.Char]]:
        """Characters and attributes of some cells; empty ones stand behind wide characters."""
        buffer = self._screen.buffer
        return [[buffer[row][column] for column in columns] for row in rows]
