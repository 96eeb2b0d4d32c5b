"""The host's socket: one engine at a time, known by the run's token, told the state again when it comes back."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.lines import LONGEST, LineError, decode_line, encode_line

_BACKLOG = 4 * 1024 * 1024
"""Bytes that may wait for an engine; one that is slower is dropped, and told the state when it comes again."""
_HELLO_TIMEOUT = 5.0
_PROGRESS_EVERY = 0.05


def bind(name: str) -> socket.socket:
    """A listening socket `name` in the current directory, for this user only. Relative, because an address holds no
    more than 107 bytes."""
    Path(name).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    previous = os.umask(0o177)
    try:
        listener.bind(name)
    finally:
        os.umask(previous)
    listener.listen(8)
    listener.setblocking(False)
    return listener


class Reach:
    """The engine's way to this host.

    `state()` gives the messages that repeat the state for an engine that comes; `obey(order)` takes its orders.
    `gone_since` is the loop time since which there is no engine, None while there is one.
    """

    def __init__(
        self,
        token: str,
        *,
        state: Callable[[], list[dict[str, Any]]],
        obey: Callable[[dict[str, Any]], None],
        progress: Callable[[], dict[str, Any]],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._token = token.encode()
        self._state = state
        self._obey = obey
        self._progress = progress
        self._server: asyncio.Server | None = None
        self._engine: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._last_progress = 0.0
        self.gone_since: float | None = self._loop.time()

    async def open(self, listener: socket.socket) -> None:
        """Serve the socket."""
        self._server = await asyncio.start_unix_server(self._accept, sock=listener, limit=LONGEST)

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to the engine, if there is one."""
        engine = self._engine
        if engine is None or engine.is_closing():
            return
        if engine.transport.get_write_buffer_size() > _BACKLOG:
            engine.transport.abort()
            return
        engine.write(encode_line(message))

    def tell_progress(self) -> None:
        """Send progress soon, at most ten times a second."""
        if self._timer is None and self._engine is not None:
            wait = max(0.0, self._last_progress + _PROGRESS_EVERY - self._loop.time())
            self._timer = self._loop.call_later(wait, self._send_progress)

    async def close(self, last: dict[str, Any]) -> None:
        """Send the last message, wait a moment for it to go out, and close."""
        if self._timer is not None:
            self._timer.cancel()
            self._send_progress()
        if self._timer is not None:
            self._timer.cancel()
        self.tell(last)
        if self._server is not None:
            self._server.close()
        engine = self._engine
        if engine is not None:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await engine.drain()
            engine.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await engine.wait_closed()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    def _send_progress(self) -> None:
        self._timer = None
        self._last_progress = self._loop.time()
        self.tell({"t": "progress", **self._progress()})

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self._knows(reader):
                writer.write(encode_line({"t": "refused", "why": "the token is not this run's"}))
                await writer.drain()
                return
            if self._engine is not None:
                self._engine.close()
            self._engine = writer
            self.gone_since = None
            # However much that is: an engine that comes must see all that waits.
            for message in self._state():
                writer.write(encode_line(message))
            while line := await reader.readline():
                self._obey(decode_line(line))
        except (LineError, ValueError) as error:
            # StreamReader.readline raises ValueError for a line over the limit.
            writer.write(encode_line({"t": "error", "why": str(error)[:200]}))
        except OSError:
            pass
        finally:
            if self._engine is writer:
                self._engine = None
                self.gone_since = self._loop.time()
            writer.close()

    async def _knows(self, reader: asyncio.StreamReader) -> bool:
        try:
            # Not wait_for: before Python 3.12 it can swallow the cancellation with which close() ends us.
            async with asyncio.timeout(_HELLO_TIMEOUT):
                hello = decode_line(await reader.readline())
        except (TimeoutError, ValueError):
            return False
        given = hello.get("token")
        return (
            hello.get("t") == "hello"
            and isinstance(given, str)
            and hmac.compare_digest(given.encode("utf-8", "replace"), self._token)
        )
