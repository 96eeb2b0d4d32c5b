"""Which processes there are and how they are, from /proc."""

from __future__ import annotations

import contextlib
from pathlib import Path


def stat_fields(pid: int) -> list[str]:
    """What the kernel tells of a process after its name: the state in one letter, then numbers.

    Raises:
        OSError: there is none.
    """
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def state_of(pid: int) -> str:
    """The state of a process in one letter: ``T`` is stopped, ``Z`` ended and not asked for."""
    return stat_fields(pid)[0]


def lives(pid: int) -> bool:
    """Whether a process is there and not only a zombie."""
    with contextlib.suppress(OSError):
        return state_of(pid) not in "ZX"
    return False


def children_of(pid: int) -> list[int]:
    """The children of all threads of a process; none where it is gone."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, children.read_text().split())
    return found


def child_of(pid: int) -> int:
    """The one child of a process."""
    (child,) = children_of(pid)
    return child


def family(pid: int) -> list[int]:
    """A process and those that descend from it."""
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children_of(found[-1])
    return found
