"""Who is at the other end of the control socket, by what the kernel says."""

from __future__ import annotations

import os
import pwd
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from prdrunner_tui.agents.job import MARKER
from prdrunner_tui.kernel.state import Actor

_CREDENTIALS = struct.Struct("3i")


def peer(connection: socket.socket) -> tuple[int, int]:
    """The (pid, uid) of the other end; pid 0 where the system does not tell."""
    if hasattr(socket, "SO_PEERCRED"):
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _ = _CREDENTIALS.unpack(data)
        return pid, uid
    return 0, os.getuid()


def actor(uid: int) -> Actor:
    """The person of a uid."""
    try:
        return Actor("person", pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Actor("person", f"uid {uid}")


def inside_agent(pid: int) -> bool:
    """Whether a process, or one of its ancestors, belongs to an agent's tree.

    This keeps an agent from deciding by accident. It is no fence against one that means it: such an agent needs a
    sandbox that hides the socket.
    """
    marker = f"{MARKER}=".encode()
    return any(marker in b"\0" + _environment(ancestor) for ancestor in _ancestors(pid))


def _ancestors(pid: int) -> Iterator[int]:
    seen = 0
    while pid > 1 and seen < 64:
        yield pid
        seen += 1
        try:
            status = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return
        pid = int(status[status.rindex(b")") + 2 :].split()[1])


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
