"""Connecting to a Unix socket whose path may be longer than the 107 bytes a socket address holds."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

_LONGEST = 100
_LINUX = sys.platform == "linux"


async def connect(
    directory: Path, name: str, *, limit: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Streams to the socket `name` in `directory`; `limit` is the longest line that can be read.

    Raises:
        OSError: nobody listens there.
    """
    path = directory / name
    if len(os.fsencode(path)) <= _LONGEST:
        return await asyncio.open_unix_connection(str(path), limit=limit)
    if _LINUX:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return await asyncio.open_unix_connection(f"/proc/self/fd/{handle}/{name}", limit=limit)
        finally:
            os.close(handle)
    with tempfile.TemporaryDirectory(prefix="prd", dir="/tmp") as short:
        link = Path(short) / "d"
        link.symlink_to(directory.absolute())
        return await asyncio.open_unix_connection(str(link / name), limit=limit)
