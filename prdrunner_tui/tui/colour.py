"""Colours as three bytes: read, compare, and find in the palette of 256.

Contrast is that of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio); the palette is xterm's, of which
the entries from 16 on look alike everywhere.
"""

from __future__ import annotations

from functools import lru_cache

Rgb = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

_GREYISH = 12
"""How far the parts of a colour may lie apart that counts as grey."""
_LEVELS = (0, 95, 135, 175, 215, 255)


def parse_hex(text: str) -> Rgb | None:
    """``#rrggbb`` or ``#rgb``; None for anything else."""
    digits = text[1:]
    if not text.startswith("#") or len(digits) not in (3, 6) or not digits.isascii() or not digits.isalnum():
        return None
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    try:
        value = int(digits, 16)
    except ValueError:
        return None
    return value >> 16, value >> 8 & 0xFF, value & 0xFF


def contrast(one: Rgb, other: Rgb) -> float:
    """How well the two can be told apart, from 1 (not at all) to 21 (black on white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Rgb) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette(number: int) -> Rgb:
    """An entry of the palette of 256, from 16 on."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    number -= 16
    return _LEVELS[number // 36], _LEVELS[number // 6 % 6], _LEVELS[number % 6]


def exact(colour: Rgb) -> int | None:
    """The entry of the palette that is this colour, or None."""
    number = nearest(colour)
    return number if palette(number) == colour else None


@lru_cache(maxsize=512)
def nearest(colour: Rgb) -> int:
    """The entry of the palette, from 16 on, that looks most like the colour. A tint never becomes a grey."""
    tinted = max(colour) - min(colour) > _GREYISH
    entries = ((number, palette(number)) for number in range(16, 256))
    fit = (entry for entry in entries if not tinted or len(set(entry[1])) > 1)
    return min(fit, key=lambda entry: _distance(colour, entry[1]))[0]


def _distance(one: Rgb, other: Rgb) -> float:
    """Weighted squares, a cheap stand-in for what eyes see (https://www.compuphase.com/cmetric.htm)."""
    mean = (one[0] + other[0]) / 2
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    return (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
