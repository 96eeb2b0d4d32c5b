"""Ending every process of a tree, to a fixpoint, also those that fled into sessions of their own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection

from prdrunner_tui.agents.job import MARKER
from prdrunner_tui.agents.procs import carries, descendants, living, send_signal, start_ticks

_PAUSE = 0.005


def victims(marker: str, *, root: int | None, spare: Collection[int] = ()) -> dict[int, int]:
    """The processes below `root` and all that carry the marker, without `spare` and this process: pid -> start."""
    parents = living()
    found = descendants([root], parents) if root is not None else set()
    found |= {pid for pid in parents if pid not in found and carries(pid, MARKER, marker)}
    found -= {os.getpid(), *spare}
    return {pid: started for pid in found if (started := start_ticks(pid)) is not None}


def sweep(
    marker: str,
    *,
    root: int | None,
    spare: Collection[int] = (),
    grace: float = 0.0,
    timeout: float = 5.0,
    collect: Callable[[], object] | None = None,
) -> int:
    """End all victims: TERM and up to `grace` seconds, then stop and kill until none is left or `timeout` is over.

    `collect` reaps this process's children on the way; the default does where `root` is this process. Returns how
    many processes were there.
    """
    collect = collect or (reap if root == os.getpid() else list)
    seen: set[tuple[int, int]] = set()
    first = victims(marker, root=root, spare=spare)
    seen.update(first.items())
    if first and grace > 0:
        for pid, started in first.items():
            send_signal(pid, started, signal.SIGTERM)
        until = time.monotonic() + grace
        while time.monotonic() < until and victims(marker, root=root, spare=spare):
            collect()
            time.sleep(_PAUSE)
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        collect()
        left = victims(marker, root=root, spare=spare)
        if not left:
            break
        # Stopped processes cannot fork, so that a tree that grows faster than it is killed still ends.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid, started in left.items():
                send_signal(pid, started, number)
        seen.update(left.items())
        time.sleep(_PAUSE)
    collect()
    return len(seen)


def reap() -> list[tuple[int, int]]:
    """Collect all children that ended: (pid, wait status)."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, status))
