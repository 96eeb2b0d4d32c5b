"""Words of others as lines of spans: what a terminal would obey stands out, and long text is wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prdrunner_tui.text.cells import cell_width, cells
from prdrunner_tui.text.safe import SafeText, sanitize
from prdrunner_tui.tui.span import Line, Span

_BREAK = re.compile(r"\r?\n")
_WORD = re.compile(" *[^ ]+ *| +")
_GLYPH = re.compile(r"␛|␍|\^[@-_?]|[‹<](?:U\+[0-9A-F]{4,6}|x[0-9A-F]{2})[›>]")
_UNIT = re.compile(f"{_GLYPH.pattern}|.", re.DOTALL)
_SHOWN = re.compile(f"(?:{_GLYPH.pattern})+")
"""A run of them is one piece: a text of nothing else would be a quarter of a million pieces."""
_SHORT = 12
"""Characters of the longest glyph and a few."""


def foreign(text: str, token: str = "text", *, ascii: bool = False) -> Line:
    """Text that others wrote, in one line: line breaks become a space, what a terminal would obey is ``danger``."""
    flat = _flat(text.strip("\r\n")).replace("\t", " ")
    shown = sanitize(flat, ascii=ascii)
    if not shown:
        return ()
    if shown == flat:
        return (Span(token, shown),)
    found: list[Span] = []
    last = 0
    for match in _SHOWN.finditer(shown):
        if match.start() > last:
            found.append(Span(token, shown[last : match.start()]))
        found.append(Span("danger", shown[match.start() : match.end()]))
        last = match.end()
    if last < len(shown):
        found.append(Span(token, shown[last:]))
    return tuple(found)


def _flat(text: str) -> str:
    """The text with a space for each run of line breaks and the blanks around it.

    One pattern for such a run would try it anew from each blank: of 64,000 spaces in a row a minute.
    """
    if "\n" not in text:
        return text
    first, *between, last = _BREAK.split(text)
    inner = (part.strip(" \t") for part in between)
    return " ".join((first.rstrip(" \t"), *(part for part in inner if part), last.lstrip(" \t")))


def wrap(whole: Line, width: int, *, most: int = 0, ellipsis: str = "…") -> list[Line]:
    """The line broken at spaces into lines of at most ``width`` cells; words that are too long are broken.

    With ``most`` lines at most; the last one then ends with the ellipsis where something is left out.
    """
    rows: list[list[Span]] = [[]]
    used = 0
    for token, piece, size in _pieces(whole, max(2, width)):
        part, spaces = piece, len(piece) - len(piece.rstrip(" "))
        if used and used + size > width:
            rows.append([])
            used = 0
            if piece[0] == " ":
                part = sanitize(part.lstrip(" "))
                size = cells(part) - spaces if part else 0
                spaces = spaces if part else 0
        if part:
            rows[-1].append(Span(token, part))
            used += size + spaces
        if most and len(rows) > most:
            break
    if most and len(rows) > most:
        rows = rows[:most]
        rows[-1] = _ending(rows[-1], width, sanitize(ellipsis))
    return [_trimmed(row) for row in rows]


def _pieces(whole: Line, width: int) -> Iterator[tuple[str, SafeText, int]]:
    """Words with the spaces behind them, and the cells of each without those: at most ``width``."""
    for token, text in whole:
        if len(text) <= _SHORT and " " not in text and cells(text) <= width:
            # A glyph between two words, as of colours that a program puts out.
            yield token, text, cells(text)
            continue
        for match in _WORD.finditer(text):
            start, end = match.span()
            word = match.group().rstrip(" ")
            size = cells(word)
            if size > width:
                *broken, (start, _, size) = _broken(word, start, width, whole_glyphs=token == "danger")
                for begin, stop, wide in broken:
                    yield token, text[begin:stop], wide
            if start < end:
                yield token, text[start:end], size


def _broken(word: str, at: int, width: int, *, whole_glyphs: bool) -> Iterator[tuple[int, int, int]]:
    """Where parts of a word begin and end that are no wider than this, and their cells; the word begins at ``at``."""
    start, used = at, 0
    for unit in _units(word, width, whole_glyphs=whole_glyphs):
        size = cells(unit) if len(unit) > 1 else cell_width(unit)
        if used + size > width and at > start:
            yield start, at, used
            start, used = at, 0
        used += size
        at += len(unit)
    yield start, at, used


def _units(word: str, width: int, *, whole_glyphs: bool) -> Iterable[str]:
    """What of a word stays together: its characters, or the glyphs that fit."""
    if not whole_glyphs:
        return word
    parts = (match.group() for match in _UNIT.finditer(word))
    return [unit for part in parts for unit in ((part,) if len(part) <= width else part)]


def _ending(row: list[Span], width: int, ellipsis: SafeText) -> list[Span]:
    """The row with the ellipsis at its end, in at most ``width`` cells."""
    kept = [*_trimmed(row)]
    while kept and sum(cells(text) for _, text in kept) + len(ellipsis) > width:
        token, text = kept.pop()
        if len(text) > 1:
            kept.append(Span(token, text[:-1]))
    return [*kept, Span(kept[-1].token if kept else "text", ellipsis)]


def _trimmed(row: list[Span]) -> Line:
    if not row:
        return ()
    token, text = row[-1]
    end = sanitize(text.rstrip(" "))
    return (*row[:-1], Span(token, end)) if end else tuple(row[:-1])
