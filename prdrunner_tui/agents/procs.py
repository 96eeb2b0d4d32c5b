"""Facts about processes: who lives, since when, whose child, with which marker.

Linux reads /proc; elsewhere psutil answers (slower, and the environment only of one's own processes).
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Iterable

_LINUX = sys.platform == "linux"


@functools.cache
def boot_id() -> str:
    """A word that changes with each boot of the machine."""
    if _LINUX:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    import psutil

    return f"boot-{int(psutil.boot_time())}"


def start_ticks(pid: int) -> int | None:
    """When the process began (ticks since boot; milliseconds since 1970 without /proc); None when it is gone or a
    zombie."""
    if _LINUX:
        fields = _stat(pid)
        return None if fields is None or fields[0] in (b"Z", b"X") else int(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else int(process.create_time() * 1000)
    except psutil.Error:
        return None


def living() -> dict[int, int]:
    """All processes that are no zombies: pid -> parent's pid."""
    if _LINUX:
        found = {}
        with os.scandir("/proc") as entries:
            names = [entry.name for entry in entries if entry.name.isdigit()]
        for name in names:
            fields = _stat(int(name))
            if fields is not None and fields[0] not in (b"Z", b"X"):
                found[int(name)] = int(fields[1])
        return found
    import psutil

    return {
        p.pid: p.info["ppid"] or 0
        for p in psutil.process_iter(["ppid", "status"])
        if p.info["status"] != psutil.STATUS_ZOMBIE
    }


def groups() -> dict[int, int]:
    """All processes that are no zombies: pid -> process group."""
    if not _LINUX:
        return {pid: os.getpgid(pid) for pid in living()}
    every = {pid: _stat(pid) for pid in living()}
    return {pid: int(fields[2]) for pid, fields in every.items() if fields is not None}


def descendants(roots: Iterable[int], parents: dict[int, int]) -> set[int]:
    """All processes below the roots (without them)."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    todo = list(roots)
    while todo:
        for child in children.get(todo.pop(), ()):
            if child not in found:
                found.add(child)
                todo.append(child)
    return found


def carries(pid: int, name: str, value: str) -> bool:
    """Whether the process was started with the variable `name` set to `value`; False when that cannot be read."""
    if _LINUX:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return f"{name}={value}".encode() in file.read().split(b"\0")
        except OSError:
            return False
    import psutil

    try:
        found: bool = psutil.Process(pid).environ().get(name) == value
        return found
    except (psutil.Error, OSError):
        return False


def send_signal(pid: int, started: int | None, number: int) -> bool:
    """Signal a process only if it is still the one that began at `started`; True when the signal was sent.

    On Linux a pidfd is held while the check is made, so that a reused pid is never hit.
    """
    if started is None:
        return False
    try:
        if hasattr(os, "pidfd_open"):
            handle = os.pidfd_open(pid)
            try:
                if start_ticks(pid) != started:
                    return False
                signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)
        elif start_ticks(pid) == started:
            os.kill(pid, number)
        else:
            return False
    except OSError:
        return False
    return True


def _stat(pid: int) -> list[bytes] | None:
    """The fields of /proc/PID/stat from the state on, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return None
    fields = line[line.rfind(b")") + 2 :].split()
    return fields if len(fields) > 19 else None
