"""Row 16: what a step costs beside its command: agent host, capture, result, against a bare spawn of the same."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import sys
import tempfile
from pathlib import Path

from prdrunner_tui.agents.hosts import AgentHosts, Check, Job, Limits
from tests.benchmarks.table import Line, interleaved, median


async def measure(rounds: int) -> list[Line]:
    """Launch of a check through its host to its result, against ``subprocess`` of ``python -c pass``."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = AgentHosts(Path(folder) / "jobs", token=secrets.token_hex(8))
        numbers = itertools.count()
        limits = Limits(wall=60, idle=None, output_cap=1 << 20, grace=1, orphan_grace=5, pids=512)

        async def ours() -> None:
            check = Check(f"exec {sys.executable} -c pass", folder)
            job = Job(
                key=f"bench/{next(numbers)}", kind="check", env=dict(os.environ), check=check, limits=limits
            )
            result = await (await hosts.launch(job)).result()
            assert result.exit_code == 0, result

        async def peer() -> None:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "pass", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            await process.communicate()
            assert process.returncode == 0

        mine, theirs = await interleaved(rounds, ours, peer)
        await hosts.close(end_jobs=True, reason="the measurement is over")
    return [Line(16, "a step under its host", median(mine), "spawn python -c pass", median(theirs), 1.5)]
