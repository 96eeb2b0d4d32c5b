"""What changed between two trees, from ``git diff-tree``; and a patch to look at, never to apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prdrunner_tui.changes.changeset import COPIES, GIT_ARGUMENTS, ChangeSet
from prdrunner_tui.changes.files import GITLINK, FileChange, raw_change, raw_positions
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.store import Store

_FIXED = ("--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "-r", "--find-renames=50%")


async def read_changes(git: Git, old: str, new: str, *, copies: bool = False) -> ChangeSet:
    """All that differs from one tree or commit to another, to choose from.

    Args:
        git: where both are.
        old: the base.
        new: the target.
        copies: look for copies of changed files too; without it a copy is an added file.

    Raises:
        GitError: an object is missing.
    """
    said = await git.run(*GIT_ARGUMENTS, *([COPIES] if copies else []), "--end-of-options", old, new)
    return ChangeSet(said.stdout)


async def diff_trees(store: Store, old: str, new: str, *, renames: bool = True) -> tuple[FileChange, ...]:
    """The changes from one tree or commit to another, in path order.

    Attributes files take no part: what is binary is decided by content alone.
    """
    args = ["diff-tree", *_FIXED, "--raw", "--numstat", "-z"]
    if not renames:
        args.append("--no-renames")
    said = await store.git.run(*args, "--end-of-options", old, new)
    return parse_raw_numstat(said.stdout)


async def blobs_between(git: Git, old: str, new: str) -> tuple[str, ...]:
    """The ids of all blobs that differ, on either side; they need not be here for this."""
    args = ("diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--end-of-options", old, new)
    fields = (await git.run(*args)).stdout.split(b"\0")
    changes = [raw_change(fields, position) for position in raw_positions(fields)]
    sides = [side for c in changes for side in ((c.old_mode, c.old_blob), (c.new_mode, c.new_blob))]
    return tuple({oid: None for mode, oid in sides if mode not in (0, GITLINK)})


def parse_raw_numstat(data: bytes) -> tuple[FileChange, ...]:
    """Parses the output of ``diff-tree --raw --numstat -z``."""
    fields = data.split(b"\0")
    positions = raw_positions(fields)
    changes = [raw_change(fields, position) for position in positions]
    after = positions[-1] + (3 if changes[-1].status in "RC" else 2) if positions else 0
    return tuple(_with_counts(changes, fields[after:]))


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
