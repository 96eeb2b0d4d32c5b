"""Rows 4, 5 and 7: keys while an agent puts out 10,000 lines a second, and what becomes of those lines.

A real run: the agent's lines go through its host into the segment, and from there through the engine to the log
pane. The key moves the cursor in the phase tree. Idle and flood alternate in the same cockpit; the app with
Textual's own log gets the same flood in between.
"""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice

from tests.benchmarks import flooder
from tests.benchmarks.keys import Presses
from tests.benchmarks.replay import Region, Screen
from tests.benchmarks.stage import ROOT, Stage, newest, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, Remark, median, p95
from tests.benchmarks.tty import Tty, clock

RATE = 10_000
CURSOR = Region(2, 24, 0, 1)
"""The column of the phase tree's cursor."""
LOG = Region(2, 22, 50, 120)
"""Most of the log pane."""
TYPED = Region(37, 40, 0, 120)
"""The field of the app with Textual's log."""
_KEYS = 14
_PEER_KEYS = 6
_PEER_ROUNDS = 3
"""It takes long to show what it has read."""
_SETTLE = 0.6
_NUMBERED = re.compile(rb"^n=(\d{9}) ", re.MULTILINE)


async def measure(rounds: int) -> Lines:
    """The lines of the three rows."""
    rounds = max(3, rounds // 5)
    with staged() as stage, staged(begin=False) as other, stage.cockpit() as tty:
        log = [sys.executable, "-m", "tests.benchmarks.apps.richlog"]
        flood = [sys.executable, "-S", flooder.__file__, str(other.control)]
        with Tty([*log, *flood], cwd=ROOT) as peer:
            run_until_calm(peer)
            # Away from the phase that runs: its rows unfold under the cursor.
            tty.press("jj")
            run_until_calm(tty)
            return _measure(rounds, stage, tty, other, peer)


def _measure(rounds: int, stage: Stage, tty: Tty, other: Stage, peer: Tty) -> Lines:
    ours, theirs = Presses(tty, CURSOR), Presses(peer, TYPED)
    behind: list[float] = []
    ages: list[float] = []
    windows: list[tuple[float, float]] = []
    for number in range(rounds):
        ours.press("idle", _moves(), 0.2)
        stage.rate(RATE)
        time.sleep(_SETTLE)
        began = clock()
        ours.press("flood", _moves(), 0.2)
        windows.append((began, clock()))
        ages += _ages(tty)
        behind.append(_behind(stage, tty))
        if number >= _PEER_ROUNDS:
            continue
        other.rate(RATE)
        time.sleep(_SETTLE)
        theirs.press("flood", "abcdefgh"[:_PEER_KEYS], 1.0)
        other.rate(0)
        _drained(peer)
    produced, stored, in_order = _stored(stage)
    ms = ours.milliseconds()
    peer_ms = theirs.milliseconds()
    flood95 = p95(ms["flood"])
    return [
        Line(4, "key in 10,000 lines/s, p50", median(ms["flood"]), "own idle p50", median(ms["idle"]), 1.25),
        Line(4, "key in 10,000 lines/s, p95", flood95, "own idle p95", p95(ms["idle"]), 4.0),
        Line(5, "key in 10,000 lines/s, p95", flood95, "RichLog p95", p95(peer_ms["flood"]), 1 / 25),
        Remark(5, "toolong is no dependency of this environment: not measured"),
        Line(7, "lines put out" + ("" if in_order else ", order lost"), produced, "lines stored", stored, 1.0, ""),
        Line(7, "last line of a flood is shown after", median(behind), "goal", 100.0, 1.0),
        Line(7, "age of the newest line when painted", median(ages), "goal", 100.0, 1.0),
        Line(7, "time of a flood in which the log is blank", _blank(tty, windows), "goal", 0.0, 0.0, "%"),
    ]  # fmt: skip


def _drained(peer: Tty) -> None:
    """Wait until the peer has shown what it had read; it may take longer than anyone waits."""
    with contextlib.suppress(TimeoutError):
        peer.quiet(1.0, patience=6)


def _moves() -> list[str]:
    return list(islice(cycle("jk"), _KEYS))


def _ages(tty: Tty) -> list[float]:
    """Milliseconds since the newest line of each frame of the last seconds was put out."""
    since = clock() - 2.5
    seen = [(chunk.at, newest(chunk.data)) for chunk in tty.taken() if chunk.at > since]
    return [1000 * (at - told[1]) for at, told in seen if told is not None]


def _blank(tty: Tty, windows: Sequence[tuple[float, float]]) -> float:
    """The share in percent of some times in which no line stood in the log pane."""
    screen, since, blank, dark = Screen(tty.size), 0.0, False, 0.0
    for chunk in tty.taken():
        if blank:
            dark += sum(max(0.0, min(chunk.at, end) - max(since, began)) for began, end in windows)
        since = chunk.at
        screen.feed(chunk.data)
        if not screen.in_frame:
            blank = not any("n=" in row[LOG.left :] for row in screen.rows[LOG.top : LOG.bottom])
    return 100 * dark / sum(end - began for began, end in windows)


def _behind(stage: Stage, tty: Tty) -> float:
    """Milliseconds from the end of a flood until its last line is on the screen."""
    lines = stage.stop_flood()
    text = b"n=%09d " % (lines - 1)
    shown = tty.until(text)
    told = next(float(match[1]) for match in re.finditer(rb"n=%09d t=(\d+\.\d{4})" % (lines - 1), tty.tail))
    return (shown - told) * 1000


def _stored(stage: Stage) -> tuple[int, int, bool]:
    """Lines put out, lines in the segment, whether these are all numbers in order."""
    produced = stage.told()
    time.sleep(0.2)
    numbers = [int(match[1]) for match in _NUMBERED.finditer(stage.segment().read_bytes())]
    return produced, len(numbers), numbers == list(range(len(numbers)))
