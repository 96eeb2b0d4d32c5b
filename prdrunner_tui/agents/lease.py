"""The lease: the file by which an agent host says what it is running, and whether that host still lives."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.agents.job import Isolation
from prdrunner_tui.agents.procs import boot_id, send_signal, start_ticks
from prdrunner_tui.kernel.values import CodecError
from prdrunner_tui.kernel.values import from_json as decode
from prdrunner_tui.kernel.values import to_json as encode

_NAME = "lease.json"


@dataclass(frozen=True, slots=True)
class Lease:
    """Who runs what: `started` is the host's start time in ticks, `socket` a file name in the job's directory,
    `since` the unix time. `keeper` is the process above the agent's tree, with its own start time."""

    pid: int
    started: int
    boot: str
    key: str
    attempt: int
    marker: str
    socket: str
    isolation: Isolation
    since: float
    keeper: int
    keeper_started: int


def alive(lease: Lease) -> bool:
    """Whether the very process that wrote the lease still lives (same boot, same start time)."""
    return lease.boot == boot_id() and start_ticks(lease.pid) == lease.started


def signal_host(lease: Lease, number: int) -> bool:
    """Signal the host if it is still that process; False when it is not."""
    return lease.boot == boot_id() and send_signal(lease.pid, lease.started, number)


def take_lease(directory: Path, lease: Lease) -> bool:
    """Write the lease unless there is one already: exactly one of several hosts gets True."""
    draft = directory / f".{_NAME}.{os.getpid()}"
    draft.write_text(json.dumps(encode(lease)), encoding="utf-8")
    try:
        os.link(draft, directory / _NAME)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def read_lease(directory: Path) -> Lease | None:
    """The lease in a job's directory; None when there is none or it cannot be read as one."""
    try:
        return decode(Lease, json.loads((directory / _NAME).read_bytes()))
    except (OSError, ValueError, CodecError):
        return None
