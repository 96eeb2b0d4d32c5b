"""The result file of a job: written once, atomically and durably; the truth about how a job ended."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import time
from pathlib import Path

from prdrunner_tui.agents.job import JobResult, OutputStats
from prdrunner_tui.agents.lease import Lease
from prdrunner_tui.agents.procs import boot_id, send_signal, start_ticks
from prdrunner_tui.agents.sweep import sweep
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.values import CodecError
from prdrunner_tui.workers.updates import UsageReported

_NAME = "result.json"
_KEEPER_TIME = 6.0


def segment_path(directory: Path) -> Path:
    """The name (without suffix) of the segment that holds the job's output."""
    return directory / "output"


def read_result(directory: Path) -> JobResult | None:
    """The result in a job's directory, or None."""
    try:
        return JobResult.from_json(json.loads((directory / _NAME).read_bytes()))
    except (OSError, ValueError, CodecError):
        return None


def readable(result: JobResult) -> JobResult:
    """The result without the figures that no reader would take back: what an agent claims must not lose its turn."""
    if _is_read(result):
        return result
    without_usage = dataclasses.replace(result, usage=None)
    for less in (without_usage, dataclasses.replace(without_usage, retry_at=None, session=None)):
        if _is_read(less):
            return less
    return JobResult(result.key, result.attempt, result.outcome, result.reason)


def _is_read(result: JobResult) -> bool:
    try:
        JobResult.from_json(json.loads(json.dumps(result.to_json(), allow_nan=False)))
    except ValueError:
        return False
    return True


def write_result(directory: Path, result: JobResult) -> None:
    """Write the result so that a reader sees all of it or nothing, also after a power cut.

    Figures that could not be read back are left out: a result that nobody reads counts as a host that died.

    Raises:
        OSError: the disk refuses.
    """
    draft = directory / f".{_NAME}.{os.getpid()}"
    try:
        with draft.open("w", encoding="utf-8", errors="replace") as file:
            json.dump(readable(result).to_json(), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / _NAME)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lost_result(
    directory: Path, key: str, attempt: int, lease: Lease | None, usage: UsageReported | None = None
) -> JobResult:
    """End what a dead host left (its keeper and all that carries its marker) and write the result "lost".

    Blocks for some milliseconds, at worst for five seconds. A result that appeared meanwhile wins.

    Args:
        usage: what the host told of it last: it was used, whoever died.
    """
    killed = 0
    if lease is not None:
        keeper: int | None = None
        if lease.boot == boot_id():
            # The keeper ends its tree when its host dies, also what hides from the marker; it gets the time for that.
            until = time.monotonic() + _KEEPER_TIME
            while (left := start_ticks(lease.keeper) == lease.keeper_started) and time.monotonic() < until:
                time.sleep(0.005)
            keeper = lease.keeper if left else None
        killed = sweep(lease.marker, root=keeper)
        if keeper is not None:
            send_signal(keeper, lease.keeper_started, signal.SIGKILL)
    found = read_result(directory)
    if found is not None:
        return found
    log = SegmentReader(segment_path(directory))
    kept = log.content()
    result = JobResult(
        key=key,
        attempt=attempt,
        outcome="lost",
        reason="the machine restarted" if lease is not None and lease.boot != boot_id() else "host died",
        started=lease.since if lease is not None else 0.0,
        ended=time.time(),
        output=OutputStats(len(kept), len(kept), False, kept.count(b"\n")),
        survivors_killed=killed,
        isolation=lease.isolation if lease is not None else None,
        usage=usage,
    )
    write_result(directory, result)
    return result
