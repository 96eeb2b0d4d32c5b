"""A terminal's screen as SVG, cell by cell: text on the grid, rules and bars as shapes, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

WIDTH, HEIGHT = 8.0, 17.0
"""Of a cell, in pixels."""
_BASE = 12.5
"""From the top of a cell to the line that letters stand on."""
_MARGIN, _BAR = 10.0, 26.0
_FONTS = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"
_INK, _GROUND, _FRAME = "#d0d0d0", "#1c1c1c", "#303030"
_SPARKS = "▁▂▃▄▅▆▇█"
_SHAPES = frozenset("─━│┃░" + _SPARKS)
_NAMED = {
    "black": "#000000", "red": "#cd3131", "green": "#0dbc79", "brown": "#e5e510", "blue": "#2472c8",
    "magenta": "#bc3fbc", "cyan": "#11a8cd", "white": "#e5e5e5",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a screen.

    Attributes:
        text: the character; empty behind a wide one.
        ink: the colour of the character, ``#rrggbb``.
        ground: the colour behind it.
        bold, italic, underline: how it is written.
    """

    text: str
    ink: str = _INK
    ground: str = _GROUND
    bold: bool = False
    italic: bool = False
    underline: bool = False


def colour(name: str, otherwise: str) -> str:
    """A colour as terminals' emulators name it: ``default``, a name, or six digits."""
    if name == "default":
        return otherwise
    return _NAMED.get(name.removeprefix("bright"), f"#{name}")


def cell(
    text: str, ink: str, ground: str, *, bold: bool, italic: bool, underline: bool, reverse: bool
) -> Cell:
    """A cell from what an emulator keeps of it."""
    pair = colour(ink, _INK), colour(ground, _GROUND)
    front, behind = reversed(pair) if reverse else pair
    return Cell(text, front, behind, bold, italic, underline)


def picture(rows: Sequence[Sequence[Cell]], title: str) -> str:
    """The document. ``title`` stands in the bar above the screen and is what screen readers say."""
    columns = max(map(len, rows))
    wide, high = columns * WIDTH + 2 * _MARGIN, len(rows) * HEIGHT + _BAR + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide:g}" height="{high:g}" rx="6" fill="{_FRAME}"/>',
        *(f'<circle cx="{x}" cy="13" r="4.5" fill="#5f5f5f"/>' for x in (18, 34, 50)),
        f'<g font-family="{_FONTS}" font-size="13" xml:space="preserve">',
        f'<text x="{wide / 2:g}" y="17" fill="#a8a8a8" text-anchor="middle">{escape(title)}</text>',
        f'<svg x="{_MARGIN:g}" y="{_BAR:g}" width="{columns * WIDTH:g}" height="{len(rows) * HEIGHT:g}">',
        f'<rect width="100%" height="100%" fill="{_GROUND}"/>',
        *(line for y, row in enumerate(rows) for line in _row(row, y * HEIGHT)),
        "</svg></g></svg>",
    ]
    return "\n".join(parts) + "\n"


def _row(row: Sequence[Cell], top: float) -> Iterator[str]:
    for ground, cells in groupby(enumerate(row), lambda place: place[1].ground):
        places = [x for x, _ in cells]
        if ground != _GROUND:
            yield _rect(places[0] * WIDTH, top, len(places) * WIDTH, HEIGHT, ground)
    for look, cells in groupby(enumerate(row), lambda place: _look(place[1])):
        found = list(cells)
        start, kind = found[0][0], look[0]
        if kind:
            yield from _shape(kind, start * WIDTH, len(found) * WIDTH, top, look[1])
        else:
            yield from _text("".join(one.text for _, one in found), start, found[0][1], top)


def _look(one: Cell) -> tuple[str, str, bool, bool, bool]:
    return one.text if one.text in _SHAPES else "", one.ink, one.bold, one.italic, one.underline


def _text(text: str, start: int, look: Cell, top: float) -> Iterator[str]:
    """A run of one look, its words each in its place: a font may be narrower than the cells."""
    at = start
    for blank, characters in groupby(text, str.isspace):
        word = "".join(characters)
        if not blank:
            style = f' fill="{look.ink}"'
            style += ' font-weight="bold"' if look.bold else ""
            style += ' font-style="italic"' if look.italic else ""
            style += ' text-decoration="underline"' if look.underline else ""
            length = f' textLength="{len(word) * WIDTH:g}"' if len(word) > 1 else ""
            yield f'<text x="{at * WIDTH:g}" y="{top + _BASE:g}"{length}{style}>{escape(word)}</text>'
        at += len(word)


def _shape(kind: str, left: float, wide: float, top: float, ink: str) -> Iterator[str]:
    middle = top + HEIGHT / 2
    if kind in "─━":
        thick = 1.0 if kind == "─" else 2.4
        yield _rect(left, middle - thick / 2, wide, thick, ink)
    elif kind in "│┃":
        thick = 1.0 if kind == "│" else 2.4
        for x in range(round(wide / WIDTH)):
            yield _rect(left + (x + 0.5) * WIDTH - thick / 2, top, thick, HEIGHT, ink)
    elif kind == "░":
        yield _rect(left, top, wide, HEIGHT, ink, ' fill-opacity="0.25"')
    else:
        high = HEIGHT * (_SPARKS.index(kind) + 1) / len(_SPARKS)
        yield _rect(left, top + HEIGHT - high, wide, high, ink)


def _rect(x: float, y: float, wide: float, high: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" fill="{fill}"{more}/>'
