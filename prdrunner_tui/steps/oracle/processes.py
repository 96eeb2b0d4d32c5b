"""I8 and I9: no process without an open step; one engine a repository, one agent a workspace."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.agents.job import MARKER
from prdrunner_tui.agents.lease import Lease, alive, read_lease
from prdrunner_tui.agents.procs import living, start_ticks
from prdrunner_tui.kernel.state import RUN_ENDED, RunState
from prdrunner_tui.steps.oracle.violation import Violation

SETTLE_SECONDS = 2.0
"""How long the processes of a step may take to be gone after its end."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the engine lock: ``pid`` is 0 where that cannot be told."""

    pid: int
    alive: bool


def lock_owner(lock: Path) -> Owner | None:
    """Who holds the engine lock, found without touching it; ``None`` when nobody does."""
    try:
        found = lock.stat()
        written = lock.read_text("utf-8", "replace").strip()
    except OSError:
        return None
    told = int(written) if written.isdigit() else 0
    if sys.platform != "linux":
        return Owner(told, True) if told and start_ticks(told) is not None else None
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if "FLOCK" not in fields or len(fields) < 8 or fields[1] != "FLOCK":
            continue
        major, minor, inode = fields[5].split(":")
        device = os.makedev(int(major, 16), int(minor, 16))
        holder = int(fields[4])
        # Some file systems show another device number in /proc/locks than stat does.
        if int(inode) == found.st_ino and (device == found.st_dev or holder == told):
            return Owner(holder, holder <= 0 or start_ticks(holder) is not None)
    return None


def check_owner(lock: Path) -> list[Violation]:
    """The lock is held by an engine that lives, or by nobody (I9)."""
    owner = lock_owner(lock)
    if owner is None or owner.alive:
        return []
    return [
        Violation(
            "I9", f"{lock.name} is held, but its engine, pid {owner.pid}, is gone", "a lock goes with it"
        )
    ]


def leases_of(jobs: Path) -> list[Lease]:
    """The leases of a run's jobs."""
    folders = sorted(jobs.iterdir()) if jobs.is_dir() else []
    return [lease for folder in folders if (lease := read_lease(folder)) is not None]


def check_processes(jobs: Path, state: RunState) -> list[Violation]:
    """No agent host and no process of its tree outlives its step (I8); no two agents in one workspace (I9)."""
    leases = leases_of(jobs)
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        found = [*_outlived(leases, state), *_shared(leases)]
        if not found or time.monotonic() >= until:
            return found
        time.sleep(0.02)


def marked(leases: list[Lease]) -> dict[str, list[int]]:
    """The living processes that carry a lease's marker, by marker."""
    known = {lease.marker for lease in leases}
    found: dict[str, list[int]] = {}
    for pid in living() if known else ():
        marker = _marker_of(pid)
        if marker in known:
            found.setdefault(marker, []).append(pid)
    return found


def _marker_of(pid: int) -> str:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ""
    start = f"{MARKER}=".encode()
    found = next((part for part in environ.split(b"\0") if part.startswith(start)), b"")
    return os.fsdecode(found[len(start) :])


def _outlived(leases: list[Lease], state: RunState) -> Iterator[Violation]:
    over = [lease for lease in leases if not _is_open(lease.key, state)]
    carriers = marked(over)
    for lease in over:
        if alive(lease):
            yield Violation("I8", f"agent host {lease.pid} of {lease.key} lives", "it ends with its step")
        if lease.keeper_started and start_ticks(lease.keeper) == lease.keeper_started:
            yield Violation("I8", f"keeper {lease.keeper} of {lease.key} lives", "it ends with its step")
        for pid in carriers.get(lease.marker, ()):
            yield Violation("I8", f"process {pid} of {lease.key} lives", "it ends with its step")


def _is_open(key: str, state: RunState) -> bool:
    """Whether the effect that a job belongs to is under way."""
    if state.run is None or state.run.status in RUN_ENDED - {"stopped"}:
        return False
    wanted = (effect.key for effect in state.effects() if effect.status == "intended")
    return any(key == effect or key.startswith(f"{effect}/") for effect in wanted)


def _shared(leases: list[Lease]) -> Iterator[Violation]:
    agents: dict[str, list[Lease]] = {}
    for lease in leases:
        parts = lease.key.split("/")
        if len(parts) == 4 and parts[3].startswith("turn") and alive(lease):
            agents.setdefault(parts[0], []).append(lease)
    for phase, live in agents.items():
        if len(live) > 1:
            keys = ", ".join(lease.key for lease in live)
            yield Violation("I9", f"{len(live)} agents in the workspace of {phase}: {keys}", "one")
