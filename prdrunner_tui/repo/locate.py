"""Finding a repository's common git directory by its files alone, without starting git.

This is for commands that only read our own state; what acts on a repository uses ``discover``.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def repo_id(common_dir: Path) -> str:
    """The id of a repository, 16 hex digits: a hash of the real path of its common git directory."""
    return hashlib.sha256(os.fsencode(os.path.realpath(common_dir))).hexdigest()[:16]


def common_dir(start: Path) -> Path | None:
    """The common git directory of the repository that holds ``start``, or ``None``.

    Follows ``.git`` files and ``commondir`` as gitrepository-layout(5) describes them, and ``$GIT_DIR`` not at all.
    """
    here = Path(os.path.abspath(start))  # noqa: PTH100
    for folder in (here, *here.parents):
        found = folder / ".git"
        if found.is_dir() and (found / "HEAD").exists():
            return _common(found)
        if found.is_file():
            pointed = _pointed(found, b"gitdir: ")
            return _common(pointed) if pointed is not None else None
    return None


def _common(git_dir: Path) -> Path:
    return _pointed(git_dir / "commondir", b"") or git_dir


def _pointed(file: Path, prefix: bytes) -> Path | None:
    try:
        text = file.read_bytes()[:4096]
    except OSError:
        return None
    if not text.startswith(prefix):
        return None
    return Path(os.path.normpath(file.parent / os.fsdecode(text[len(prefix) :].rstrip(b"\r\n"))))
