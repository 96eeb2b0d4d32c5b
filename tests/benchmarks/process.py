"""What processes cost, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

from tests.processes import family, stat_fields

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Seconds of processor of a process and its family: running threads in nanoseconds, ended children in ticks."""
    total = 0.0
    for one in family(pid):
        try:
            total += sum(map(int, stat_fields(one)[13:15])) / _TICKS
            total += sum(
                int(stat.read_text().split()[0]) / 1e9
                for stat in Path(f"/proc/{one}/task").glob("*/schedstat")
            )
        except OSError:
            continue
    return total


def own_cpu_seconds(pid: int) -> float:
    """Seconds of processor of one process, ended threads included; 10 ms steps."""
    return sum(map(int, stat_fields(pid)[11:13])) / _TICKS


def resident(pid: int) -> int:
    """Bytes of a process and its family that are in memory."""
    total = 0
    for one in family(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE
        except OSError:
            continue
    return total
