"""A program of the agent, with pipes that are read in chunks and never by lines."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
from collections.abc import Callable

from prdrunner_tui.agents.tree import Tree
from prdrunner_tui.workers.port import Exit

_CHUNK = 256 * 1024
_PIPE = 1024 * 1024
_TAIL = 4096
_WAITING = 1024 * 1024
"""Bytes of stdout that wait for a worker before the pipe is left alone (the agent then waits)."""


class Reading:
    """One pipe that is read on the loop; `sink` takes each chunk and returns whether more is wanted now."""

    def __init__(self, descriptor: int, sink: Callable[[bytes], bool], at_end: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        self._sink = sink
        self._at_end = at_end
        self.open = True
        self._listening = False
        self.resume()

    def resume(self) -> None:
        """Go on reading."""
        if self.open and not self._listening:
            self._listening = True
            self._loop.add_reader(self._descriptor, self.step)

    def drain(self) -> None:
        """Read what is there now, then close the pipe, whoever still holds its other end."""
        for _ in range(64):
            if not self.open or not self.step():
                break
        self.close()

    def close(self) -> None:
        """Close the pipe; what was not read is lost."""
        if self.open:
            self.open = False
            if self._listening:
                self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._at_end()

    def step(self) -> bool:
        """Read once; False when nothing was there."""
        try:
            chunk = os.read(self._descriptor, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return False
        if not self._sink(chunk) and self._listening:
            self._listening = False
            self._loop.remove_reader(self._descriptor)
        return True


class HostProcess:
    """A running program; see the port's `Process`."""

    def __init__(self, tree: Tree, pid: int, handle: int) -> None:
        self.pid = pid
        self._tree = tree
        self._handle = handle
        self._readings: list[Reading] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._more = asyncio.Event()
        self._finished = True
        self._stdout: Reading | None = None
        self._stdin: int | None = None
        self._unwritten = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()
        self._closing = False
        self._tail = b""

    def remember(self, data: bytes) -> None:
        """Keep the end of what came on stderr."""
        self._tail = (self._tail + data[-_TAIL:])[-_TAIL:]

    def stderr_tail(self) -> bytes:
        """The last bytes of stderr; see the port."""
        return self._tail

    def record(self, descriptor: int, sink: Callable[[bytes], None], at_end: Callable[[], None]) -> None:
        """Send what comes out of a pipe to a sink."""

        def take(chunk: bytes) -> bool:
            sink(chunk)
            return True

        self._readings.append(Reading(descriptor, take, at_end))

    def offer(self, descriptor: int, watch: Callable[[bytes], None]) -> None:
        """Keep what comes out of a pipe for :meth:`read`, and no more than fits."""
        self._finished = False

        def take(chunk: bytes) -> bool:
            watch(chunk)
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._more.set()
            return self._size < _WAITING

        def at_end() -> None:
            self._finished = True
            self._more.set()

        self._stdout = Reading(descriptor, take, at_end)
        self._readings.append(self._stdout)

    def feed(self, descriptor: int) -> None:
        """Take the writing end of stdin."""
        os.set_blocking(descriptor, False)
        self._stdin = descriptor

    async def read(self) -> bytes:
        """The next chunk of stdout, b"" at its end."""
        while not self._chunks:
            if self._finished:
                return b""
            self._more.clear()
            await self._more.wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if self._stdout is not None:
            self._stdout.resume()
        return data

    async def write(self, data: bytes) -> None:
        """Write to stdin and wait until it is taken."""
        self.put(data)
        await self._writable.wait()

    def put(self, data: bytes) -> None:
        """Write to stdin without waiting."""
        if self._stdin is None or self._closing:
            return
        self._unwritten += data
        self._push()

    def close_stdin(self) -> None:
        """Close stdin after what was written."""
        self._closing = True
        if not self._unwritten:
            self._drop_stdin()

    def signal(self, number: int) -> None:
        """Send a signal to the process group."""
        if not self._tree.ended(self._handle):
            self._tree.signal(self.pid, number)

    async def wait(self) -> Exit:
        """The exit of the process itself; what it had put out until then is recorded before."""
        exit_ = await self._tree.exit(self._handle)
        # What the process wrote is in the pipes already; a grandchild that holds them is not waited for.
        for reading in self._readings:
            if reading is not self._stdout:
                for _ in range(64):
                    if not reading.open or not reading.step():
                        break
        return exit_

    @property
    def ended(self) -> bool:
        """Whether the process itself has ended."""
        return self._tree.ended(self._handle)

    def abandon(self) -> None:
        """Record what is left in the pipes and close them all."""
        self._drop_stdin()
        for reading in self._readings:
            reading.drain()

    def _push(self) -> None:
        if self._stdin is None:
            return
        loop = asyncio.get_running_loop()
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self._stdin, self._unwritten[:65536])]
        except BlockingIOError:
            if self._writable.is_set():
                self._writable.clear()
                loop.add_writer(self._stdin, self._push)
            return
        except OSError:
            self._unwritten.clear()
            self._closing = True
        if not self._writable.is_set():
            loop.remove_writer(self._stdin)
            self._writable.set()
        if self._closing:
            self._drop_stdin()

    def _drop_stdin(self) -> None:
        if self._stdin is not None:
            if not self._writable.is_set():
                asyncio.get_running_loop().remove_writer(self._stdin)
                self._writable.set()
            self._unwritten.clear()
            with contextlib.suppress(OSError):
                os.close(self._stdin)
            self._stdin = None


def output_pipe() -> tuple[int, int]:
    """A large pipe for output: (our reading end, non-blocking; the writing end)."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
    return reader, writer
