"""Row 18: a durable decision from loop to loop, against an append with fdatasync on the same disk."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from prdrunner_tui.engine.engine import SystemClock
from prdrunner_tui.engine.host import RunHost
from prdrunner_tui.journal.log import Log
from prdrunner_tui.kernel.commands import PauseRun, Refusal, ResumeRun
from tests.benchmarks.table import Line, interleaved, median
from tests.simulated import PERSON, start

PER_ROUND = 40


async def measure(rounds: int) -> list[Line]:
    """Microseconds of one decision."""
    with tempfile.TemporaryDirectory() as folder:
        host = RunHost(Log(Path(folder) / "run.db"), SystemClock(), lambda error: None)
        await host.take(start("one"))
        descriptor = os.open(Path(folder) / "peer", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        line = b"x" * 200

        async def ours() -> None:
            for number in range(PER_ROUND):
                answer = await host.take((ResumeRun if number % 2 else PauseRun)(PERSON))
                assert not isinstance(answer, Refusal)

        async def peer() -> None:
            for _ in range(PER_ROUND):
                os.write(descriptor, line)
                os.fdatasync(descriptor)

        mine, theirs = await interleaved(rounds, ours, peer)
        os.close(descriptor)
        await host.close()
    scale = 1000 / PER_ROUND
    us = [median(times) * scale for times in (mine, theirs)]
    return [Line(18, "a durable decision", us[0], "append + fdatasync", us[1], 2.0, "us")]


if __name__ == "__main__":
    print(asyncio.run(measure(20)))
