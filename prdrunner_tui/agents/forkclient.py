"""The engine's side of the forkserver: started with the first job, started anew when it has died."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.environment import ALLOWED, let_through
from prdrunner_tui.agents.frames import FrameBuffer
from prdrunner_tui.agents.job import Job
from prdrunner_tui.text.problem import Problem

_TIMEOUT = 15.0
_KEPT = (*ALLOWED, "PYTHON*", "LD_LIBRARY_PATH", "PRDRUNNER_*", "COVERAGE_*")
"""What the forkserver has of our environment: an agent can read that of the processes above it."""


class ForkserverClient:
    """Asks the forkserver for hosts, one at a time. Its log is `forkserver.log` under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The forkserver's pid while there is one."""
        return self._process.pid if self._process is not None else None

    async def launch(self, directory: Path, job: Job, token: str) -> int:
        """Have a host forked; returns its pid.

        Raises:
            Problem: neither the running nor a fresh forkserver could.
        """
        order = {"directory": str(directory.absolute()), "job": job.to_json(), "token": token}
        async with self._lock:
            for fresh in (False, True):
                try:
                    if self._channel is None:
                        await self._start()
                    answer = await self._ask(order)
                except (OSError, TimeoutError):
                    await self._drop()
                    if fresh:
                        break
                    continue
                if "pid" in answer:
                    pid: int = answer["pid"]
                    return pid
                raise Problem(f"the agent host could not be started: {answer.get('error')}", code=1)
            hint = f"see {self._root / 'forkserver.log'}"
            raise Problem("the forkserver of the agent hosts does not answer", hint=hint, code=1)

    async def close(self) -> None:
        """Let the forkserver end; its hosts go on."""
        async with self._lock:
            await self._drop()

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._process = self._spawn(theirs.fileno())
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        self._channel = ours
        await self._receive()

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        with (self._root / "forkserver.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "prdrunner_tui.agents.forkserver", str(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=let_through(os.environ, _KEPT),
                pass_fds=[descriptor],
                start_new_session=True,
            )

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._channel is not None
        body = json.dumps(order).encode("utf-8", "surrogateescape")
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_TIMEOUT):
            await loop.sock_sendall(self._channel, struct.pack("!I", len(body)) + body)
        return await self._receive()

    async def _receive(self) -> dict[str, Any]:
        assert self._channel is not None
        buffer = FrameBuffer()
        loop = asyncio.get_running_loop()
        while True:
            async with asyncio.timeout(_TIMEOUT):
                chunk = await loop.sock_recv(self._channel, 65536)
            if not chunk:
                raise ConnectionResetError("the forkserver is gone")
            frames = buffer.feed(chunk)
            if frames:
                return frames[0]

    async def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        process, self._process = self._process, None
        if process is not None:
            # It ends at once when its socket closes; a thread waits, because asyncio must not reap it.
            try:
                await asyncio.to_thread(process.wait, 5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)
