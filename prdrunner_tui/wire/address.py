"""The address of a control socket, which has room for 107 bytes only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_ROOM = 107


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name by which ``path`` can be bound or connected to now, however long it is.

    A long one is reached through the directory's descriptor in ``/proc``, or, where there is none, from inside it.
    """
    if len(os.fsencode(path)) <= _ROOM:
        yield str(path)
        return
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if Path("/proc/self/fd").is_dir():
            yield f"/proc/self/fd/{parent}/{path.name}"
            return
        here = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fchdir(parent)
            yield path.name
        finally:
            os.fchdir(here)
            os.close(here)
    finally:
        os.close(parent)
