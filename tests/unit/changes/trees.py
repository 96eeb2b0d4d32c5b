"""Trees as dictionaries, real git to compare two of them, and edits done on the dictionary."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.changes.changeset import COPIES, GIT_ARGUMENTS, ChangeSet
from prdrunner_tui.changes.result import blobs_needed, edits
from prdrunner_tui.changes.selection import Selection
from tests.unit.changes.files import oid

FILE, EXECUTABLE, LINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000
Tree = Mapping[bytes, tuple[int, bytes]]
"""By path: mode and bytes; of a submodule its commit's id in hexadecimal."""

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}


@dataclass
class Repository:
    """A bare repository whose git compares trees."""

    root: Path
    blobs: dict[str, bytes] = field(default_factory=dict)
    count: itertools.count[int] = field(default_factory=itertools.count)

    def git(self, *args: str, input: bytes = b"") -> bytes:
        """What a git command prints."""
        command = ["git", "--git-dir", str(self.root), *args]
        return subprocess.run(command, input=input, env=ENVIRONMENT, capture_output=True, check=True).stdout

    def between(self, base: Tree, target: Tree, *, copies: bool = False) -> ChangeSet:
        """What differs, as git says."""
        names = [f"refs/heads/{next(self.count)}" for _ in range(2)]
        stream = b"".join(self._commit(name, tree) for name, tree in zip(names, (base, target), strict=True))
        self.git("fast-import", "--quiet", input=stream)
        return ChangeSet(self.git(*GIT_ARGUMENTS, *([COPIES] if copies else []), *names))

    def _commit(self, name: str, tree: Tree) -> bytes:
        parts = [b"commit %s\ncommitter a <a@b> 0 +0000\ndata 0\ndeleteall\n" % name.encode()]
        for path, (mode, content) in tree.items():
            quoted = b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
            if mode == SUBMODULE:
                parts.append(b"M 160000 %s %s\n" % (content, quoted))
            else:
                self.blobs[oid(content)] = content
                parts.append(b"M %o inline %s\ndata %d\n%s\n" % (mode, quoted, len(content), content))
        return b"".join(parts)

    def take(self, changes: ChangeSet, base: Tree, selection: Selection) -> dict[bytes, tuple[int, bytes]]:
        """The tree that a selection gives."""
        needed = {name: self.blobs[name] for name in blobs_needed(changes, selection)}
        tree = dict(base)
        done = edits(changes, selection, needed)
        for path, put in done.items():
            if put is None:
                del tree[path]
        for path, put in done.items():
            if put is not None:
                known = (
                    put.content.encode() if put.mode == SUBMODULE and isinstance(put.content, str) else None
                )
                content = put.content if isinstance(put.content, bytes) else known or self.blobs[put.content]
                tree[path] = (put.mode, content)
        return tree


def new_repository(root: Path) -> Repository:
    """An empty one."""
    subprocess.run(["git", "init", "-q", "--bare", str(root)], env=ENVIRONMENT, check=True)
    return Repository(root)
