"""Row 15: how long leaving takes, and what is left behind, by keys, signals and a killed screen."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

from tests.benchmarks.replay import shown
from tests.benchmarks.row01_start import HELLO
from tests.benchmarks.stage import READY, ROOT, Stage, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, median
from tests.benchmarks.tty import Tty
from tests.processes import family, lives
from tests.waiting import wait_for

_LEAVE = "\x11"
"""Control and q: the key of the smallest app."""
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    rounds = max(4, rounds // 5)
    with staged() as stage:
        ways: dict[str, Callable[[], tuple[float, bool]]] = {
            "hello": lambda: _quit(Tty(HELLO, cwd=ROOT), b"hello", _LEAVE),
            "start": lambda: _quit(stage.show("tui"), b"docs/prd.md", "q"),
            "cockpit": lambda: _quit(stage.show(), READY, "q", "d"),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        clean: list[bool] = []
        for number in range(rounds + 1):
            for name, leave in ways.items():
                milliseconds, is_clean = leave()
                if number:
                    took[name].append(milliseconds)
                if name != "hello":
                    clean.append(is_clean)
        others = [_ended_by(stage, number) for number in (*_SIGNALS, signal.SIGKILL) for _ in range(2)]
    floor = median(took["hello"])
    return [
        Line(15, "leaving the start screen", median(took["start"]), "minimal app", floor, 1.2),
        Line(15, "leaving a running run", median(took["cockpit"]), "minimal app", floor, 1.2),
        Line(15, "endings by keys", len(clean), "clean ones", sum(clean), 1.0, ""),
        Line(15, "endings by 4 signals and a killed screen", len(others), "clean ones", sum(others), 1.0, ""),
    ]


def _quit(tty: Tty, ready: bytes, *keys: str) -> tuple[float, bool]:
    """Milliseconds from the last key to the end, and whether nothing was left behind."""
    with tty:
        tty.until(ready)
        run_until_calm(tty)
        for key in keys[:-1]:
            tty.press(key)
            # What is asked takes no answer before it has stood there for a moment.
            tty.quiet(0.5)
        processes = family(tty.process.pid)
        began = tty.press(keys[-1])
        ended = tty.ended()
        return (ended - began) * 1000, _is_clean(tty, processes)


def _ended_by(stage: Stage, number: signal.Signals) -> bool:
    """Whether a signal (SIGKILL goes to the screen below its launcher) leaves nothing behind."""
    with stage.show() as tty:
        tty.until(READY)
        run_until_calm(tty)
        processes = family(tty.process.pid)
        os.kill(processes[-1] if number == signal.SIGKILL else processes[0], number)
        tty.ended()
        return _is_clean(tty, processes)


def _is_clean(tty: Tty, processes: list[int]) -> bool:
    """Whether modes, attributes and processes are as before."""
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not any(map(lives, processes)), 2.0)
    left = any(map(lives, processes))
    return not left and tty.has_old_attributes and not shown(tty.size, tty.taken()).modes
