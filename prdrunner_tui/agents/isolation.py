"""Linux calls that Python 3.11 does not offer: namespaces, mounts, process control. Elsewhere they do nothing."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_NEWNS, _NEWUSER, _NEWPID = 0x00020000, 0x10000000, 0x20000000
_MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 16384, 1 << 18, 2, 4, 8
_PDEATHSIG, _DUMPABLE, _SUBREAPER = 1, 4, 36


def become_subreaper() -> None:
    """Let orphans of this process's tree become its children."""
    _prctl(_SUBREAPER, 1)


def die_with_parent(number: int) -> None:
    """Have the kernel send this process a signal when the thread that is its parent ends."""
    _prctl(_PDEATHSIG, number)


def close_memory() -> None:
    """Keep other processes of this user from reading what this one holds in memory; what it executes is open again."""
    _prctl(_DUMPABLE, 0)


def enter_new_namespaces() -> None:
    """Give this process's next child a pid namespace of its own, in a mount namespace of its own.

    Root needs no user namespace; anybody else gets one that maps his own uid and gid to themselves, so that
    the agent sees the same user.

    Raises:
        OSError: the system does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _call("unshare", _NEWPID | _NEWNS)
        return
    _call("unshare", _NEWUSER | _NEWPID | _NEWNS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def mount_own_proc() -> None:
    """Show this pid namespace in /proc, for this mount namespace only.

    Raises:
        OSError: the system does not allow it (a container that hides parts of /proc, a security module).
    """
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    _call("mount", b"proc", b"/proc", b"proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, None)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _call("prctl", option, ctypes.c_ulong(value), 0, 0, 0)


def _call(name: str, *arguments: object) -> None:
    if sys.platform != "linux":
        raise OSError(f"{name} is not there on this system")
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
