"""What an agent did with git in its own clone: read as files, its objects copied, its configuration never used."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo import refs
from prdrunner_tui.repo.discover import IN_PROGRESS
from prdrunner_tui.repo.git import Git, GitError
from prdrunner_tui.repo.objects import copy_objects
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.workspace import BRANCH, Workspace

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CAP = 500


@dataclass(frozen=True, slots=True)
class AgentRef:
    """A commit of the agent's that was copied: its name in the clone, the commit, and our ref for it."""

    name: bytes
    commit: str
    kept: str


@dataclass(frozen=True, slots=True)
class AgentRefs:
    """What the agent left in its git directory.

    Attributes:
        refs: everything that is not the base, kept under ``refs/prdrunner/agent/``.
        ambiguous: reasons why the files alone may not be the agent's work; a person decides.
        notes: what is worth knowing and needs no decision.
    """

    refs: tuple[AgentRef, ...] = ()
    ambiguous: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


async def collect(store: Store, workspace: Workspace) -> AgentRefs:
    """Reads the refs of the clone and copies the commits behind them into the store.

    No git runs with the clone as its git directory: its configuration could name a program or a remote.
    """
    git_dir = workspace.root / ".git"
    for path in (git_dir, git_dir / "objects", git_dir / "refs"):
        if not _plain_directory(path):
            shown = path.relative_to(workspace.root)
            return AgentRefs(ambiguous=(f"{shown} in the workspace was removed or replaced",))
    head, found = await asyncio.to_thread(_read_refs, git_dir)
    ambiguous, notes = _judge(workspace, git_dir, head, found)
    wanted = {name: oid for name, oid in found.items() if oid != workspace.base}
    if not wanted:
        return AgentRefs((), tuple(ambiguous), tuple(notes))
    folder = refs.agent(workspace.run, workspace.phase)
    kept = tuple(
        AgentRef(name, oid, f"{folder}/{refs.component(name)}/{oid}") for name, oid in sorted(wanted.items())
    )
    known = {name for name, _ in await store.list_refs(folder)}
    fresh = [ref for ref in kept if ref.kept not in known]
    if fresh:
        source = Git(store.git.git_dir, objects=store.objects, alternates=(git_dir / "objects",))
        want = sorted({ref.commit for ref in fresh})
        try:
            await copy_objects(source, store.git, want=want, have=[workspace.base])
        except GitError as error:
            ambiguous.append(f"the agent's own commits could not be read: {error.message}")
            return AgentRefs((), tuple(ambiguous), tuple(notes))
        for ref in fresh:
            await store.keep(ref.kept, ref.commit)
    return AgentRefs(kept, tuple(ambiguous), tuple(notes))


def _plain_directory(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _read_refs(git_dir: Path) -> tuple[str, dict[bytes, str]]:
    head = _text(git_dir / "HEAD")
    found: dict[bytes, str] = {}
    for line in _text(git_dir / "packed-refs", 8 << 20).splitlines():
        oid, _, name = line.partition(" ")
        if _OID.fullmatch(oid) and name and len(found) < _CAP:
            found[os.fsencode(name)] = oid
    base = os.fsencode(git_dir)
    for folder, _, names in os.walk(base + b"/refs"):
        for leaf in sorted(names):
            path = folder + b"/" + leaf
            oid = _text(Path(os.fsdecode(path))).strip()
            if _OID.fullmatch(oid) and len(found) < _CAP:
                found[path[len(base) + 1 :]] = oid
    for number, line in enumerate(_text(git_dir / "logs" / "refs" / "stash", 1 << 20).splitlines()):
        oid = line.split(" ")[1] if line.count(" ") >= 1 else ""
        if _OID.fullmatch(oid) and number < _CAP:
            found[b"stash@%d" % number] = oid
    if _OID.fullmatch(head.strip()):
        found[b"HEAD"] = head.strip()
    return head.strip(), found


def _text(path: Path, cap: int = 4096) -> str:
    """The head of a regular file that is not reached through a link at its end, or an empty string."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return ""
        return file.read(cap).decode("utf-8", "surrogateescape")


def _judge(
    workspace: Workspace, git_dir: Path, head: str, found: dict[bytes, str]
) -> tuple[list[str], list[str]]:
    ambiguous, notes = [], []
    ours = f"refs/heads/{BRANCH}"
    if head != f"ref: {ours}":
        where = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else "no branch"
        shown = "".join(char if char.isprintable() else "?" for char in where)
        ambiguous.append(f"the agent left its clone on {shown}, not on {BRANCH}")
    elif ours.encode() not in found:
        ambiguous.append(f"the branch {BRANCH} of the agent's clone is gone")
    elif found[ours.encode()] != workspace.base:
        notes.append("the agent made commits of its own; its files are what counts")
    if any(name == b"refs/stash" or name.startswith(b"stash@") for name in found):
        ambiguous.append("the agent stashed changes that are not in its files")
    for name, operation in IN_PROGRESS:
        if os.path.lexists(git_dir / name):
            ambiguous.append(f"{operation} is not finished in the agent's clone")
    others = [
        name
        for name in found
        if name.startswith(b"refs/heads/") and name != ours.encode() and name != head[5:].encode()
    ]
    if others:
        notes.append(f"the agent made {len(others)} more branch{'es' if len(others) > 1 else ''}")
    return list(dict.fromkeys(ambiguous)), notes
