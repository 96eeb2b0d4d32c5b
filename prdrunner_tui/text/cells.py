"""Widths of text in terminal cells, by the Unicode tables of the standard library."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category, east_asian_width


@lru_cache(maxsize=4096)
def cell_width(character: str) -> int:
    """Cells of one character: 2 for East Asian wide and full width, 0 for combining marks, else 1."""
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def cells(text: str) -> int:
    """Cells of a text without control characters."""
    return len(text) if text.isascii() else sum(map(cell_width, text))


def crop(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in at most `width` cells; where something is cut the end is `ellipsis`."""
    if width <= 0:
        return ""
    if len(text) * 2 <= width or cells(text) <= width:
        return text
    room = width - len(ellipsis)
    if room < 0:
        return ellipsis[:width]
    used = 0
    for index, character in enumerate(text):
        used += cell_width(character)
        if used > room:
            return text[:index] + ellipsis
    return text
