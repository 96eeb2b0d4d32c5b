"""The edits of a recording: inside the workspace and nowhere else."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.port import Edited


def apply_edit(workspace: Path, fields: Mapping[str, Any], where: str) -> Edited:
    """Make one edit: `write`, `replace`/`with`, `delete` or `mode` (octal text).

    Raises:
        Problem: the path leads out of the workspace, the text to replace is not there exactly once, or the edit
            says nothing.
        OSError: the file system refuses.
    """
    path = _inside(workspace, fields["path"], where)
    before = path.read_bytes() if path.is_file() else b""
    existed = path.is_file()
    if fields.get("delete"):
        if not existed:
            raise Problem(f"there is no {fields['path']} to delete", where=where)
        path.unlink()
        return _edited(fields["path"], "deleted", before, b"")
    if "write" in fields:
        after = fields["write"].encode()
    elif "replace" in fields:
        old, new = fields["replace"].encode(), fields.get("with", "").encode()
        if before.count(old) != 1:
            raise Problem(
                f"the text to replace is {before.count(old)} times in {fields['path']}", where=where
            )
        after = before.replace(old, new)
    elif "mode" in fields:
        after = before
    else:
        raise Problem("an edit needs write, replace, delete or mode", where=where)
    if after != before or not existed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after)
    if "mode" in fields:
        try:
            path.chmod(int(fields["mode"], 8) & 0o777)
        except ValueError:
            raise Problem(f"mode {fields['mode'][:20]!r} is not octal", where=where) from None
    if not existed:
        return _edited(fields["path"], "added", before, after)
    return _edited(fields["path"], "changed" if after != before else "mode", before, after)


def _inside(workspace: Path, given: str, where: str) -> Path:
    path = PurePosixPath(given)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in given:
        raise Problem(f"{given[:80]!r} is not a path inside the workspace", where=where)
    target = workspace / path
    root = workspace.resolve()
    if target.is_symlink() or not target.parent.resolve().is_relative_to(root):
        raise Problem(f"{given[:80]!r} leads through a symbolic link out of the workspace", where=where)
    return target


def _edited(path: str, change: Any, before: bytes, after: bytes) -> Edited:
    lines = list(
        difflib.unified_diff(
            before.decode("utf-8", "replace").splitlines(keepends=True),
            after.decode("utf-8", "replace").splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
    )
    added = sum(1 for line in lines[2:] if line.startswith("+"))
    removed = sum(1 for line in lines[2:] if line.startswith("-"))
    return Edited(path, change, added, removed, "".join(lines))
