"""The tree that a selection of changes gives."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.result import blobs_needed, edits
from prdrunner_tui.changes.selection import Selection
from prdrunner_tui.repo.building import build_tree
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.objects import read_blobs


async def taken_tree(git: Git, base: str, changes: ChangeSet, selection: Selection, *, scratch: Path) -> str:
    """The id of the tree that is ``base`` with what is taken; its new objects go where ``git`` writes.

    Args:
        git: where the objects are.
        base: the tree whose changes these are.
        changes: from ``base`` to some target.
        selection: what is taken of them.
        scratch: a directory for temporary files.

    Raises:
        Problem: a part is taken that cannot stand beside what stays.
        GitError: an object is missing.
    """
    blobs = await read_blobs(git, blobs_needed(changes, selection))
    return await build_tree(git, base, edits(changes, selection, blobs), scratch=scratch)
