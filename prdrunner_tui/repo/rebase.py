"""Moving a workspace to a new base: its changes go along, or nothing moves."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from pathlib import Path

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.agentrefs import collect
from prdrunner_tui.repo.checkpoints import put_tree
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.integrate import Candidate, Conflict, integrate
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.workspace import BRANCH, Workspace, rebased, save


async def move_base(store: Store, workspace: Workspace, commit: str) -> Workspace | Conflict:
    """Puts a workspace on a new base commit; what it changed since the old one is merged on top.

    The agent's processes must be gone. Its own commits are kept under ``refs/prdrunner/agent/`` and its branch
    `BRANCH` is set to the new base. On a conflict nothing is changed. Safe to repeat after a crash.

    Raises:
        WorkspaceLost: the workspace is not the one that we made.
    """
    imported = await import_tree(store, workspace)
    merged = await integrate(store, base=workspace.base, phase=imported.tree, tip=commit)
    if isinstance(merged, Conflict):
        return merged
    return await _move(store, workspace, commit, imported.tree, merged)


async def reset_to(store: Store, workspace: Workspace, commit: str, tree: str) -> Workspace:
    """Puts a workspace on a new base with exactly the given tree (a resolved conflict, a rejected change).

    What is there now is imported and kept by a ref first.
    """
    imported = await import_tree(store, workspace)
    return await _move(store, workspace, commit, imported.tree, Candidate(tree, fast=False))


async def _move(store: Store, workspace: Workspace, commit: str, has: str, merged: Candidate) -> Workspace:
    await store.keep(refs.imported(workspace.run, workspace.phase, merged.tree), merged.tree)
    boundary("workspace.move.before")
    await put_tree(store, workspace, merged.tree, has=has)
    await collect(store, workspace)
    await _set_clone(store, workspace, commit)
    moved = rebased(workspace, commit, await store.tree_of(commit))
    await asyncio.to_thread(save, moved)
    boundary("workspace.move.after")
    return moved


async def _set_clone(store: Store, workspace: Workspace, commit: str) -> None:
    index = workspace.private / "clone-index"
    await asyncio.to_thread(shutil.copyfile, workspace.index, index)
    await store.git.run("read-tree", "--reset", commit, index=index, work_tree=workspace.root)
    data = await asyncio.to_thread(index.read_bytes)
    index.unlink()
    await asyncio.to_thread(_write_clone, workspace.root / ".git", commit, data)


def _write_clone(git_dir: Path, commit: str, index: bytes) -> None:
    # Plain files, written without following a link: no git of ours runs with the agent's configuration.
    _write_inside(git_dir, ("refs", "heads"), BRANCH, f"{commit}\n".encode())
    _write_inside(git_dir, (), "HEAD", f"ref: refs/heads/{BRANCH}\n".encode())
    _write_inside(git_dir, (), "index", index)


def _write_inside(git_dir: Path, folders: tuple[str, ...], name: str, data: bytes) -> None:
    """Replaces a file below the agent's git dir; does nothing where a folder on the way is not a directory."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        here = os.open(git_dir, flags)
    except OSError:
        return
    try:
        for folder in folders:
            try:
                inner = os.open(folder, flags, dir_fd=here)
            except OSError:
                return
            os.close(here)
            here = inner
        temporary = f".{name}.prdrunner"
        make = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            if stat.S_ISDIR(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode):
                return
        except FileNotFoundError:
            pass
        with open(os.open(temporary, make, 0o644, dir_fd=here), "wb") as file:
            file.write(data)
        os.rename(temporary, name, src_dir_fd=here, dst_dir_fd=here)
    finally:
        os.close(here)
