"""Partial updates of the screen that send only the cells that changed.

Textual's own begin at the left edge of the widget, whatever the region was: a clock at the end of a row costs the
whole row, each second. `private.narrow_updates` puts this in their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.control import Control
from textual.strip import Strip


def sequences(
    spans: Iterable[tuple[int, int, int]],
    chops: Sequence[Mapping[int, Strip | None]],
    chop_ends: Sequence[Sequence[int]],
    console: Console,
) -> str:
    """What a terminal is sent for an update, each piece after a move to its first cell.

    Args:
        spans: row, first cell, cell behind the last one, of what changed.
        chops: for each row of the screen the strips it is made of, by the cell they begin in; None for one that
            was not rendered.
        chop_ends: for each row the cell behind each of its strips.
        console: knows the colours of the terminal.
    """
    sent: list[str] = []
    for y, start, end in spans:
        for stop, (x, strip) in zip(chop_ends[y], chops[y].items(), strict=False):
            low, high = max(x, start), min(stop, end)
            if strip is None or low >= high:
                continue
            part = strip if (low, high) == (x, stop) else strip.crop(low - x, high - x)
            sent.append(Control.move_to(low, y).segment.text)
            sent.append(part.render(console))
    return "".join(sent)
