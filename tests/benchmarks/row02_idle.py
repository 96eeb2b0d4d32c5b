"""Rows 2 and 3: what programs send to the terminal and take of the processor while nothing happens.

All of them stand side by side, and are looked at in the same seconds.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence

from tests.benchmarks.row01_start import HELLO
from tests.benchmarks.stage import READY, ROOT, staged
from tests.benchmarks.table import Line, Lines, Remark
from tests.benchmarks.timing import measure_for
from tests.benchmarks.tty import Tty

_AGENT = "echo x = 1 >> calc.py"
_FIRST = 6.0
"""Seconds of a first measurement that counts for nothing."""
_GOAL = 60.0
"""Bytes a second for a phase that runs and says nothing."""


async def measure(rounds: int) -> Lines:
    """The lines of both rows."""
    seconds = max(10.0, rounds * 0.7)
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(staged())
        waiting = stack.enter_context(staged(agent=_AGENT))
        waiting.place.until("status", holds="NEEDS YOU")
        programs = {
            "hello": Tty(HELLO, cwd=ROOT),
            "start": silent.show("tui"),
            "waiting": waiting.show(),
            "silent": silent.show(),
            "small": silent.show(size=(80, 24)),
        }
        if shutil.which("htop"):
            programs["htop"] = Tty(["htop"])
        for tty in programs.values():
            stack.enter_context(tty)
        for name, text in {"hello": b"hello", "waiting": READY, "silent": READY, "small": READY}.items():
            programs[name].until(text)
        # The first look at the clocks may paint more than the later ones.
        _idle(programs, _FIRST)
        sent, busy = _idle(programs, seconds)
        return _lines(sent, busy)


def _idle(programs: dict[str, Tty], seconds: float) -> tuple[dict[str, float], dict[str, float]]:
    """Bytes a second, and processor in percent."""
    before = {name: (len(tty.received), tty.cpu()) for name, tty in programs.items()}
    took = measure_for(seconds)
    sent = {name: (len(tty.received) - before[name][0]) / took for name, tty in programs.items()}
    busy = {name: 100 * (tty.cpu() - before[name][1]) / took for name, tty in programs.items()}
    return sent, busy


def _lines(sent: dict[str, float], busy: dict[str, float]) -> Lines:
    idle: Sequence[tuple[str, str]] = (
        ("start", "start screen"),
        ("waiting", "run that waits for a person"),
    )
    lines: Lines = [
        Line(2, f"{words}, bytes", sent[name], "minimal app", sent["hello"], 0.0, "B/s")
        for name, words in idle
    ]
    for name, words in (("silent", "silent phase at 120x40"), ("small", "silent phase at 80x24")):
        lines.append(Line(2, words, sent[name], "goal", _GOAL, 1.0, "B/s"))
    if "htop" in sent:
        lines.append(Line(2, "silent phase at 120x40", sent["silent"], "htop", sent["htop"], None, "B/s"))
    else:
        lines.append(Remark(2, "htop is not installed: not measured"))
    for name, words in (*idle, ("silent", "silent phase")):
        lines.append(Line(3, f"{words}, processor", busy[name], "minimal app", busy["hello"], 1.5, "%"))
    return lines
