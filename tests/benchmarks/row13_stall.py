"""Row 13: a terminal that stops reading while an agent floods.

What is looked at: the engine's loop, by the round trips of another front end; the cockpit's own loop; whether the
agent goes on; the memory of the cockpit; how soon the newest line is there when the terminal reads again. The stall
lasts 8 s, or what PRDRUNNER_BENCH_STALL says in seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.client.socket import SocketClient, connect
from tests.benchmarks.process import resident
from tests.benchmarks.row04_flood import RATE
from tests.benchmarks.stage import READY, ROOT, Stage, newest, run_until_calm, staged
from tests.benchmarks.table import Line, Lines, median
from tests.benchmarks.tty import Tty
from tests.ptychild import PATIENCE, clock
from tests.waiting import wait_for

_WATCHED = (sys.executable, "-m", "tests.benchmarks.apps.watched")
_PING = 0.01
"""Seconds between two round trips."""
_WARM_UP = 1.5
"""Seconds of the flood before a window in which the terminal reads."""


@dataclass(slots=True)
class Found:
    """What was found in one kind of window, one value a round: seconds, bytes a second, bytes."""

    engine: list[float] = field(default_factory=list)
    cockpit: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    caught_up: list[float] = field(default_factory=list)


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    seconds = float(os.environ.get("PRDRUNNER_BENCH_STALL", "8"))
    reads, hangs = Found(), Found()
    with staged() as stage:
        run = stage.place.run("status").out.split()[0]
        gaps = stage.folder / "gaps"
        command = [*_WATCHED, str(stage.place.root), run, str(gaps)]
        env = {**stage.place.env, "PYTHONPATH": str(ROOT)}
        (socket,) = (stage.place.home / "state").glob("*/engine.sock")
        client = await connect(socket)
        with Tty(command, env=env, cwd=stage.place.root) as tty:
            tty.until(READY)
            run_until_calm(tty)
            for _ in range(max(1, rounds // 20)):
                await asyncio.to_thread(stage.flood, RATE, _WARM_UP)
                await _window(stage, tty, client, gaps, seconds, reads)
                tty.stall()
                await _window(stage, tty, client, gaps, seconds, hangs)
                tty.unstall()
                hangs.caught_up.append(await asyncio.to_thread(_caught_up, tty))
            stage.stop_flood()
        await client.close()
    return [
        _line("engine's loop, longest gap", 1000 * max(hangs.engine), 1000 * max(reads.engine), 2.0),
        _line("cockpit's loop, longest gap", 1000 * max(hangs.cockpit), 1000 * max(reads.cockpit), 2.0),
        _line("storing 1 MB of output", 1e9 / median(hangs.stored), 1e9 / median(reads.stored), 1.05),
        _line("cockpit's memory", max(hangs.memory) / 1e6, max(reads.memory) / 1e6, 1.1, "MB"),
        Line(13, "newest line after the stall", 1000 * median(hangs.caught_up), "a second", 1000.0, None),
    ]  # fmt: skip


def _line(name: str, ours: float, peer: float, goal: float, unit: str = "ms") -> Line:
    return Line(13, f"{name}, terminal hung", ours, "terminal reads", peer, goal, unit)


async def _window(
    stage: Stage, tty: Tty, client: SocketClient, gaps: Path, seconds: float, into: Found
) -> None:
    size = stage.segment().stat().st_size
    began, worst = time.monotonic(), 0.0
    while time.monotonic() - began < seconds:
        asked = time.monotonic()
        await client.hello()
        worst = max(worst, time.monotonic() - asked)
        await asyncio.sleep(_PING)
    into.engine.append(worst)
    into.stored.append((stage.segment().stat().st_size - size) / (time.monotonic() - began))
    into.memory.append(resident(tty.process.pid))
    ended = time.monotonic()

    def told() -> list[tuple[float, float]] | None:
        """The moments and gaps of the window, when the second in which it ended was told as well."""
        lines = [line.split() for line in gaps.read_text().splitlines()]
        found = [(float(at), float(gap)) for at, gap in lines]
        return found if found and found[-1][0] > ended else None

    seen = await asyncio.to_thread(wait_for, told, PATIENCE, "the last gap of the cockpit's loop")
    into.cockpit.append(max(gap for at, gap in seen if began + 1 < at < ended + 1))


def _caught_up(tty: Tty) -> float:
    """Seconds until a line is on the screen that was put out after the terminal read again."""
    began, before = clock(), len(tty.taken())

    def came() -> float | None:
        for chunk in tty.taken()[before:]:
            told = newest(chunk.data)
            if told is not None and told[1] > began:
                return chunk.at - began
        return None

    return wait_for(came, 30, "a new line after the stall")
