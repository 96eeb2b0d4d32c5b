"""A line of a screen as data: pieces of safe text, each with the name of its look.

Widths are cells, by the table of `prdrunner_tui.text.cells`. Nothing here knows a terminal or a colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from prdrunner_tui.text.cells import cell_width, cells
from prdrunner_tui.text.safe import SafeText, sanitize

_SPACES = sanitize(" " * 1024)
_ELLIPSIS = sanitize("…")


class Span(NamedTuple):
    """A piece of a line: a token of the theme and the text shown in its style."""

    token: str
    text: SafeText


Line = tuple[Span, ...]
"""One row of the screen."""


class Cell(NamedTuple):
    """A cell of a table for `columns`: what it holds, its width, and whether it stands at the right."""

    line: Line
    width: int
    right: bool = False


def words(text: str, token: str = "text") -> Line:
    """A line of one piece. The text is made safe if it is not yet."""
    return (Span(token, text if isinstance(text, SafeText) else sanitize(text)),) if text else ()


def spaces(count: int) -> SafeText:
    """So many spaces; none when `count` is below one."""
    return _SPACES[:count] if 0 <= count <= len(_SPACES) else sanitize(" " * count)


def width_of(line: Line) -> int:
    """Cells that the line fills."""
    return sum(cells(text) for _, text in line)


def plain(line: Line) -> str:
    """The characters of a line without their looks."""
    return "".join(text for _, text in line)


def crop(line: Line, width: int, ellipsis: SafeText = _ELLIPSIS) -> Line:
    """The line in at most `width` cells; what does not fit is replaced by `ellipsis` in the style it begins in."""
    if width <= 0:
        return ()
    if width_of(line) <= width:
        return line
    mark = ellipsis[: max(0, width)]
    room = width - cells(mark)
    kept: list[Span] = []
    for token, text in line:
        part = _head(text, room)
        if part:
            kept.append(Span(token, part))
        room -= cells(part)
        if len(part) < len(text):
            kept.append(Span(token, mark))
            break
    return tuple(kept)


def skip(line: Line, start: int) -> Line:
    """The line without its first `start` cells; half of a wide character becomes a space."""
    if start <= 0:
        return line
    kept: list[Span] = []
    for token, text in line:
        if start <= 0:
            kept.append(Span(token, text))
            continue
        head = _head(text, start)
        start -= cells(head)
        rest = text[len(head) :]
        if rest and start:
            kept.append(Span(token, spaces(cells(rest[:1]) - start)))
            rest = rest[1:]
            start = 0
        while rest and cell_width(rest[0]) == 0:
            rest = rest[1:]
        if rest:
            kept.append(Span(token, rest))
    return tuple(kept)


def pad(line: Line, width: int, token: str = "text", *, right: bool = False) -> Line:
    """The line filled with spaces to `width`: behind it, or before it when it stands at the `right`."""
    missing = width - width_of(line)
    if missing <= 0:
        return line
    filler = (Span(token, spaces(missing)),)
    return filler + line if right else line + filler


def fit(
    line: Line, width: int, token: str = "text", *, right: bool = False, ellipsis: SafeText = _ELLIPSIS
) -> Line:
    """The line in exactly `width` cells: cropped or padded."""
    return pad(crop(line, width, ellipsis), max(0, width), token, right=right)


def sides(
    left: Line,
    right: Line,
    width: int,
    *,
    gap: int = 1,
    fill: str = " ",
    token: str = "text",
    ellipsis: SafeText = _ELLIPSIS,
) -> Line:
    """`left` and `right` at the two edges of `width` cells. Where both do not fit, `left` gives way.

    Args:
        gap: cells that stay between the two sides.
        fill: a character of one cell that fills what is between them.
        token: the look of what fills.
    """
    right = crop(right, width, ellipsis)
    room = width - width_of(right) - (gap if right else 0)
    left = crop(left, room, ellipsis)
    between = width - width_of(left) - width_of(right)
    return (*left, Span(token, sanitize(fill * between)), *right) if between > 0 else left + right


def columns(
    row: Iterable[Cell], *, gap: int = 1, token: str = "text", ellipsis: SafeText = _ELLIPSIS
) -> Line:
    """The cells of a table side by side, each in exactly its width, with `gap` spaces between them."""
    joined: list[Span] = []
    for place, (line, width, right) in enumerate(row):
        if place and gap:
            joined.append(Span(token, spaces(gap)))
        joined.extend(fit(line, width, token, right=right, ellipsis=ellipsis))
    return tuple(joined)


def mark(line: Line, ranges: Sequence[tuple[int, int]], token: str) -> Line:
    """The line with some characters in another look: sorted ranges ``[start, end)`` that do not overlap."""
    marked: list[Span] = []
    position = 0
    for old, text in line:
        cuts = {0, len(text)}
        for start, end in ranges:
            cuts.update(cut - position for cut in (start, end) if 0 < cut - position < len(text))
        edges = sorted(cuts)
        for low, high in pairwise(edges):
            inside = any(start <= position + low < end for start, end in ranges)
            marked.append(Span(token if inside else old, text[low:high]))
        position += len(text)
    return tuple(marked)


def _head(text: SafeText, width: int) -> SafeText:
    """As much of the text as fits into `width` cells, with the combining marks behind it."""
    if width <= 0:
        return text[:0]
    if text.isascii() or len(text) * 2 <= width:
        return text[:width] if text.isascii() else text
    used = 0
    for index, character in enumerate(text):
        used += cell_width(character)
        if used > width:
            return text[:index]
    return text
