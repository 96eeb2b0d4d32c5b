"""Which cells of a row differ between what is on the screen and what should be."""

from __future__ import annotations

from rich.cells import get_character_cell_size
from rich.style import Style
from textual.strip import Strip

_WORTH_SKIPPING = 20
"""Cells alike that it takes to make a second range: moving there and setting a style again costs as much."""

_SECOND_HALF = "\0"
_Cell = tuple[str, Style | None]


def damage(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """Ranges ``[start, end)`` of cells to paint. A wide character is always in one whole.

    Strips of different widths, and those with combining marks, differ in all of the new one.
    """
    if old is new or old == new:
        return []
    (before, had_marks), (after, has_marks) = _cells(old), _cells(new)
    # Cut behind a letter, a strip loses the marks that combine with it.
    if had_marks or has_marks or len(before) != len(after):
        return [(0, new.cell_length)]
    ranges: list[tuple[int, int]] = []
    for place, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other:
            continue
        if ranges and place - ranges[-1][1] < _WORTH_SKIPPING:
            ranges[-1] = ranges[-1][0], place + 1
        else:
            ranges.append((place, place + 1))
    return ranges


def _cells(strip: Strip) -> tuple[list[_Cell], bool]:
    """The cells of a strip, and whether something combines in it."""
    cells: list[_Cell] = []
    combines = False
    for text, style, _control in strip:
        if text.isascii():
            cells.extend((character, style) for character in text)
            continue
        for character in text:
            width = get_character_cell_size(character)
            if width:
                cells.append((character, style))
                if width == 2:
                    cells.append((character + _SECOND_HALF, style))
            else:
                combines = True
    return cells, combines
