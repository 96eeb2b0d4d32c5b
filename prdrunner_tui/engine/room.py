"""Texts cut so that together they fit a line of the socket. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from prdrunner_tui.text.cut import CUT


def fitting(texts: Sequence[bytes], room: int) -> list[str]:
    """Texts (UTF-8, what is none of it replaced) of which the JSON has at most ``room`` bytes in all.

    Short ones are whole; the long ones share what these leave, each alike, and end with `CUT`.
    """
    # In JSON a text has as many bytes at least: what is longer than this is cut in any case.
    most = level([len(text) for text in texts], room)
    shown = [text[: most + 1].decode("utf-8", "replace") for text in texts]
    sizes = [_size(text) for text in shown]
    most = level(sizes, room)
    return [text if size <= most else _cut(text, most) for text, size in zip(shown, sizes, strict=True)]


def level(sizes: Sequence[int], room: int) -> int:
    """The largest size to which those that are larger have to be cut, so that all of them need ``room`` at most."""
    left = room
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return max(0, share)
        left -= size
    return max(sizes, default=0)


def _cut(text: str, most: int) -> str:
    """The longest beginning of a text that has at most so many bytes in JSON with the mark behind it."""
    room = most - len(CUT.encode())
    low, high = 0, min(len(text), max(0, room))
    while low < high:
        middle = (low + high + 1) // 2
        if _size(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low] + CUT


def _size(text: str) -> int:
    """Bytes of a text in JSON, without the quotes."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
