"""Row 12: keys at the end of a line of 1 Mbit/s with a round trip of 150 ms, idle and in 10,000 lines a second.

The terminal is at the far end: what the program writes waits for the line, and so do its questions and keys. Once
directly, as over ssh, and once with tmux in between, which answers questions on the near side of the line.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

from tests.benchmarks.keys import Presses
from tests.benchmarks.row04_flood import CURSOR, RATE
from tests.benchmarks.stage import PRDRUNNER, READY, Stage, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, Remark, median, p95
from tests.benchmarks.tty import Link, Tty

ROUND_TRIP = 0.15
_LINK = Link(bits=1e6, round_trip=ROUND_TRIP)
_SSH = {"SSH_TTY": "/dev/pts/9", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
_KEYS = "jk" * 5
_SPACING = 0.45
_WARM_UP = 1.5
"""Seconds of a flood before the first key of it."""


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    rounds = max(2, rounds // 7)
    with staged() as stage, stage.cockpit(link=_LINK, env=_SSH) as tty:
        lines = _lines("", _measure(stage, tty, rounds), 1.5)
    if shutil.which("tmux") is None:
        return [*lines, Remark(12, "tmux is not installed: not measured")]
    with staged() as stage, _in_tmux(stage) as tty:
        return lines + _lines(" in tmux", _measure(stage, tty, rounds), 3.0)


@contextlib.contextmanager
def _in_tmux(stage: Stage) -> Iterator[Tty]:
    socket = str(stage.folder / "tmux")
    settings = stage.folder / "tmux.conf"
    settings.write_text("set -g status off\nset -g escape-time 0\n")
    command = ["tmux", "-S", socket, "-f", str(settings), "new-session", *PRDRUNNER, "attach"]
    try:
        with Tty(command, env={**stage.place.env, **_SSH}, cwd=stage.place.root, link=_LINK) as tty:
            tty.until(READY)
            run_until_calm(tty)
            yield tty
    finally:
        subprocess.run(
            ["tmux", "-S", socket, "kill-server"], env=os.environ, capture_output=True, check=False
        )


def _measure(stage: Stage, tty: Tty, rounds: int) -> dict[str, list[float]]:
    presses = Presses(tty, CURSOR)
    tty.press("jj")
    run_until_calm(tty)
    for _ in range(rounds):
        presses.press("idle", _KEYS, _SPACING)
        stage.flood(RATE, _WARM_UP)
        presses.press("flood", _KEYS, _SPACING)
        stage.stop_flood()
        run_until_calm(tty)
    return presses.milliseconds()


def _lines(where: str, ms: dict[str, list[float]], flood_goal: float) -> Lines:
    floor = ROUND_TRIP * 1000
    idle, flood = ms["idle"], ms["flood"]
    return [
        Line(12, f"key over the line{where}, idle p50", median(idle), "round trip", floor, 1.05),
        Line(12, f"key over the line{where}, flood p50", median(flood), "round trip", floor, None),
        Line(12, f"key over the line{where}, flood p95", p95(flood), "round trip", floor, flood_goal),
    ]
