"""Checkpoints: restorable states of a workspace, as commits under ``refs/prdrunner/checkpoints/``."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.commit import build_commit
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.items import Item
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.switch import switch
from prdrunner_tui.repo.workspace import Workspace
from prdrunner_tui.repo.worktree import read_work_tree
from prdrunner_tui.text.problem import Problem

_TRAILER = "Prdrunner-Checkpoint: "
_MAKER = Person("prdrunner", "prdrunner@localhost")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state that can be restored.

    Attributes:
        id: unique within its run.
        ref: the ref that keeps it.
        commit: its commit; the parent is the workspace's base.
        tree: all tracked and untracked files.
        base: the workspace's base commit at the time, or an empty string.
        data: what the caller wants to find again (run, phase, step, sequence number, reason), JSON values.
    """

    id: str
    ref: str
    commit: str
    tree: str
    base: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """A checkpoint just taken, and the files that it does not hold."""

    checkpoint: Checkpoint
    items: tuple[Item, ...] = ()


async def take(
    store: Store, workspace: Workspace, *, checkpoint_id: str, data: Mapping[str, Any], date: str
) -> Taken:
    """Takes a checkpoint of a workspace; the agent's processes must be gone.

    Args:
        store: the trusted store.
        workspace: what to keep.
        checkpoint_id: from the event; a checkpoint that exists under this id is returned as it is.
        data: JSON values to keep with it; ``phase`` is added.
        date: ``SECONDS +ZZZZ`` from the event.

    Raises:
        WorkspaceLost: the workspace is not the one that we made.
    """
    known = await show(store, workspace.run, checkpoint_id)
    if known is not None:
        return Taken(known)
    workspace.check()
    boundary("checkpoint.before")
    snapshot = await read_work_tree(store, workspace.source())
    workspace.check()
    record = {"id": checkpoint_id, "phase": workspace.phase, "base": workspace.base, "data": dict(data)}
    text = f"checkpoint {checkpoint_id}\n\n{_TRAILER}{json.dumps(record, sort_keys=True)}\n"
    commit = await build_commit(
        store,
        tree=snapshot.tree,
        parent=workspace.base,
        message=text.encode(),
        author=_MAKER,
        committer=_MAKER,
        date=date,
        sync=False,
    )
    ref = refs.checkpoint(workspace.run, checkpoint_id)
    await store.keep(ref, commit)
    boundary("checkpoint.after")
    made = Checkpoint(
        checkpoint_id, ref, commit, snapshot.tree, workspace.base, {**data, "phase": workspace.phase}
    )
    return Taken(made, snapshot.items)


async def list_checkpoints(store: Store, run: str) -> tuple[Checkpoint, ...]:
    """The checkpoints of a run, oldest first."""
    return await _read(store, refs.checkpoints(run))


async def show(store: Store, run: str, checkpoint_id: str) -> Checkpoint | None:
    """One checkpoint of a run, or None."""
    ref = refs.checkpoint(run, checkpoint_id)
    if not (store.git.git_dir / ref).exists() and not (store.git.git_dir / "packed-refs").exists():
        return None
    return next((found for found in await _read(store, ref) if found.ref == ref), None)


async def _read(store: Store, pattern: str) -> tuple[Checkpoint, ...]:
    layout = "%(refname)%00%(objectname)%00%(tree)%00%(contents)%00"
    said = await store.git.run("for-each-ref", "--sort=creatordate", f"--format={layout}", pattern)
    fields = [os.fsdecode(part) for part in said.stdout.split(b"\0")]
    found = []
    for ref, commit, tree, text in zip(fields[0::4], fields[1::4], fields[2::4], fields[3::4], strict=False):
        line = next((line for line in text.splitlines() if line.startswith(_TRAILER)), "")
        if not line:
            continue
        record = json.loads(line.removeprefix(_TRAILER))
        data = {**record["data"], "phase": record["phase"]}
        found.append(Checkpoint(record["id"], ref.strip(), commit, tree, record["base"], data))
    return tuple(found)


async def restore(
    store: Store, workspace: Workspace, tree: str, *, checkpoint_id: str, data: Mapping[str, Any], date: str
) -> Taken:
    """Makes the files of a workspace those of a tree, after taking a checkpoint of what is there now.

    What the checkpoint cannot hold (nested repositories, special files, files that are too large or ignored)
    stays where it is, or is moved to ``<private>/aside/`` where a file of the tree belongs in its place.

    Args:
        store: the trusted store.
        workspace: what to restore; the agent's processes must be gone.
        tree: a tree or commit, such as `Checkpoint.commit`.
        checkpoint_id: for the checkpoint taken first.
        data: likewise.
        date: likewise.

    Returns the checkpoint taken first, which undoes the restore.

    Raises:
        WorkspaceLost: the workspace is not the one that we made.
        Problem: there is no such tree.
    """
    target = await store.resolve(f"{tree}^{{tree}}")
    if target is None:
        raise Problem(f"no such checkpoint: {tree[:40]}", hint="prdrunner checkpoint list", code=1)
    taken = await take(store, workspace, checkpoint_id=checkpoint_id, data=data, date=date)
    boundary("restore.before")
    await put_tree(store, workspace, target, has=taken.checkpoint.tree)
    boundary("restore.after")
    return taken


async def put_tree(store: Store, workspace: Workspace, tree: str, *, has: str) -> None:
    """Switches a workspace from the tree it was just imported as to another one."""
    if not workspace.index.exists():
        # The strict import keeps no index; this one makes git compare every file, which is right.
        await store.git.run("read-tree", has, index=workspace.index)
    await switch(store.git, root=workspace.root, index=workspace.index, tree=tree, aside=workspace.aside())
    await asyncio.to_thread(workspace.check)
