"""Large changes between two real commits, as git answers about them."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path

from prdrunner_tui.changes.changeset import GIT_ARGUMENTS

_ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


@functools.cache
def answer(files: int, hunks: int, lines: int) -> bytes:
    """What git answers about ``files`` changed files with ``hunks`` git hunks of ``lines`` lines each."""
    with tempfile.TemporaryDirectory(prefix="prdrunner-bench-") as folder:
        root = Path(folder) / "repository.git"
        subprocess.run(["git", "init", "-q", "--bare", str(root)], env=_ENVIRONMENT, check=True)
        stream = b"".join(_commit(name, files, hunks, lines) for name in (b"base", b"target"))
        _git(root, "fast-import", "--quiet", input=stream)
        return _git(root, *GIT_ARGUMENTS, "base", "target")


def _git(root: Path, *args: str, input: bytes = b"") -> bytes:
    command = ["git", "--git-dir", str(root), *args]
    return subprocess.run(command, input=input, env=_ENVIRONMENT, capture_output=True, check=True).stdout


def _commit(name: bytes, files: int, hunks: int, lines: int) -> bytes:
    head = b"commit refs/heads/%s\ncommitter a <a@b> 0 +0000\ndata 0\n" % name
    return head + b"".join(_file(name, number, hunks, lines) for number in range(files))


def _file(name: bytes, number: int, hunks: int, lines: int) -> bytes:
    """Each block is unchanged but for the middle, half of whose lines of the hunk are replaced."""
    changed = (lines - 6) // 2
    text = []
    for hunk in range(hunks):
        for line in range(changed + 20):
            touched = name == b"target" and 10 <= line < 10 + changed
            word = b"computed" if touched else b"value"
            text.append(b"    %s = function_%d(argument, %d, %d)\n" % (word, number, hunk, line))
    data = b"".join(text)
    return b"M 100644 inline src/package_%d/module_%d.py\ndata %d\n%s\n" % (
        number % 97,
        number,
        len(data),
        data,
    )
