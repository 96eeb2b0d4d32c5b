"""Attaching to the engine of a repository, which is started when there is none."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from prdrunner_tui.client.socket import SocketClient, connect
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.text.problem import Problem

_START_SECONDS = 20.0

_engines: list[subprocess.Popen[bytes]] = []
"""Engines that this process started: kept so that one that has ended is collected, and none is by accident ended."""


async def attach(state: StateDir) -> SocketClient | None:
    """A client of the engine that runs, or ``None``."""
    try:
        return await connect(state.socket)
    except (ConnectionError, FileNotFoundError):
        return None


async def attach_or_start(project: Path, state: StateDir) -> SocketClient:
    """A client of the repository's engine, started as a process of its own when none runs.

    Raises:
        Problem: the engine did not start; the line is its own.
    """
    if (client := await attach(state)) is not None:
        return client
    process, log_from = _start(project, state)
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if (client := await attach(state)) is not None:
            return client
        # Another front end may have started one at the same time: then ours gives way, and theirs is found.
        if process.poll() not in (None, 5):
            raise Problem(_last_words(state, log_from), code=process.returncode)
        await asyncio.sleep(0.01)
    raise Problem("the engine did not answer", where=str(state.log), hint="prdrunner doctor", code=4)


def _start(project: Path, state: StateDir) -> tuple[subprocess.Popen[bytes], int]:
    log = os.open(state.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        log_from = os.fstat(log).st_size
        command = [sys.executable, "-P", "-m", "prdrunner_tui.engine", str(project)]
        _engines[:] = [engine for engine in _engines if engine.poll() is None]
        engine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
        _engines.append(engine)
        return engine, log_from
    finally:
        os.close(log)


def _last_words(state: StateDir, log_from: int) -> str:
    with state.log.open("rb") as log:
        log.seek(log_from)
        lines = log.read(64 * 1024).decode("utf-8", "replace").strip().splitlines()
    errors = [line.split(" ERROR ", 1)[1] for line in lines if " ERROR " in line]
    return errors[-1] if errors else (lines[-1] if lines else "the engine did not start")
