"""Names of phases where there is little room: cut at the end, or in the middle where their ends tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.span import Line, crop, skip, width_of

_KEPT_HEAD = 3
"""Of a name that is cut in its middle the front keeps one part in so many."""


def longest_name(names: Iterable[str], least: int, most: int) -> int:
    """Cells of a column of names: those of the longest one, within two bounds (the lower one wins)."""
    return max(least, min(most, max((cells(name) for name in names), default=0)))


def name_line(name: str, names: Iterable[str], width: int, scene: Scene, token: str = "text") -> Line:
    """A name in at most ``width`` cells, with the ellipsis where it was cut.

    Args:
        names: all names that stand beside it. Where another one begins alike the middle goes and the end stays.
    """
    whole = scene.foreign(name, token)
    if width_of(whole) <= width:
        return whole
    mark = scene.glyphs.ellipsis
    kept = width - cells(mark)
    if kept < _KEPT_HEAD or _alike(tuple(names), kept)[name[:kept]] < 2:
        return scene.crop(whole, width)
    head = kept // _KEPT_HEAD
    end = skip(whole, width_of(whole) - (kept - head))
    return (*crop(whole, head + cells(mark), mark), *end)


@lru_cache(maxsize=16)
def _alike(names: tuple[str, ...], kept: int) -> Counter[str]:
    """How many names begin with the same characters."""
    return Counter(name[:kept] for name in names)
