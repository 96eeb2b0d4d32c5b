"""What the commit that is checked out brings for agents: a workspace holds it, whatever lies in the checkout."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo.git import Git, run_as_user
from prdrunner_tui.repo.objects import read_blobs
from prdrunner_tui.rules.agentfiles import obeyed_files

_LINK = b"120000"


@dataclass(frozen=True, slots=True)
class AgentFile:
    """One file of the commit that agents obey.

    Attributes:
        path: from the root.
        content: git's mode and object id, ``100644 3b18e5...``.
        does: what it can do, in words.
    """

    path: bytes
    content: str
    does: str


async def agent_files(root: Path, commit: str = "HEAD") -> tuple[AgentFile, ...]:
    """The files of a commit that agents obey, sorted by path; none before the first commit.

    Args:
        root: of a work tree.
        commit: a full object id, or HEAD.

    Raises:
        Problem: git cannot read the commit.
    """
    git = await _git(root)
    if git is None:
        return ()
    listed = await git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    paths: dict[bytes, str] = {}
    links: dict[bytes, str] = {}
    for record in listed.records:
        head, _, path = record.partition(b"\t")
        mode, _, oid = head.split(b" ")
        paths[path] = f"{mode.decode()} {oid.decode()}"
        if mode == _LINK:
            links[path] = oid.decode()
    targets = await read_blobs(git, tuple(set(links.values())))
    leads = {path: targets.get(oid, b"") for path, oid in links.items()}
    return tuple(AgentFile(path, paths[path], does) for path, does in obeyed_files(paths, leads).items())


async def agent_texts(root: Path, files: Mapping[bytes, str]) -> dict[bytes, bytes]:
    """The bytes of such files by path, given by path and content; of a submodule none.

    Raises:
        Problem: git cannot read them.
    """
    git = await _git(root)
    if git is None:
        return {}
    named = {path: content.partition(" ")[2] for path, content in files.items()}
    blobs = await read_blobs(git, tuple(set(named.values())))
    return {path: blobs[oid] for path, oid in named.items() if oid in blobs}


async def _git(root: Path) -> Git | None:
    """The repository's git directory; None where there is no commit."""
    found = await run_as_user(["rev-parse", "--absolute-git-dir"], cwd=root)
    head = await run_as_user(["rev-parse", "--verify", "-q", "HEAD^{commit}"], cwd=root)
    if found.code != 0 or head.code != 0:
        return None
    return Git(Path(os.fsdecode(found.stdout.removesuffix(b"\n"))))
