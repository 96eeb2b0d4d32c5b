"""Display-only text in which nothing a terminal would obey is left.

Everything an agent, a repository, a PRD or a person types is stored byte-exact and sanitised at the sink, by
`sanitize`. The glyphs are those of the table "hostile text" of the screens: ESC ``␛``, other controls ``^X``,
C1, bidirectional, zero-width, tag and separator characters ``‹U+202E›``, undecodable bytes ``‹xE9›``, CR
``␍``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, SupportsIndex, overload

from prdrunner_tui.text.cells import cells, crop

_HIDDEN_RANGES = (
    "\u0080-\u009f"  # C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"  # soft hyphen, joiner, Arabic mark, fillers
    "\u180b-\u180f"  # Mongolian variation selectors and vowel separator
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi, invisible operators
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff"
    "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# A presentation selector behind a symbol changes only the look of that symbol, but its width differs from
# terminal to terminal; without it the symbol keeps the width that the table says.
_SELECTORS = "(?<=[\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f](?![\ufe00-\ufe0f])"


@cache
def _patterns(newlines: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is hostile, with or without line feeds, and presentation selectors; compiled when first needed."""
    kept = "\x0b" if newlines else "\x0a"
    return re.compile(f"[\x00-\x08{kept}-\x1f\x7f{_HIDDEN_RANGES}]"), re.compile(_SELECTORS)


class SafeText(str):
    """Text that may be written to a terminal. Made only by the functions of this module.

    Slices and sums of safe texts are safe; a sum with a plain ``str`` is a plain ``str`` again.
    """

    __slots__ = ()

    def __new__(cls, *_args: object, **_kwargs: object) -> SafeText:
        """Refuse: text becomes safe only through `sanitize`."""
        raise TypeError("SafeText is made by sanitize()")

    @overload
    def __add__(self, other: SafeText) -> SafeText: ...
    @overload
    def __add__(self, other: str) -> str: ...
    def __add__(self, other: str) -> str:
        joined = str.__add__(self, other)
        return _mark(joined) if isinstance(other, SafeText) else joined

    def __getitem__(self, key: SupportsIndex | slice) -> SafeText:
        return _mark(str.__getitem__(self, key))

    def __mul__(self, count: SupportsIndex) -> SafeText:
        return _mark(str.__mul__(self, count))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (str(self),))

    def __str__(self) -> str:
        return str.__str__(self)

    def pad(self, cells_wanted: int, *, right: bool = False) -> SafeText:
        """The text filled with spaces to a width in cells, behind it or (`right`) before it."""
        spaces = " " * max(0, cells_wanted - cells(self))
        return _mark(spaces + str(self) if right else str(self) + spaces)

    def lines(self) -> list[SafeText]:
        """The parts between line feeds (never split at anything else)."""
        return [_mark(part) for part in str(self).split("\n")]


def _mark(text: str) -> SafeText:
    return str.__new__(SafeText, text)


def _restore(text: str) -> SafeText:
    return sanitize(text, newlines=True)


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"‹x{byte:02X}›" for byte in error.object[error.start : error.end]), error.end


def _show_bytes_ascii(error: UnicodeError) -> tuple[str, int]:
    shown, end = _show_bytes(error)
    return shown.replace("‹", "<").replace("›", ">"), end


codecs.register_error("prdrunner.show", _show_bytes)
codecs.register_error("prdrunner.show-ascii", _show_bytes_ascii)


def _glyph(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x1B:
        return "␛"
    if code == 0x0D:
        return "␍"
    if code < 0x20 or code == 0x7F:
        return "^" + chr(code ^ 0x40)
    if 0xDC80 <= code <= 0xDCFF:  # how Python's file names carry an undecodable byte
        return f"‹x{code - 0xDC00:02X}›"
    return f"‹U+{code:04X}›"


def _glyph_ascii(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20 or code == 0x7F:
        return "^" + chr(code ^ 0x40)
    return _glyph(match).replace("‹", "<").replace("›", ">")


def sanitize(text: str | bytes, *, newlines: bool = False, ascii: bool = False, tab: int = 4) -> SafeText:
    """Make text safe to show; visible glyphs stand for what a terminal would obey or hide.

    Args:
        text: any string (lone surrogates included) or bytes, read as UTF-8.
        newlines: keep line feeds; otherwise they too are shown, as ``^J``.
        ascii: use the ASCII forms of the glyphs (other printable characters stay as they are).
        tab: distance of the tab stops in characters.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "prdrunner.show-ascii" if ascii else "prdrunner.show")
    elif isinstance(text, SafeText) and (newlines or "\n" not in text):
        return text
    if text.isascii() and text.isprintable():
        return _mark(text)
    hostile, selectors = _patterns(newlines)
    if hostile.search(text):
        text = selectors.sub("", text)
        text = hostile.sub(_glyph_ascii if ascii else _glyph, text)
    if "\t" in text:
        text = text.expandtabs(tab)
    return _mark(text)


def join(separator: SafeText, parts: Iterable[SafeText]) -> SafeText:
    """Join safe texts. Raises TypeError for a part that is a plain ``str``."""
    checked = list(parts)
    for part in (separator, *checked):
        if not isinstance(part, SafeText):
            raise TypeError(f"not a SafeText: {part!r}")
    return _mark(str.join(separator, checked))


def one_line(text: str | bytes, width: int, *, ascii: bool = False) -> SafeText:
    """One safe line of at most `width` cells: line breaks become one space, the end is cut with ``…``."""
    shown = text.decode("utf-8", "prdrunner.show") if isinstance(text, bytes) else str(text)
    flat = " ".join(part.strip() for part in re.split(r"\r?\n", shown) if part.strip())
    return _mark(crop(sanitize(flat, ascii=ascii), width, "..." if ascii else "…"))
