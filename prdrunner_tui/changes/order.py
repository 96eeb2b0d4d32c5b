"""The one order in which the removed and added lines of a hunk stand, whichever of them are taken.

A diff shows a block as all removed lines, then all added ones. When only some are taken, that order would put
a replaced line behind the old lines below it. So lines that replace one another are paired, and stand
together; around the pairs the removed lines come before the added ones. The order depends on the hunk
alone, which is why the order in which lines are taken never matters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from prdrunner_tui.changes.units import Hunk

_WORD = re.compile(rb"\w+|[^\w\s]")
_LIKE = 0.5
_MOST_CELLS = 64 * 64
_MOST_BYTES = 400


class Line(NamedTuple):
    """One line of a hunk: ``-`` or ``+``, and its 1-based number among those."""

    sign: Literal["-", "+"]
    number: int

    def __str__(self) -> str:
        return f"{self.sign}{self.number}"


def pairs(removed: Sequence[bytes], added: Sequence[bytes]) -> tuple[tuple[int, int], ...]:
    """Which removed line became which added one, as 0-based indexes, ascending in both.

    The pairing has the greatest sum of likenesses without crossings; lines share at least half of their words
    and signs to be a pair. A hunk of more than 4,096 possible pairs has none.
    """
    height, width = len(removed), len(added)
    if not 0 < height * width <= _MOST_CELLS:
        return ()
    left, right = [list(map(_words, lines)) for lines in (removed, added)]
    # best[i][j]: the greatest sum for the lines from i and j on.
    best = [[0.0] * (width + 1) for _ in range(height + 1)]
    alike = [[_likeness(one, other) for other in right] for one in left]
    for i in range(height - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if alike[i][j] >= _LIKE:
                best[i][j] = max(best[i][j], alike[i][j] + best[i + 1][j + 1])
    found = []
    i = j = 0
    while i < height and j < width:
        if alike[i][j] >= _LIKE and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return tuple(found)


def _words(line: bytes) -> Counter[bytes]:
    return Counter(_WORD.findall(line[:_MOST_BYTES]))


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    """Twice the common words by all words; two lines without any are alike."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def sequence(hunk: Hunk) -> tuple[Line, ...]:
    """All lines of a hunk in their order.

    An added line without a line feed ends the file, so nothing may follow it.
    """
    lines: list[Line] = []
    old = new = 0

    def advance(old_end: int, new_end: int) -> None:
        lines.extend(Line("-", number + 1) for number in range(old, old_end))
        lines.extend(Line("+", number + 1) for number in range(new, new_end))

    for i, j in pairs(hunk.removed, hunk.added):
        advance(i, j)
        lines += (Line("-", i + 1), Line("+", j + 1))
        old, new = i + 1, j + 1
    advance(len(hunk.removed), len(hunk.added))
    if hunk.added and not hunk.added[-1].endswith(b"\n"):
        last = Line("+", len(hunk.added))
        lines.remove(last)
        lines.append(last)
    return tuple(lines)
