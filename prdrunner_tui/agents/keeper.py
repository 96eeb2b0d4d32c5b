"""The keeper: the process above a job's tree. It starts programs for the host, reaps, and ends the tree.

In a pid namespace it is process 1: whatever ends it ends the tree, by the kernel's hand. Without one it is a
subreaper. It is forked from the host, has no threads and no loop, and lives as long as the host's end of
its channel is open: when the host dies, by kill -9 too, the tree is ended.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from prdrunner_tui.agents.frames import receive_frame, send_frame
from prdrunner_tui.agents.isolation import become_subreaper, close_memory, die_with_parent, mount_own_proc
from prdrunner_tui.agents.job import Isolation
from prdrunner_tui.agents.procs import groups, living
from prdrunner_tui.agents.sweep import reap, sweep, victims

_LOOK = 0.25
"""Seconds between two counts of the tree."""
_KILL_TIMEOUT = 5.0
_LINUX = sys.platform == "linux"


def keep(
    channel: socket.socket, *, isolation: Isolation, marker: str, pids: int | None, host: int
) -> NoReturn:
    """Be the keeper until the host lets go; never returns."""
    try:
        first = receive_frame(channel)
        if first is None:
            os._exit(0)
        try:
            if isolation == "pidns":
                die_with_parent(signal.SIGKILL)
                mount_own_proc()
            else:
                become_subreaper()
            # Forked from the host, it still holds the job with its secrets, and an agent may read its parent.
            close_memory()
        except OSError as error:
            send_frame(channel, {"event": "unavailable", "why": str(error)})
            os._exit(0)
        _Keeper(channel, isolation, marker, pids, host).serve()
    except BaseException as error:  # noqa: BLE001 - the tree must end whatever happened
        with contextlib.suppress(OSError):
            os.write(2, f"keeper: {type(error).__name__}: {error}\n".encode())
    os._exit(0)


class _Keeper:
    def __init__(
        self, channel: socket.socket, isolation: Isolation, marker: str, pids: int | None, host: int
    ) -> None:
        self._channel = channel
        self._isolation = isolation
        self._marker = marker
        self._pids = pids
        self._host = host
        self._running: dict[int, int] = {}
        self._sandboxed: set[int] = set()
        self._told_pids = False

    def serve(self) -> None:
        """Answer the host until it closes the channel, then end the tree."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._limit_processes()
        send_frame(self._channel, {"event": "ready"})
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(reader, select.POLLIN)
        try:
            while True:
                watched = self._running and self._pids is not None
                ready = {fd for fd, _ in poll.poll(_LOOK * 1000 if watched else None)}
                if reader in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(reader, 4096)
                self._reap()
                if self._channel.fileno() in ready:
                    frame = receive_frame(self._channel)
                    if frame is None:
                        return
                    self._obey(*frame)
                if watched:
                    self._count()
        except OSError:
            return
        finally:
            self._end_tree(0.0)

    def _limit_processes(self) -> None:
        if self._pids is None:
            return
        if os.geteuid() != 0:
            base = 0 if self._isolation == "pidns" else _processes_of_user()
            _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
            wanted = base + self._pids
            limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
        elif self._isolation == "pidns" and _kernel() >= (6, 14):
            # Since Linux 6.14 pid_max belongs to the pid namespace; older kernels have one for the machine.
            with contextlib.suppress(OSError), open("/proc/sys/kernel/pid_max", "w") as file:
                file.write(str(max(self._pids, 301) + 300))

    def _obey(self, order: dict[str, Any], descriptors: list[int]) -> None:
        what = order["order"]
        if what == "spawn":
            self._spawn(order, descriptors)
        elif what == "signal":
            if order["pid"] in self._running:
                self._signal(order["pid"], order["number"])
        elif what == "sweep":
            killed = self._end_tree(float(order["grace"]))
            self._tell({"event": "swept", "killed": killed})

    def _signal(self, leader: int, number: int) -> None:
        """Signal the process group of a program.

        Bubblewrap stands before the agent and would die of what the agent may want to answer: it is spared.
        """
        members = [leader]
        if leader in self._sandboxed and number != signal.SIGKILL:
            members = [pid for pid, group in groups().items() if group == leader and pid != leader]
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                (os.killpg if pid == leader else os.kill)(pid, number)

    def _spawn(self, order: dict[str, Any], descriptors: list[int]) -> None:
        stdin, stdout, stderr = descriptors
        files: list[int] = []
        try:
            for position, path in order.get("files", ()):
                files.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
                order["argv"][position] = str(files[-1])
            process = subprocess.Popen(
                order["argv"],
                pass_fds=files,
                cwd=order["cwd"],
                env=order["env"],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._tell({"event": "failed", "id": order["id"], "why": _why(error, order)})
        else:
            # The keeper reaps all its children itself; Popen shall neither wait nor warn.
            process.returncode = 0
            self._running[process.pid] = order["id"]
            if order.get("sandboxed"):
                self._sandboxed.add(process.pid)
            self._tell({"event": "spawned", "id": order["id"], "pid": process.pid})
        finally:
            for descriptor in [*descriptors, *files]:
                os.close(descriptor)

    def _reap(self) -> None:
        for pid, status in reap():
            self._exited(pid, status)

    def _exited(self, pid: int, status: int) -> None:
        self._sandboxed.discard(pid)
        number = self._running.pop(pid, None)
        if number is not None:
            code = os.waitstatus_to_exitcode(status)
            self._tell({"event": "exit", "id": number, "code": code})

    def _count(self) -> None:
        assert self._pids is not None
        count = len(self._others())
        if count > self._pids and not self._told_pids:
            self._told_pids = True
            self._tell({"event": "crowd", "count": count})

    def _others(self) -> set[int]:
        if self._isolation == "pidns":
            return set(living()) - {1}
        return set(victims(self._marker, root=os.getpid(), spare=(self._host,)))

    def _end_tree(self, grace: float) -> int:
        """End all but this process; returns how many there were."""
        if self._isolation != "pidns":
            return sweep(self._marker, root=os.getpid(), spare=(self._host,), grace=grace, collect=self._reap)
        count = len(self._others())
        if count and grace > 0:
            _kill_all(signal.SIGTERM)
            until = time.monotonic() + grace
            while time.monotonic() < until and self._others():
                self._reap()
                time.sleep(0.005)
        until = time.monotonic() + _KILL_TIMEOUT
        while time.monotonic() < until:
            _kill_all(signal.SIGKILL)
            self._reap()
            if not self._others():
                break
            time.sleep(0.002)
        return count

    def _tell(self, event: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            send_frame(self._channel, event)


def _kill_all(number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(-1, number)


def _why(error: Exception, order: dict[str, Any]) -> str:
    program = str(order["argv"][0])
    if isinstance(error, FileNotFoundError):
        missing = order["cwd"] if not Path(order["cwd"]).is_dir() else error.filename or program
        return f"{missing}: no such file"
    if isinstance(error, PermissionError):
        return f"{program}: not allowed to run"
    return f"{program}: {error.strerror or error}" if isinstance(error, OSError) else f"{program}: {error}"


def _kernel() -> tuple[int, int]:
    if not _LINUX:
        return (0, 0)
    major, minor, *_ = os.uname().release.split(".")
    return (int(major), int("".join(c for c in minor if c.isdigit()) or 0))


def _processes_of_user() -> int:
    """Threads and processes that already count for this user, as far as one can see."""
    user, count = os.getuid(), 0
    if _LINUX:
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and process.stat().st_uid == user:
                    count += len(list((process / "task").iterdir()))
        return count
    return sum(1 for _ in living())
