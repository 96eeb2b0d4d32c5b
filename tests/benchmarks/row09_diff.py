"""Row 9: keys in a diff of 100,000 lines, in the decision of a real run, against a key in the phase tree.

The agent of the run changes 1,000 files in five places each. A row further moves all rows of the screen, so that
its cost is that of painting them. A diff ten times as long stands in a small app around the same widget and rows.
"""

from __future__ import annotations

import contextlib
import shutil
import sys

from tests.benchmarks import manyfiles
from tests.benchmarks.keys import Presses
from tests.benchmarks.replay import Region
from tests.benchmarks.row04_flood import CURSOR
from tests.benchmarks.stage import ROOT, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, Remark, median, p95
from tests.benchmarks.tty import Tty

_BODY = Region(20, 38, 0, 120)
"""Below the facts of the decision; the clock is above it."""
_WHOLE = Region(2, 38, 0, 120)
_APP = (sys.executable, "-m", "tests.benchmarks.apps.longdiff")
_SPACING = 0.2


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    rounds = max(12, rounds)
    lines = _in_a_run(rounds)
    with contextlib.ExitStack() as stack:
        short, long = (
            stack.enter_context(Tty([*_APP, str(count)], cwd=ROOT)) for count in (100_000, 1_000_000)
        )
        keys = []
        for tty in (short, long):
            tty.until(b"diff --git")
            run_until_calm(tty)
            keys.append(Presses(tty, _WHOLE))
        for presses in keys:
            presses.press("key", "j" * (rounds // 2), _SPACING)
            presses.press("jump", "G<" * (rounds // 4), _SPACING)
        ms = [presses.milliseconds() for presses in keys]
    for name in ("key", "jump"):
        words = "next row" if name == "key" else "jump"
        lines.append(
            Line(
                9,
                f"{words} in 1,000,000 lines, p50",
                median(ms[1][name]),
                "100,000 lines",
                median(ms[0][name]),
                1.2,
            )
        )
    if shutil.which("tig") is None:
        lines.append(Remark(9, "tig is not installed: not measured"))
    return lines


def _in_a_run(rounds: int) -> Lines:
    with staged(agent=f"{sys.executable} -S {manyfiles.__file__} target", begin=False, features=8) as stage:
        manyfiles.write(stage.place.root, "base")
        stage.place.git("add", "-A")
        stage.place.git("commit", "-qm", "many files")
        stage.begin()
        stage.place.until("status", holds="NEEDS YOU", seconds=120)
        with stage.cockpit() as tty:
            tree, diff = Presses(tty, CURSOR), Presses(tty, _BODY)
            tty.press("jj")
            run_until_calm(tty)
            tree.press("idle", "jk" * (rounds // 2), _SPACING)
            before = len(tty.received)
            opened = tty.press("I")
            shown = tty.until(b"diff --git", after=before)
            run_until_calm(tty)
            diff.press("next", "j" * (rounds // 2) + "k" * (rounds // 2), _SPACING)
            diff.press("jump", "G<" * (rounds // 2), _SPACING)
            ms = {**tree.milliseconds(), **diff.milliseconds()}
    idle = p95(ms["idle"])
    return [
        Line(9, "next row, p95", p95(ms["next"]), "own idle p95", idle, 1.5),
        Line(9, "next row, p50", median(ms["next"]), "own idle p50", median(ms["idle"]), None),
        Line(9, "last row and first row, p95", p95(ms["jump"]), "own idle p95", idle, 1.5),
        Line(
            9,
            "from the key to the diff of 100,000 lines",
            (shown - opened) * 1000,
            "own idle p95",
            idle,
            None,
        ),
    ]
