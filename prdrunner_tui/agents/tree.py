"""The host's side of the keeper: starting the keeper, programs under it, and ending the whole tree."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal

from prdrunner_tui.agents.frames import FrameBuffer, receive_frame, send_frame
from prdrunner_tui.agents.isolation import enter_new_namespaces
from prdrunner_tui.agents.job import Isolation
from prdrunner_tui.agents.keeper import keep
from prdrunner_tui.agents.procs import start_ticks
from prdrunner_tui.agents.sandbox import Wrapped
from prdrunner_tui.agents.sweep import sweep
from prdrunner_tui.workers.port import Exit, SpawnFailed

_LINUX = sys.platform == "linux"


class Tree:
    """The process tree of one job. Made before the loop runs; :meth:`attach` joins it to the loop.

    Attributes:
        isolation: what holds the tree, "pidns" or "subreaper".
        keeper, keeper_started: the keeper's pid and start time.
        lost: set when the keeper is gone.
        crowd: set to the count when the tree has more processes than it may.
    """

    def __init__(self, *, isolate: Literal["auto", "none"], marker: str, pids: int | None) -> None:
        self._marker = marker
        self._buffer = FrameBuffer()
        self._next = 0
        self._spawning: dict[int, asyncio.Future[int]] = {}
        self._exits: dict[int, asyncio.Future[Exit]] = {}
        self._sweeping: asyncio.Future[int] | None = None
        self.on_crowd: Callable[[int], None] = lambda count: None
        self.on_lost: Callable[[], None] = lambda: None
        self.lost = False
        self._over = False
        self.isolation: Isolation = "subreaper"
        started = _start_in_namespace(marker, pids) if isolate == "auto" and _LINUX else None
        if started is not None:
            self.isolation = "pidns"
        else:
            started = _start_plain(marker, pids)
        self.keeper, self._channel = started
        self.keeper_started = start_ticks(self.keeper) or 0

    def attach(self) -> None:
        """Listen to the keeper on the running loop."""
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._listen)

    async def spawn(
        self,
        program: Wrapped,
        *,
        cwd: str,
        env: Mapping[str, str],
        descriptors: tuple[int, int, int],
        sandboxed: bool = False,
    ) -> tuple[int, int]:
        """Start a program with these as stdin, stdout and stderr; returns (handle, pid).

        `sandboxed`: it is bubblewrap, which shall not take the signals that are for the agent in it.

        Raises:
            SpawnFailed: it cannot be started.
        """
        loop = asyncio.get_running_loop()
        self._next += 1
        handle = self._next
        self._spawning[handle] = loop.create_future()
        self._exits[handle] = loop.create_future()
        order = {"order": "spawn", "id": handle, "argv": list(program.argv), "cwd": cwd, "env": dict(env)}
        if sandboxed:
            order |= {"sandboxed": True, "files": [list(file) for file in program.files]}
        try:
            send_frame(self._channel, order, descriptors)
        except OSError:
            self._lose()
        return handle, await self._spawning[handle]

    async def exit(self, handle: int) -> Exit:
        """The exit of a program, as soon as it is there."""
        return await asyncio.shield(self._exits[handle])

    def ended(self, handle: int) -> bool:
        """Whether the program has ended."""
        return self._exits[handle].done()

    def signal(self, pid: int, number: int) -> None:
        """Signal the process group of a program that still runs."""
        self._order({"order": "signal", "pid": pid, "number": number})

    async def end(self, grace: float) -> int:
        """End every process of the tree (TERM, `grace` seconds, KILL) and then the keeper; returns how many there
        were."""
        killed = 0
        if not self.lost:
            self._sweeping = asyncio.get_running_loop().create_future()
            self._order({"order": "sweep", "grace": grace})
            try:
                async with asyncio.timeout(grace + 8.0):
                    killed = await self._sweeping
            except TimeoutError:
                pass
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        self.lost = True
        killed += self.end_now()
        return killed

    def end_now(self) -> int:
        """End keeper and tree by force from this process; blocks. Returns how many processes were left. Idempotent."""
        if self._over:
            return 0
        self._over = True
        self._channel.close()
        try:
            os.kill(self.keeper, signal.SIGKILL)
            os.waitpid(self.keeper, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        if self.isolation == "pidns":
            # The kernel has ended the whole namespace before process 1 of it could be collected.
            return 0
        return sweep(self._marker, root=os.getpid())

    def _order(self, order: dict[str, Any]) -> None:
        if not self.lost:
            try:
                send_frame(self._channel, order)
            except OSError:
                self._lose()

    def _listen(self) -> None:
        try:
            chunk = self._channel.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._lose()
            return
        for event in self._buffer.feed(chunk):
            self._hear(event)

    def _hear(self, event: dict[str, Any]) -> None:
        what = event["event"]
        if what == "spawned":
            self._spawning[event["id"]].set_result(event["pid"])
        elif what == "failed":
            self._spawning[event["id"]].set_exception(SpawnFailed(event["why"]))
        elif what == "exit":
            code = event["code"]
            self._settle(event["id"], Exit(code=code) if code >= 0 else Exit(signal=-code))
        elif what == "swept" and self._sweeping is not None and not self._sweeping.done():
            self._sweeping.set_result(event["killed"])
        elif what == "crowd":
            self.on_crowd(event["count"])

    def _settle(self, handle: int, exit_: Exit) -> None:
        if not self._exits[handle].done():
            self._exits[handle].set_result(exit_)

    def _lose(self) -> None:
        if self.lost:
            return
        self.lost = True
        self.on_lost()
        asyncio.get_running_loop().remove_reader(self._channel)
        for future in self._spawning.values():
            if not future.done():
                future.set_exception(SpawnFailed("the keeper of the process tree is gone"))
        for handle in self._exits:
            self._settle(handle, Exit(signal=signal.SIGKILL))
        if self._sweeping is not None and not self._sweeping.done():
            self._sweeping.set_result(0)


def _start_plain(marker: str, pids: int | None) -> tuple[int, socket.socket]:
    ours, theirs = socket.socketpair()
    host = os.getpid()
    pid = os.fork()
    if pid == 0:
        ours.close()
        keep(theirs, isolation="subreaper", marker=marker, pids=pids, host=host)
    theirs.close()
    if _greet(ours) is None:
        raise OSError("the keeper of the process tree did not start")
    return pid, ours


def _start_in_namespace(marker: str, pids: int | None) -> tuple[int, socket.socket] | None:
    """A keeper that is process 1 of a new namespace, or None where that is not to be had.

    A process between makes the namespaces, so that this one stays where it is; it ends before the keeper asks to
    die with its parent, which then is this process (a subreaper).
    """
    ours, theirs = socket.socketpair()
    host = os.getpid()
    between = os.fork()
    if between == 0:
        ours.close()
        try:
            enter_new_namespaces()
            pid = os.fork()
            if pid == 0:
                keep(theirs, isolation="pidns", marker=marker, pids=pids, host=host)
            send_frame(theirs, {"event": "forked", "pid": pid})
        except OSError as error:
            os.write(2, f"no pid namespace: {error}\n".encode())
        finally:
            os._exit(0)
    theirs.close()
    os.waitpid(between, 0)
    try:
        forked = receive_frame(ours)
        ready = _greet(ours) if forked is not None else None
    except OSError:
        forked = ready = None
    if forked is None or ready is None:
        ours.close()
        if forked is not None:
            os.waitpid(forked[0]["pid"], 0)
        return None
    return forked[0]["pid"], ours


def _greet(channel: socket.socket) -> dict[str, Any] | None:
    """Tell the keeper to begin; its answer if it is ready."""
    send_frame(channel, {"order": "begin"})
    answer = receive_frame(channel)
    if answer is None or answer[0]["event"] != "ready":
        if answer is not None:
            os.write(2, f"{answer[0].get('why')}\n".encode())
        return None
    return answer[0]
