"""Writing small files of the person's: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from prdrunner_tui.text.problem import Problem

_AGAIN = "mend that, then do it again"


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Make a file that is not there yet, its directory too.

    Raises:
        Problem: there is one already (exit code 5), or it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700 if mode == 0o600 else 0o755, parents=True, exist_ok=True)
        draft = _draft(path, data, mode)
        try:
            # A link is refused where the name is taken; a rename would replace what is there.
            os.link(draft, path)
        finally:
            draft.unlink()
    except FileExistsError:
        raise Problem(
            "it is there already", where=str(path), hint="prdrunner profiles edit", code=5
        ) from None
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", where=str(path), hint=_AGAIN) from None


def replace(path: Path, data: bytes) -> None:
    """Put other bytes into a file; its mode stays, and a symbolic link still leads to it.

    Raises:
        Problem: it cannot be written.
    """
    try:
        real = path.resolve(strict=True)
        _draft(real, data, stat.S_IMODE(real.stat().st_mode)).replace(real)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", where=str(path), hint=_AGAIN) from None


def _draft(path: Path, data: bytes, mode: int) -> Path:
    """The bytes, on the disk, in a hidden file beside the path. Raises OSError."""
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
