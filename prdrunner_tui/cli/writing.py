"""Writing small files of the person's: whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from prdrunner_tui.config.files import draft_of
from prdrunner_tui.text.problem import Problem

_AGAIN = "mend that, then do it again"


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Make a file that is not there yet, its directory too.

    Raises:
        Problem: there is one already (exit code 5), or it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700 if mode == 0o600 else 0o755, parents=True, exist_ok=True)
        draft = draft_of(path, data, mode)
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
        draft_of(real, data, stat.S_IMODE(real.stat().st_mode)).replace(real)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", where=str(path), hint=_AGAIN) from None
