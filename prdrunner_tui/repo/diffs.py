"""What changed between two trees, from ``git diff-tree``; and a patch to look at, never to apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prdrunner_tui.repo.store import Store

_FIXED = ("--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "-r", "--find-renames=50%")


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed path.

    Attributes:
        path: the path now; for a deletion the path that was.
        old_path: the path before; None when added.
        status: ``A`` added, ``M`` modified, ``D`` deleted, ``R`` renamed, ``T`` type changed.
        old_mode: git's mode before, 0 when added.
        new_mode: git's mode now, 0 when deleted.
        old_blob: object id before, zeros when added.
        new_blob: object id now, zeros when deleted.
        added: lines added; 0 for binary.
        removed: lines removed; 0 for binary.
        binary: git takes one side for binary (a NUL byte in its first 8,000).
        similarity: per cent, for a rename; 100 means nothing but the path.
    """

    path: bytes
    old_path: bytes | None
    status: str
    old_mode: int
    new_mode: int
    old_blob: str
    new_blob: str
    added: int = 0
    removed: int = 0
    binary: bool = False
    similarity: int = 0


async def diff_trees(store: Store, old: str, new: str, *, renames: bool = True) -> tuple[FileChange, ...]:
    """The changes from one tree or commit to another, in path order.

    Attributes files take no part: what is binary is decided by content alone.
    """
    args = ["diff-tree", *_FIXED, "--raw", "--numstat", "-z"]
    if not renames:
        args.append("--no-renames")
    said = await store.git.run(*args, "--end-of-options", old, new)
    return parse_raw_numstat(said.stdout)


def parse_raw_numstat(data: bytes) -> tuple[FileChange, ...]:
    """Parses the output of ``diff-tree --raw --numstat -z``; see git-diff-tree(1), "RAW OUTPUT FORMAT"."""
    fields = data.split(b"\0")
    changes: list[FileChange] = []
    position = 0
    while position < len(fields) and fields[position].startswith(b":"):
        old_mode, new_mode, old_blob, new_blob, status = fields[position][1:].split(b" ")
        letter = chr(status[0])
        two = letter in "RC"
        old_path, path = fields[position + 1], fields[position + 2 if two else position + 1]
        changes.append(
            FileChange(
                path=path,
                old_path=None if letter == "A" else old_path,
                status=letter,
                old_mode=int(old_mode, 8),
                new_mode=int(new_mode, 8),
                old_blob=old_blob.decode(),
                new_blob=new_blob.decode(),
                similarity=int(status[1:] or b"0") if two else 0,
            )
        )
        position += 3 if two else 2
    return tuple(_with_counts(changes, fields[position:]))


def _with_counts(changes: Sequence[FileChange], fields: Sequence[bytes]) -> list[FileChange]:
    counts: dict[bytes, tuple[bytes, bytes]] = {}
    position = 0
    while position < len(fields) and b"\t" in fields[position]:
        added, removed, path = fields[position].split(b"\t", 2)
        position += 1
        if not path:
            path = fields[position + 1]
            position += 2
        counts[path] = (added, removed)
    result = []
    for change in changes:
        added, removed = counts.get(change.path, (b"0", b"0"))
        if added == b"-":
            result.append(replace(change, binary=True))
        else:
            result.append(replace(change, added=int(added), removed=int(removed)))
    return result


async def patch_text(
    store: Store, old: str, new: str, paths: Sequence[bytes] = (), *, context: int = 3
) -> bytes:
    """A unified diff for display, as bytes with git's quoting of odd paths.

    Args:
        store: where the trees are.
        old: a tree or commit.
        new: a tree or commit.
        paths: only these, taken literally; all by default.
        context: unchanged lines around each change.
    """
    args = ["diff-tree", *_FIXED, "-p", f"-U{context}", "--src-prefix=a/", "--dst-prefix=b/"]
    said = await store.git.run(*args, "--end-of-options", old, new, "--", *paths)
    return said.stdout
