"""Exactly-once commits: objects first, then a compare-and-swap of one ref, and recovery by reachability."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Literal

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo.git import Git, GitError
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.objects import sync_directory
from prdrunner_tui.repo.store import Store
from prdrunner_tui.text.problem import Problem

Advance = Literal["moved", "done_before", "superseded"]
"""`moved`: the ref moved now; `done_before`: it has the commit already; `superseded`: it went elsewhere."""

_DATE = re.compile(r"\d+ [+-]\d{4}")


async def build_commit(
    store: Store,
    *,
    tree: str,
    parent: str | None,
    message: bytes,
    author: Person,
    committer: Person,
    date: str,
    sync: bool = True,
) -> str:
    """Writes a commit object without any ref; the same arguments give the same id.

    Args:
        store: the trusted store.
        tree: a tree that is in the store.
        parent: the commit it stands on, or None for a root.
        message: UTF-8 bytes; a newline is added at the end where there is none.
        author: as it will stand in the commit.
        committer: likewise.
        date: ``SECONDS +ZZZZ``, taken from an event, never from the clock.
        sync: make all new objects durable before returning.

    Raises:
        Problem: the message holds a NUL, or a name or an address is empty.
        GitError: the tree or the parent is not in the store.
    """
    if not _DATE.fullmatch(date):
        raise ValueError(f"not a git date: {date!r}")
    if b"\0" in message:
        raise Problem("a commit message cannot hold a NUL byte", code=1)
    for person in (author, committer):
        if not _sound(person.name) or not _sound(person.email):
            raise Problem(
                "a commit needs the author's name and address",
                hint="git config user.name NAME and git config user.email ADDRESS",
                code=1,
            )
    boundary("commit.objects.before")
    written = await store.git.run(
        "commit-tree",
        tree,
        *(("-p", parent) if parent else ()),
        input=message if message.endswith(b"\n") else message + b"\n",
        env={
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": date,
        },
    )
    if sync:
        await sync_objects(store, written.line, parent)
    boundary("commit.objects")
    return written.line


def _sound(text: str) -> bool:
    # git strips these from both ends and refuses what is left empty.
    return bool(text.strip("".join(map(chr, range(33))) + ".,:;<>\"\\'"))


async def sync_objects(store: Store, commit: str, parent: str | None) -> None:
    """Makes the objects that a commit adds to its parent durable, whichever git process wrote them."""
    exclude = (f"^{parent}",) if parent else ()
    said = await store.git.run("rev-list", "--objects", "--no-object-names", commit, *exclude)
    oids = os.fsdecode(said.stdout).split()
    await asyncio.to_thread(_sync_loose, store.objects, oids)


def _sync_loose(objects: Path, oids: list[str]) -> None:
    folders = set()
    for oid in oids:
        path = objects / oid[:2] / oid[2:]
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            # In a pack, which index-pack has synced.
            continue
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        folders.add(path.parent)
    for folder in folders:
        sync_directory(folder)
    sync_directory(objects)


async def advance(store: Store, ref: str, new: str, old: str | None) -> Advance:
    """Moves one ref of the store from ``old`` to ``new``, once; also the recovery of a move that was intended.

    Args:
        store: the trusted store.
        ref: the full name.
        new: the commit to move to.
        old: the commit the ref must have now; None when the ref must not exist yet.

    Raises:
        GitError: git could not write (a lock that is held, a full disk).
    """
    return await advance_in(store.git, ref, new, old, store.null_oid)


async def advance_in(git: Git, ref: str, new: str, old: str | None, null_oid: str) -> Advance:
    """As `advance`, for any git directory; ``null_oid`` is the zeros of its object format."""
    state = await where_is(git, ref, new, old)
    if state != "moved":
        return state
    boundary("commit.cas.before")
    moved = await git.run("update-ref", "--no-deref", ref, new, old or null_oid, check=False)
    boundary("commit.cas.after")
    if moved.code == 0:
        return "moved"
    state = await where_is(git, ref, new, old)
    if state != "moved":
        return state
    raise GitError(f"update-ref {ref}", moved.code, moved.stderr)


async def where_is(git: Git, ref: str, new: str, old: str | None) -> Advance:
    """What a move from ``old`` to ``new`` would find: ``moved`` means that it can be made now."""
    said = await git.run("rev-parse", "--verify", "-q", "--end-of-options", ref, check=False)
    now = said.line if said.code == 0 else None
    if now == new or (now is not None and await is_ancestor(git, new, now)):
        return "done_before"
    return "moved" if now == old else "superseded"


async def is_ancestor(git: Git, older: str, newer: str) -> bool:
    """Whether ``older`` is ``newer`` or reachable from it.

    Raises:
        GitError: ``newer`` is not there.
    """
    said = await git.run("merge-base", "--is-ancestor", older, newer, check=False)
    if said.code in (0, 1):
        return said.code == 0
    known = await git.run("cat-file", "-e", older, check=False)
    if known.code != 0:
        return False
    raise GitError("merge-base --is-ancestor", said.code, said.stderr)
