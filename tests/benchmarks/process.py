"""What processes cost, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and those that descend from it."""
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                left += map(int, children.read_text().split())
            except OSError:
                continue
    return found


def cpu_seconds(pid: int) -> float:
    """Seconds of processor of a process and its family: running threads in nanoseconds, ended children in ticks."""
    total = 0.0
    for one in family(pid):
        try:
            ended = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[13:15]
            total += sum(map(int, ended)) / _TICKS
            total += sum(
                int(stat.read_text().split()[0]) / 1e9
                for stat in Path(f"/proc/{one}/task").glob("*/schedstat")
            )
        except OSError:
            continue
    return total


def own_cpu_seconds(pid: int) -> float:
    """Seconds of processor of one process, ended threads included; 10 ms steps."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:13])) / _TICKS


def resident(pid: int) -> int:
    """Bytes of a process and its family that are in memory."""
    total = 0
    for one in family(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE
        except OSError:
            continue
    return total


def named(words: str) -> list[int]:
    """Processes in whose command line words stand."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if words in line:
                found.append(int(folder.name))
    return found
