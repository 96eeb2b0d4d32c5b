"""Building a tree from a base and edits, byte for byte, through ``git fast-import``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from prdrunner_tui.changes.files import EXECUTABLE, GITLINK, REGULAR, SYMLINK
from prdrunner_tui.changes.result import Put
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.scratch import OID_LENGTHS, is_oid, make_git_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath

_MODES = (REGULAR, EXECUTABLE, SYMLINK, GITLINK)
_FORMATS = {length: name for name, length in OID_LENGTHS.items()}
_PLAIN = frozenset(range(0x20, 0x7F)) - {0x22, 0x5C}
_QUOTED = [bytes([byte]) if byte in _PLAIN else b"\\%03o" % byte for byte in range(256)]


async def build_tree(git: Git, base: str, edits: Mapping[bytes, Put | None], *, scratch: Path) -> str:
    """The id of the tree that is ``base`` with the edits; what is not edited keeps its mode and id.

    Args:
        git: where the objects are and where new ones go; its refs and its configuration take no part.
        base: the id of a tree, which may be the empty one.
        edits: per path what stands there: a file (modes ``0o100644``, ``0o100755``), a link (``0o120000``) or a
            submodule (``0o160000``); None removes it. Removing what is not there does nothing.
        scratch: a directory for temporary files, emptied again.

    New objects are as durable as ``git``'s configuration says; small trees are stored as loose objects, larger
    ones as a pack (``fastimport.unpackLimit``). A commit of the tree that no ref names is among them.

    Raises:
        Problem: a path may not be written, or a file and a directory would stand at one path (code 5).
        GitError: ``base`` or an object that an edit names does not exist or is of another kind.
        ValueError: a mode or an id is none.
    """
    if not edits:
        return base
    _check(base, edits)
    with tempfile.TemporaryDirectory(prefix="build-", dir=scratch) as folder:
        # fast-import cannot do without a ref: it gets one in a git directory that lasts no longer than it.
        own = Path(folder)
        make_git_dir(own, _FORMATS[len(base)])
        importer = replace(git, git_dir=own, objects=git.objects or git.git_dir / "objects")
        # Deltas between neighbours in a tree save little and cost time.
        said = await importer.run(
            "fast-import", "--quiet", "--done", "--depth=0", input=b"".join(_stream(base, edits))
        )
    tree = said.stdout.split(b"\t")[0].split(b" ")[2].decode()
    await _refuse_strays(git, base, tree, edits)
    return tree


def _check(base: str, edits: Mapping[bytes, Put | None]) -> None:
    object_format = _FORMATS.get(len(base), "sha1")
    if not is_oid(base, object_format):
        raise ValueError(f"not an object id: {base!r}")
    for path, put in edits.items():
        if put is None:
            if not path or b"\0" in path or b"" in path.split(b"/"):
                raise Problem(f"there can be no file {RepoPath(path).display()!r}", code=5)
            continue
        RepoPath(path).require_writable()
        if put.mode not in _MODES or (put.mode == GITLINK and isinstance(put.content, bytes)):
            raise ValueError(f"mode {put.mode:o} cannot be put")
        if isinstance(put.content, str) and not is_oid(put.content, object_format):
            raise ValueError(f"not an object id: {put.content!r}")
        above = path.rpartition(b"/")[0]
        while above:
            if edits.get(above) is not None:
                name = RepoPath(above).display()
                raise Problem(f"a file and a directory cannot both stand at {name}", code=5)
            above = above.rpartition(b"/")[0]


def _stream(base: str, edits: Mapping[bytes, Put | None]) -> Iterator[bytes]:
    """The commands for ``git fast-import``; see git-fast-import(1), INPUT FORMAT.

    Removals come first, so that a file can make way for a directory of its name.
    """
    yield b"commit refs/heads/built\ncommitter prdrunner <prdrunner@localhost> 0 +0000\ndata 0\n"
    yield b'M 040000 %s ""\n' % base.encode()
    for path, put in edits.items():
        if put is None:
            yield b"D %s\n" % _quoted(path)
    for path, put in edits.items():
        if put is None:
            continue
        if isinstance(put.content, str):
            yield b"M %o %s %s\n" % (put.mode, put.content.encode(), _quoted(path))
        else:
            yield b"M %o inline %s\ndata %d\n" % (put.mode, _quoted(path), len(put.content))
            yield put.content
            yield b"\n"
    yield b'ls ""\ndone\n'


def _quoted(path: bytes) -> bytes:
    return b'"%s"' % b"".join([_QUOTED[byte] for byte in path])


async def _refuse_strays(git: Git, base: str, tree: str, edits: Mapping[bytes, Put | None]) -> None:
    """Proves that nothing but the edited paths changed: a file put over a directory takes its files along."""
    said = await git.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", base, tree)
    for path in said.records:
        if path not in edits:
            name = RepoPath(path).display()
            raise Problem(f"{name} is not edited but would be lost: an edit needs its place", code=5)
