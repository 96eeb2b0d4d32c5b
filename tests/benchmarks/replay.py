"""What stood on the screen at which moment, found out after the measurement from what came and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.tty import Chunk, Tty
from tests.emulator import Emulator
from tests.ptychild import PATIENCE
from tests.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Region:
    """Cells of the screen; rows and columns from 0, the last ones not in it."""

    top: int
    bottom: int
    left: int
    right: int


def shown(size: tuple[int, int], chunks: Sequence[Chunk]) -> Emulator:
    """The screen after all of it."""
    screen = Emulator(size)
    for chunk in chunks:
        screen.feed(chunk.data)
    return screen


@dataclass(frozen=True, slots=True)
class Shown:
    """A row that was on the screen. `at` is when it came."""

    at: float
    row: str


class Playback:
    """The screen of a terminal, caught up with now and then.

    A text is looked for on the screen and not in the bytes: of a row that changes only the cells that differ are sent.
    """

    def __init__(self, tty: Tty) -> None:
        self._tty = tty
        self._screen = Emulator(tty.size)
        self._fed = 0
        self._at = tty.began

    def until(self, text: str, seconds: float = PATIENCE) -> Shown:
        """Wait until a text is on the screen; the row, from the first moment at which it is there.

        Raises:
            TimeoutError: it does not come.
        """
        return wait_for(lambda: self._find(text), seconds, repr(text))

    def _find(self, text: str) -> Shown | None:
        chunks = self._tty.taken()
        while self._screen.in_frame or not (
            row := next((one for one in self._screen.rows if text in one), "")
        ):
            if self._fed == len(chunks):
                return None
            self._at = chunks[self._fed].at
            self._screen.feed(chunks[self._fed].data)
            self._fed += 1
        return Shown(self._at, row)


def changes(size: tuple[int, int], chunks: Sequence[Chunk], region: Region) -> Iterator[float]:
    """The moments at which a region looked different from before, at the ends of frames."""
    screen = Emulator(size)
    rows, columns = range(region.top, region.bottom), range(region.left, region.right)
    before = screen.cells(rows, columns)
    for chunk in chunks:
        screen.feed(chunk.data)
        if not screen.in_frame:
            now = screen.cells(rows, columns)
            if now != before:
                before = now
                yield chunk.at
