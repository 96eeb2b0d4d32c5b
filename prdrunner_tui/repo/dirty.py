"""The user's uncommitted and untracked files: listed without touching anything, or taken along as the base."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prdrunner_tui.repo.commit import build_commit
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.identity import Identity, Person
from prdrunner_tui.repo.items import Item
from prdrunner_tui.repo.objects import copy_objects
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.worktree import Source, read_work_tree

DirtyKind = Literal["modified", "added", "deleted", "conflicted", "untracked"]

_READING = ("core.autocrlf", "core.eol", "core.filemode", "core.ignorecase", "core.precomposeunicode")
"""Configuration that decides how a checkout's files are compared; read from the user's as values."""


@dataclass(frozen=True, slots=True)
class DirtyFile:
    """A file of the user's checkout that is not as HEAD has it.

    Attributes:
        path: relative to the root; ends in ``/`` for a nested repository.
        kind: what is different.
        staged: the difference is in the index, at least in part.
    """

    path: bytes
    kind: DirtyKind
    staged: bool = False


@dataclass(frozen=True, slots=True)
class TakenAlong:
    """A base commit that holds the user's uncommitted files.

    Attributes:
        commit: HEAD's commit itself when there was nothing to take.
        items: files that could not be taken.
    """

    commit: str
    items: tuple[Item, ...]


@contextlib.asynccontextmanager
async def _lens(store: Store, repo: Repo) -> AsyncIterator[tuple[Git, Path]]:
    """A throw-away git dir that sees the user's objects and a copy of the user's index, and no configuration."""
    folder = Path(tempfile.mkdtemp(prefix="lens-", dir=store.state.root))
    try:
        await asyncio.to_thread(_fill_lens, folder, store, repo)
        config = tuple((key, repo.value(key) or "") for key in _READING if repo.value(key) is not None)
        yield Git(folder, objects=store.objects, alternates=(repo.objects,), config=config), folder / "index"
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _fill_lens(folder: Path, store: Store, repo: Repo) -> None:
    (folder / "refs").mkdir()
    (folder / "info").mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    shutil.copyfile(store.state.trusted / "config", folder / "config")
    # A split index names its other half by a file beside it.
    for name in ("index", *(path.name for path in repo.git_dir.glob("sharedindex.*"))):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(repo.git_dir / name, folder / name)
    if repo.shallow:
        shutil.copyfile(repo.common_dir / "shallow", folder / "shallow")


async def list_dirty(store: Store, repo: Repo, identity: Identity) -> tuple[DirtyFile, ...]:
    """The user's uncommitted and untracked files, in path order, ignored ones left out.

    Works on a copy of the index; nothing of the user's is written and no filter, hook or fsmonitor runs. A
    file under a filter (``filter=...``) counts as modified when its timestamp moved, since only the filter
    could tell.
    """
    async with _lens(store, repo) as (git, index):
        excludes = index.with_name("excludes")
        excludes.write_bytes(identity.excludes)
        await git.run(
            *("update-index", "-q", "--refresh", "--ignore-submodules"),
            index=index,
            work_tree=repo.root,
            check=False,
        )
        listed = await git.run(
            *("ls-files", "-z", "-t", "-o", "-m", "-d", "--exclude-standard"),
            index=index,
            work_tree=repo.root,
            config=[("core.excludesFile", str(excludes))],
        )
        staged = await git.run(
            *("diff-index", "--cached", "--raw", "-z", "--no-renames", "--ignore-submodules=all"),
            "--end-of-options",
            repo.head_commit,
            index=index,
        )
    return _joined(listed.records, staged.records)


def _joined(listed: tuple[bytes, ...], staged: tuple[bytes, ...]) -> tuple[DirtyFile, ...]:
    kinds: dict[bytes, DirtyKind] = {}
    in_index: dict[bytes, DirtyKind] = {}
    letters: dict[str, DirtyKind] = {"A": "added", "D": "deleted", "U": "conflicted"}
    for head, path in zip(staged[::2], staged[1::2], strict=False):
        in_index[path] = letters.get(chr(head[-1]), "modified")
    tags: dict[bytes, DirtyKind] = {b"?": "untracked", b"R": "deleted"}
    for record in listed:
        kind, path = tags.get(record[:1], "modified"), record[2:]
        # A deleted file is listed as modified too.
        if kinds.get(path) != "deleted":
            kinds[path] = kind
    found = []
    for path in sorted(kinds.keys() | in_index.keys()):
        before = in_index.get(path)
        kind = kinds.get(path, before or "modified")
        if before == "conflicted" or (before == "added" and kind == "modified"):
            kind = before
        found.append(DirtyFile(path, kind, staged=before is not None))
    return tuple(found)


async def take_along(
    store: Store, repo: Repo, identity: Identity, *, author: Person, date: str
) -> TakenAlong:
    """Builds the base commit that holds the user's uncommitted and untracked files on top of HEAD.

    The files on disk count, not what is staged. HEAD must be in the store (`store.absorb`). The user's index,
    objects and files are only read.
    """
    async with _lens(store, repo) as (git, index):
        excludes = index.with_name("excludes")
        excludes.write_bytes(identity.excludes)
        source = Source(
            root=repo.root,
            index=index,
            private=index.parent,
            base=repo.head_commit,
            excludes=excludes,
            config=git.config,
        )
        snapshot = await read_work_tree(store, source, git)
        if snapshot.tree == await store.tree_of(repo.head_commit):
            return TakenAlong(repo.head_commit, snapshot.items)
        # What was staged is in the user's object directory only; the store must stand by itself.
        have = [repo.head_commit]
        await copy_objects(git, store.git, want=[snapshot.tree], have=have)
    commit = await build_commit(
        store,
        tree=snapshot.tree,
        parent=repo.head_commit,
        message=b"Uncommitted files taken along by prdrunner\n",
        author=author,
        committer=author,
        date=date,
    )
    return TakenAlong(commit, snapshot.items)
