"""Whether a failure comes from a full disk; told in place of what sqlite or a vanished engine say of it."""

from __future__ import annotations

from prdrunner_tui.text.problem import Problem

_NOTHING_LEFT = 128 * 1024
"""Bytes below which neither a database nor the engine's own log can be written."""


def no_room(code: int) -> Problem | None:
    """The problem of a full disk below the state directory, or None when there is room."""
    import shutil

    from prdrunner_tui.repo.rundir import state_root

    root = state_root()
    try:
        there = next(folder for folder in (root, *root.parents) if folder.exists())
        free = shutil.disk_usage(there).free
    except OSError:
        return None
    if free >= _NOTHING_LEFT:
        return None
    hint = "make room, then: prdrunner resume"
    return Problem("the disk of the state directory is full", where=str(root), hint=hint, code=code)
