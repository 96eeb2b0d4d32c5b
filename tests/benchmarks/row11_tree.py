"""Row 11: what an arrow key in the phase tree sends, and what many rows cost.

The bytes are those of the cockpit with a real run. Many rows stand in a small app: the widget that all lists of the
cockpit are, and the pane of the phases with the state of a run behind it.
"""

from __future__ import annotations

import shutil
import sys

from tests.benchmarks.keys import Presses
from tests.benchmarks.replay import Region
from tests.benchmarks.stage import ROOT, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, Remark, median
from tests.benchmarks.timing import measure_for
from tests.benchmarks.tty import Tty

_APP = (sys.executable, "-m", "tests.benchmarks.apps.longtree")
_FLOOR = 400.0
"""Bytes that htop sends for a key, where htop is not installed."""
_LIST = Region(0, 40, 0, 1)
_SIZES = {"lines": (1_000, 100_000), "phases": (100, 1_000)}
_DOWN, _UP = "\x1b[B", "\x1b[A"


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    lines = _bytes(max(10, rounds))
    for what, words in (("lines", "list"), ("phases", "phase tree")):
        lines += _sizes(what, words, max(3, rounds // 7))
    return lines


def _bytes(keys: int) -> Lines:
    with staged(features=30) as stage, stage.cockpit() as tty:
        tty.press("jj")
        run_until_calm(tty)
        ours = sent(tty, [_DOWN, _UP] * (keys // 2))
    if shutil.which("htop") is None:
        return [
            Line(11, "arrow key in the phase tree", ours, "floor, of htop elsewhere", _FLOOR, 1.5, "B"),
            Remark(11, "htop is not installed: the floor is what it sent on another machine"),
        ]
    with Tty(["htop"]) as peer:
        run_until_calm(peer)
        theirs = sent(peer, [_DOWN, _UP] * (keys // 2))
    return [Line(11, "arrow key in the phase tree", ours, "htop", theirs, 1.5, "B")]


def sent(tty: Tty, keys: list[str], spacing: float = 0.15) -> float:
    """The median of the bytes that follow each key; a clock that ticks in between is in few of them."""
    found = []
    for key in keys:
        before = len(tty.received)
        tty.press(key)
        measure_for(spacing)
        found.append(float(len(tty.received) - before))
    return median(found)


def _sizes(what: str, words: str, rounds: int) -> Lines:
    ready: dict[int, list[float]] = {size: [] for size in _SIZES[what]}
    keys: dict[int, list[float]] = {size: [] for size in _SIZES[what]}
    for _ in range(rounds):
        for size in _SIZES[what]:
            with Tty([*_APP, what, str(size)], cwd=ROOT) as tty:
                made = tty.until(b"made")
                ready[size].append((tty.until(b"item-000001") - made) * 1000)
                tty.quiet(0.3)
                presses = Presses(tty, _LIST)
                presses.press("key", "jjkk" * 2, 0.15)
                keys[size] += presses.milliseconds()["key"]
    few, many = _SIZES[what]
    return [
        Line(11, f"{words} of {many:,} ready", median(ready[many]), f"of {few:,}", median(ready[few]), 1.5),
        Line(11, f"{words} of {many:,}, key p50", median(keys[many]), f"of {few:,}", median(keys[few]), None),
    ]
