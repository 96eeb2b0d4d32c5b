"""A line of tokens as what a terminal is sent, in as few bytes as it takes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from prdrunner_tui.text.cells import cell_width, cells
from prdrunner_tui.text.safe import SafeText
from prdrunner_tui.tui.span import Line, fit
from prdrunner_tui.tui.theme import Theme

_NO_WIDTH_KNOWN = "\ufffd"
_RESET = "\x1b[m"


def paint(
    line: Line, width: int, theme: Theme, *, cursor: bool = False, ellipsis: SafeText | None = None
) -> PackedStrip:
    """The line in exactly `width` cells, cropped or padded.

    Args:
        line: any width.
        width: cells.
        theme: the looks of the tokens.
        cursor: the cursor is on this row.
        ellipsis: stands where the line is cropped.
    """
    fitted = fit(line, width) if ellipsis is None else fit(line, width, ellipsis=ellipsis)
    style_of = theme.cursor_style if cursor else theme.style
    segments: list[Segment] = []
    texts: list[str] = []
    last: Style | None = None
    for token, text in fitted:
        if not text:
            continue
        style = style_of(token)
        if last is not None and (style is last or (text.isspace() and _blank(style) == _blank(last))):
            texts.append(measured(text))
            continue
        if last is not None:
            segments.append(Segment("".join(texts), last))
        last, texts = style, [measured(text)]
    if last is not None:
        segments.append(Segment("".join(texts), last))
    return PackedStrip(segments, width)


def measured(text: SafeText) -> str:
    """The text in a form that rich, and so the compositor, gives the width that `cells` gives it.

    The two go by different tables of Unicode. Where rich sees less (a mark that it takes for combining), spaces
    make up for it; a character in which it sees more is replaced.
    """
    if text.isascii() or (seen := cell_len(text)) == (wanted := cells(text)):
        return text
    if seen > wanted or any(get_character_cell_size(character) > cell_width(character) for character in text):
        text_kept = "".join(
            character
            if get_character_cell_size(character) <= cell_width(character)
            else _NO_WIDTH_KNOWN * cell_width(character)
            for character in text
        )
        return text_kept + " " * (wanted - cell_len(text_kept))
    return text + " " * (wanted - seen)


class PackedStrip(Strip):
    """A strip whose styles are sent as what changes from one piece to the next, with one reset at the end.

    Textual's own sends each piece's whole style and a reset behind it.
    """

    __slots__ = ["_sequence"]

    def __init__(self, segments: Iterable[Segment], cell_length: int | None = None) -> None:
        super().__init__(segments, cell_length)
        self._sequence: str | None = None

    def render(self, console: Console) -> str:
        """What is sent to the terminal; it begins and ends without any style."""
        if self._sequence is None:
            self._sequence = _sequence(self)
        return self._sequence

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The cells from `start` to `end`."""
        part = super().crop(start, end)
        return part if part is self else PackedStrip(part, part.cell_length)

    def divide(self, cuts: Iterable[int]) -> list[Strip]:
        """The pieces between the cuts."""
        return [
            part if part is self else PackedStrip(part, part.cell_length) for part in super().divide(cuts)
        ]


class _Codes(NamedTuple):
    """SGR parameters of a style: attributes, colour of the characters, colour behind them."""

    attributes: frozenset[str]
    ink: str
    ground: str


_ENDS = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_NONE = _Codes(frozenset(), "39", "49")


def _sequence(strip: Strip) -> str:
    parts: list[str] = []
    now = _NONE
    for text, style, _control in strip:
        wanted = _NONE if style is None else _codes(style)
        if wanted is not now and wanted != now:
            parts.append(_change(now, wanted))
            now = wanted
        parts.append(text)
    if now != _NONE:
        parts.append(_RESET)
    return "".join(parts)


@lru_cache(maxsize=1024)
def _change(now: _Codes, wanted: _Codes) -> str:
    if wanted == _NONE:
        return _RESET
    ended = {_ENDS[code] for code in now.attributes - wanted.attributes}
    kept = wanted.attributes & now.attributes
    # Bold and dim end by the same code.
    begun = wanted.attributes - now.attributes | ({"1", "2"} & kept if "22" in ended else set())
    codes = [*sorted(ended), *sorted(begun), *_differing(now, wanted)]
    anew = ["0", *sorted(wanted.attributes), *_differing(_NONE, wanted)]
    return min((f"\x1b[{';'.join(each)}m" for each in (codes, anew)), key=len)


def _differing(now: _Codes, wanted: _Codes) -> list[str]:
    pairs = ((now.ink, wanted.ink), (now.ground, wanted.ground))
    return [code for before, code in pairs if before != code]


@lru_cache(maxsize=512)
def _codes(style: Style) -> _Codes:
    attributes = {
        code
        for code, is_set in (
            ("1", style.bold),
            ("2", style.dim),
            ("3", style.italic),
            ("4", style.underline),
            ("7", style.reverse),
            ("9", style.strike),
        )
        if is_set
    }
    return _Codes(frozenset(attributes), _colour(style.color, True), _colour(style.bgcolor, False))


def _colour(colour: Color | None, ink: bool) -> str:
    if colour is None:
        return "39" if ink else "49"
    return ";".join(colour.get_ansi_codes(foreground=ink))


@lru_cache(maxsize=512)
def _blank(style: Style) -> tuple[object, ...]:
    """What of a style is seen on a space."""
    reversed_ink = style.color if style.reverse else None
    return style.bgcolor, bool(style.underline), bool(style.strike), bool(style.reverse), reversed_ink
