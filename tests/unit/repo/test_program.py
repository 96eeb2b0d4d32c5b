"""Starting programs, and what is left of them when whoever started one is cancelled."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.repo.program import end_program, start_program

PIPE, NONE = subprocess.PIPE, subprocess.DEVNULL


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def until_ended(pid: int) -> None:
    async with asyncio.timeout(10):
        while not has_ended(pid):
            await asyncio.sleep(0.005)


async def told_pid(file: Path) -> int:
    async with asyncio.timeout(10):
        while not (file.exists() and file.read_text().endswith("\n")):
            await asyncio.sleep(0.005)
    return int(file.read_text())


async def test_cancelled_while_its_pipes_are_connected_it_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pid"
    loop = asyncio.get_running_loop()
    connect = loop.connect_read_pipe

    async def slowly(*arguments: Any) -> Any:
        """Connect as a busy machine does: the program has long begun, and the caller gives up."""
        await told_pid(file)
        task.cancel()
        await asyncio.sleep(0)
        return await connect(*arguments)

    monkeypatch.setattr(loop, "connect_read_pipe", slowly)
    script = f"sleep 1000 & echo $! > {file}; wait"
    task = asyncio.create_task(start_program(["sh", "-c", script], stdin=NONE, stdout=PIPE, stderr=PIPE))
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
    await until_ended(int(file.read_text()))


async def test_a_child_in_a_session_of_its_own_that_holds_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script = f"setsid sleep 1000 & echo $! > {file}; wait"
    process = await start_program(["sh", "-c", script], stdin=NONE, stdout=PIPE, stderr=PIPE)
    pid = await told_pid(file)
    try:
        async with asyncio.timeout(10):
            await end_program(process)
        assert process.returncode == -9
    finally:
        subprocess.run(["kill", str(pid)], check=False)


async def test_what_cannot_start_says_so() -> None:
    with pytest.raises(FileNotFoundError):
        await start_program(["/nowhere/at/all"], stdin=NONE, stdout=PIPE, stderr=PIPE)
