"""The pool's side of one worker process."""

from __future__ import annotations

import asyncio
import pickle
import signal
import socket
import subprocess
import sys

from prdrunner_tui.tui import poolworker

_START = 20.0
"""Seconds an interpreter may take to come up on a machine that is very busy."""
_GRACE = 1.0
"""Seconds beyond a call's limit for the worker's own alarm to end it, and for its death to be seen."""


class WorkError(Exception):
    """A call that has no result, and it was not the function that raised."""


class TimedOut(WorkError):
    """The call took longer than it may; its process was killed."""


class WorkerDied(WorkError):
    """The process ended in the middle of the call (out of memory, killed), or could not be started."""


class _Channel(asyncio.Protocol):
    """Puts the worker's answers together, one at a time."""

    def __init__(self) -> None:
        self.lost = asyncio.get_running_loop().create_future()
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None

    def expect(self) -> asyncio.Future[tuple[bytes, bytes]]:
        """The next answer, kind and body; cancelled when the worker has gone without one."""
        self._answer = asyncio.get_running_loop().create_future()
        if self.lost.done():
            self._answer.cancel()
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        size = poolworker.ANSWER.size
        if len(self._buffer) < size:
            return
        kind, length = poolworker.ANSWER.unpack_from(self._buffer)
        if len(self._buffer) >= size + length and self._answer is not None and not self._answer.done():
            self._answer.set_result((kind, bytes(self._buffer[size : size + length])))
            del self._buffer[: size + length]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        if self._answer is not None:
            self._answer.cancel()


class WorkerHandle:
    """One worker process: started, asked one thing at a time, ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self._channel: _Channel | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked; it may die in the next moment."""
        return (
            self._process is not None
            and self._process.poll() is None
            and self._channel is not None
            and not self._channel.lost.done()
        )

    async def start(self) -> None:
        """Start the process and wait until it is up.

        Raises:
            WorkerDied: it could not be started.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _spawn(theirs.fileno())
        except OSError as error:
            ours.close()
            raise WorkerDied(f"no process for the work: {error.strerror}") from error
        loop = asyncio.get_running_loop()
        self._transport, self._channel = await loop.create_connection(_Channel, sock=ours)
        ready = self._channel.expect()
        await asyncio.wait({ready}, timeout=_START)
        if not ready.done() or ready.cancelled():
            raise WorkerDied("the process for the work did not start")
        self._send(0.0, pickle.dumps([path for path in sys.path if path]))

    async def ask(self, body: bytes, limit: float) -> tuple[bytes, bytes]:
        """The kind and the body of the answer to a request.

        The limit is the worker's own alarm, so a stop of this process (Ctrl-Z) or of the whole machine does not
        make a call too late that was not.

        Raises:
            TimedOut: the limit was reached; end the worker.
            WorkerDied: it ended before it had an answer.
        """
        assert self._channel is not None
        answer = self._channel.expect()
        self._send(limit, body)
        for patience in (limit, _GRACE):
            await asyncio.wait({answer}, timeout=patience)
        if not answer.done():
            raise TimedOut(f"not done after {limit:g} s")
        if not answer.cancelled():
            return answer.result()
        await self.end()
        assert self._process is not None
        code = self._process.returncode
        if code == -signal.SIGALRM:
            raise TimedOut(f"not done after {limit:g} s")
        how = "" if code is None else f" ({signal.Signals(-code).name if code < 0 else f'exit {code}'})"
        raise WorkerDied(f"the process for the work ended{how}")

    async def end(self) -> None:
        """Kill it and see it gone; nothing of it is left afterwards. Ending twice is allowed."""
        if self._process is None:
            return
        self._process.kill()
        if self._channel is not None:
            # Its sockets are closed by its death, so that waiting for the process itself takes no time.
            await asyncio.wait({self._channel.lost}, timeout=_GRACE)
        if self._transport is not None:
            self._transport.abort()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _send(self, limit: float, body: bytes) -> None:
        assert self._transport is not None
        self._transport.writelines((poolworker.REQUEST.pack(limit, len(body)), body))


def _spawn(descriptor: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", poolworker.__file__, str(descriptor)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[descriptor],
        start_new_session=True,
        cwd="/",
        bufsize=0,
    )
