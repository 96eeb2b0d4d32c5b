"""Rows 4, 5 and 7: keys while an agent puts out 10,000 lines a second, and what becomes of those lines.

A real run: the agent's lines go through its host into the segment, and from there through the engine to the log
pane. The key moves the cursor in the phase tree. Idle and flood alternate in the same cockpit; the app with
Textual's own log gets the same flood in between.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import flooder
from tests.benchmarks.keys import Presses
from tests.benchmarks.replay import Playback, Region
from tests.benchmarks.stage import ROOT, Stage, newest, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, Remark, median, p95
from tests.benchmarks.tty import Tty
from tests.emulator import Emulator
from tests.ptychild import clock
from tests.waiting import wait_for

RATE = 10_000
CURSOR = Region(2, 24, 0, 1)
"""The column of the phase tree's cursor."""
LOG = Region(2, 22, 50, 120)
"""Most of the log pane."""
TYPED = Region(37, 40, 0, 120)
"""The field of the app with Textual's log."""
_KEYS = "jk" * 7
_PEER_KEYS = "abcdef"
_PEER_ROUNDS = 3
"""It takes long to show what it has read."""
_WARM_UP = 0.6
"""Seconds of a flood before the first key of it."""
_TAIL = 4096
"""Bytes of a log that hold its last line."""
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
    ours, theirs, screen = Presses(tty, CURSOR), Presses(peer, TYPED), Playback(tty)
    behind: list[float] = []
    ages: list[float] = []
    windows: list[tuple[float, float]] = []
    for number in range(rounds):
        ours.press("idle", _KEYS, 0.2)
        stage.flood(RATE, _WARM_UP)
        began = clock()
        ours.press("flood", _KEYS, 0.2)
        windows.append((began, clock()))
        ages += _ages(tty)
        behind.append(_behind(stage, tty, screen))
        if number >= _PEER_ROUNDS:
            continue
        other.flood(RATE, _WARM_UP)
        theirs.press("flood", _PEER_KEYS, 1.0)
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


def _ages(tty: Tty) -> list[float]:
    """Milliseconds since the newest line of each frame of the last seconds was put out."""
    since = clock() - 2.5
    seen = [(chunk.at, newest(chunk.data)) for chunk in tty.taken() if chunk.at > since]
    return [1000 * (at - told[1]) for at, told in seen if told is not None]


def _blank(tty: Tty, windows: Sequence[tuple[float, float]]) -> float:
    """The share in percent of some times in which no line stood in the log pane."""
    screen, since, blank, dark = Emulator(tty.size), 0.0, False, 0.0
    for chunk in tty.taken():
        if blank:
            dark += sum(max(0.0, min(chunk.at, end) - max(since, began)) for began, end in windows)
        since = chunk.at
        screen.feed(chunk.data)
        if not screen.in_frame:
            blank = not any("n=" in row[LOG.left :] for row in screen.rows[LOG.top : LOG.bottom])
    return 100 * dark / sum(end - began for began, end in windows)


def _behind(stage: Stage, tty: Tty, screen: Playback) -> float:
    """Milliseconds from the end of a flood until its last line is on the screen."""
    text = f"n={stage.stop_flood() - 1:09d} "
    # Nothing is drawn before nothing more comes.
    run_until_calm(tty)
    shown = screen.until(text)
    _, _, told = shown.row.partition(f"{text}t=")
    return (shown.at - float(told.split()[0])) * 1000


def _stored(stage: Stage) -> tuple[int, int, bool]:
    """Lines put out, lines in the segment, whether these are all numbers in order."""
    produced = stage.produced
    # Where one is lost for good, that is what the line of the table says.
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: b"\nn=%09d " % (produced - 1) in _end_of(stage.segment()), 5, "the last line")
    numbers = [int(match[1]) for match in _NUMBERED.finditer(stage.segment().read_bytes())]
    return produced, len(numbers), numbers == list(range(len(numbers)))


def _end_of(log: Path) -> bytes:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL))
        return file.read()
