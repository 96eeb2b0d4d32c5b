"""Row 19: a round trip over the control socket, against an echo of JSON lines; ``status`` against a click hello."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from prdrunner_tui.journal.registry import Registry, row_of
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import StateDir, open_state
from tests.benchmarks.table import Line, interleaved, median, p95
from tests.simulated import Simulation, start
from tests.waiting import wait_for

_ECHO = """
import asyncio, json, sys
async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(json.dumps(json.loads(line)).encode() + b"\\n")
        await writer.drain()
async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1])
    await server.serve_forever()
asyncio.run(main())
"""
_ENGINE = """
import asyncio, sys
from pathlib import Path
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.engine.engine import Engine
from prdrunner_tui.repo.rundir import StateDir
async def main():
    root = Path(sys.argv[1])
    server = ControlServer(Engine(StateDir(root)), root / "engine.sock", lambda: None)
    await server.open()
    await asyncio.Event().wait()
asyncio.run(main())
"""
_HELLO = """
import click
@click.command()
def hello():
    click.echo("hello")
hello()
"""
PER_ROUND = 50


async def measure(rounds: int) -> list[Line]:
    """Both parts of the row."""
    with tempfile.TemporaryDirectory() as folder:
        return [await _round_trip(Path(folder), rounds), await _status(Path(folder), rounds)]


@contextlib.asynccontextmanager
async def _server(code: str, argument: Path, socket: Path) -> AsyncIterator[None]:
    process = subprocess.Popen([sys.executable, "-c", code, str(argument)], cwd=Path.cwd())
    try:
        await asyncio.to_thread(wait_for, socket.exists, 20, socket.name)
        yield
    finally:
        process.kill()
        process.wait()


async def _round_trip(folder: Path, rounds: int) -> Line:
    from prdrunner_tui.client.socket import connect

    state, echo = StateDir(folder), folder / "echo.sock"
    async with _server(_ENGINE, folder, state.socket), _server(_ECHO, echo, echo):
        client = await connect(state.socket)
        reader, writer = await asyncio.open_unix_connection(str(echo))
        ours_each: list[float] = []
        peer_each: list[float] = []

        async def ours() -> None:
            for _ in range(PER_ROUND):
                began = time.perf_counter()
                await client.hello()
                ours_each.append((time.perf_counter() - began) * 1e6)

        async def peer() -> None:
            for number in range(PER_ROUND):
                began = time.perf_counter()
                writer.write(json.dumps({"id": number, "do": "hello", "version": 1}).encode() + b"\n")
                json.loads(await reader.readline())
                peer_each.append((time.perf_counter() - began) * 1e6)

        await interleaved(rounds, ours, peer)
        await client.close()
        writer.close()
        await writer.wait_closed()
    return Line(19, "socket round trip p95", p95(ours_each), "JSON lines echo p95", p95(peer_each), 1.5, "us")


async def _status(folder: Path, rounds: int) -> Line:
    project = folder / "project"
    project.mkdir()
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
    commit = ["git", "-C", str(project), *identity, "commit", "-q", "--allow-empty", "-m", "base"]
    subprocess.run(commit, check=True)
    simulation = Simulation()
    simulation.take(start("one", "two", "three"))
    simulation.settle()
    state = open_state((await discover(project)).repo_id, root=folder / "state")
    Registry(state.registry).put(row_of(simulation.state))
    env = {**os.environ, "PRDRUNNER_STATE_DIR": str(folder / "state")}

    async def run(*command: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=project, env=env, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == 0, command

    mine, theirs = await interleaved(
        rounds, lambda: run("-m", "prdrunner_tui", "status"), lambda: run("-c", _HELLO)
    )
    return Line(19, "prdrunner status", median(mine), "click hello", median(theirs), 1.5)
