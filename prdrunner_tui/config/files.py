"""Reading small files that somebody else may have put there, and writing them whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.units import size

CONFIG_CAP = 1 << 20
"""Bytes of a configuration file."""


def read_text_file(path: Path, cap: int = CONFIG_CAP, *, name: str = "") -> bytes | None:
    """The bytes of a regular file; None when there is none.

    Opened without blocking, so that a FIFO or a device never makes us wait; symbolic links are followed, what
    counts is what they lead to.

    Raises:
        Problem: not a regular file, larger than `cap`, or not readable.
    """
    shown = name or str(one_line(os.fsencode(path), 200))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Problem(f"cannot be read: {reason}", where=shown, hint="check its permissions") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Problem("is not a regular file", where=shown, hint="remove it or put a file there")
        if found.st_size > cap:
            raise Problem(f"has {size(found.st_size)}", where=shown, hint=f"at most {size(cap)} are read")
        data = bytearray()
        while len(data) <= cap and (chunk := os.read(descriptor, 65536)):
            data += chunk
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", where=shown) from error
    finally:
        os.close(descriptor)
    if len(data) > cap:
        raise Problem(f"has more than {size(cap)}", where=shown, hint="make it smaller")
    return bytes(data)


def draft_of(path: Path, data: bytes, mode: int) -> Path:
    """A hidden file beside a path that holds the bytes, on the disk: to be linked or renamed to the path.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    return draft
