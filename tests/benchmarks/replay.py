"""What stood on the screen at which moment, found out after the measurement from what came and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyte

from tests.benchmarks.tty import Chunk

_SEQUENCE = re.compile(
    rb"\x1b\[(?P<lead>[<=>?]?)(?P<par>[\d;:]*)(?P<inter>[ -/]*)(?P<final>[@-~])"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b[=>]"
)
_CUT = re.compile(rb"\x1b(?:\[[<=>?]?[\d;:]*[ -/]*|[\]P][^\x07\x1b]*\x1b?)?\Z")
_FRAME = b"2026"


@dataclass(frozen=True, slots=True)
class Region:
    """Cells of the screen; rows and columns from 0, the last ones not in it."""

    top: int
    bottom: int
    left: int
    right: int


class Screen:
    """An emulated screen that is fed afterwards.

    Attributes:
        in_frame: a frame has begun and not ended: a terminal shows what stood there before.
        modes: private modes that are set and were not from the start, or the other way round.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self._kitty = 0
        self._set: set[str] = {"7", "25"}
        self.in_frame = False

    def feed(self, data: bytes) -> None:
        """Take what came next."""
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
            if not found["lead"] and not found["inter"]:
                plain += found[0]
            else:
                self._obey(found)
        self._stream.feed(bytes(plain + data[at:]))

    def _obey(self, found: re.Match[bytes]) -> None:
        lead, final = found["lead"], found["final"]
        if lead == b"?" and final in b"hl" and not found["inter"]:
            for mode in found["par"].decode().split(";"):
                (self._set.add if final == b"h" else self._set.discard)(mode)
                if mode == _FRAME.decode():
                    self.in_frame = final == b"h"
        elif final == b"u" and lead in (b"<", b">"):
            self._kitty = max(0, self._kitty + (1 if lead == b">" else -1))

    @property
    def modes(self) -> set[str]:
        """What differs from a fresh terminal: empty when everything was given back."""
        return (self._set ^ {"7", "25"}) | ({"kitty"} if self._kitty else set())

    @property
    def rows(self) -> list[str]:
        """The text of the rows."""
        return list(self._screen.display)

    def cells(self, region: Region) -> tuple[object, ...]:
        """Characters and attributes of a region, to be compared."""
        buffer = self._screen.buffer
        return tuple(
            buffer[row][column]
            for row in range(region.top, region.bottom)
            for column in range(region.left, region.right)
        )


def shown(size: tuple[int, int], chunks: Sequence[Chunk]) -> Screen:
    """The screen after all of it."""
    screen = Screen(size)
    for chunk in chunks:
        screen.feed(chunk.data)
    return screen


def changes(size: tuple[int, int], chunks: Sequence[Chunk], region: Region) -> Iterator[float]:
    """The moments at which a region looked different from before, at the ends of frames."""
    screen = Screen(size)
    before = screen.cells(region)
    for chunk in chunks:
        screen.feed(chunk.data)
        if not screen.in_frame:
            now = screen.cells(region)
            if now != before:
                before = now
                yield chunk.at
