"""The engine as a process of its own: what it survives, and how it ends."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path

from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.embed.attach import attach, attach_or_start
from prdrunner_tui.engine.process import EXIT_DURABILITY
from prdrunner_tui.kernel.commands import PauseRun, Refusal, ResumeRun
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import StateDir, open_state
from prdrunner_tui.steps.oracle.processes import lock_owner
from prdrunner_tui.wire.client import Gone
from tests.engine.conftest import ADA, Driver, start_command, waits

EDIT = """\
recording: one edit
default:
  implement:
    - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}
"""


async def state_of(project: Path) -> StateDir:
    return open_state((await discover(project)).repo_id)


async def started(project: Path, state: StateDir, run: str = "run-1") -> tuple[SocketClient, Driver]:
    client = await attach_or_start(project, state)
    answer = await client.start(start_command(project, EDIT), str(project / "prd.md"))
    assert answer == run
    return client, Driver(client, run)  # type: ignore[arg-type]


async def gone(state: StateDir) -> None:
    async with asyncio.timeout(20):
        while (owner := lock_owner(state.lock)) is not None and owner.alive:
            await asyncio.sleep(0.02)


async def test_one_damaged_run_does_not_keep_the_engine_from_opening(project: Path) -> None:
    state = await state_of(project)
    client, driver = await started(project, state)
    await driver.until(waits)
    await client.shutdown()
    await client.close()
    await gone(state)
    database = state.run("run-1").database
    database.write_bytes(b"this is no database" * 100)
    client = await attach_or_start(project, state)
    try:
        refused = await client.host("run-1")
        assert isinstance(refused, Refusal) and "run.db" in refused.message
        other = start_command(project, EDIT)
        answer = await client.start(
            type(other)(**{name: getattr(other, name) for name in other.__match_args__} | {"run": "run-2"}),
            str(project / "prd.md"),
        )
        assert answer == "run-2"
        await Driver(client, "run-2").until(waits)  # type: ignore[arg-type]
    finally:
        await client.shutdown()
        await client.close()
        await gone(state)


async def test_a_log_that_cannot_be_written_ends_the_process_and_the_next_one_goes_on(project: Path) -> None:
    state = await state_of(project)
    client, driver = await started(project, state)
    reached = await driver.until(waits)
    await client.shutdown()
    await client.close()
    await gone(state)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024))

    engine = subprocess.Popen(
        [sys.executable, "-m", "prdrunner_tui.engine", str(project)],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stderr=subprocess.DEVNULL,
        preexec_fn=no_room,
    )
    async with asyncio.timeout(20):
        while (limited := await attach(state)) is None:
            await asyncio.sleep(0.02)
    await limited.host("run-1")
    for command in (ResumeRun(ADA), *(PauseRun(ADA, "x" * 60_000), ResumeRun(ADA)) * 200):
        answer = await limited.submit("run-1", command)
        if isinstance(answer, Refusal) and answer.code == "not_now":
            break
    async with asyncio.timeout(20):
        told = [news.reason async for news in limited.news() if isinstance(news, Gone)]
    assert told and told[0].startswith("the log of run-1 cannot be written: ")
    await limited.close()
    assert await asyncio.to_thread(engine.wait, 20) == EXIT_DURABILITY
    client = await attach_or_start(project, state)
    try:
        assert await client.host("run-1") == "run-1"
        again = await Driver(client, "run-1").until(lambda s: bool(s.open_decisions()))  # type: ignore[arg-type]
        assert again.seq >= reached.seq
    finally:
        await client.shutdown()
        await client.close()
        await gone(state)
