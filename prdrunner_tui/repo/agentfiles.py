"""What the commit that is checked out brings for agents: a workspace holds it, whatever lies in the checkout."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo.git import Git, run_as_user
from prdrunner_tui.repo.objects import read_blobs
from prdrunner_tui.rules.agentfiles import MOST, Obeyed, attributes_over, obeyed_files, reshapes
from prdrunner_tui.text.problem import Problem

_LINK = b"120000"
_LONGEST_TARGET = 4096
_MOST_ATTRIBUTES = 1_000_000
"""Bytes of a file of attributes, of which git reads no more than 100 MiB."""
_MOST_PLACES = 500
"""Places that links for agents may lead through and to: each run keeps them."""
_OUT = b"/"
"""Where a link is taken to lead whose target no disk would take."""


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


@dataclass(frozen=True, slots=True)
class ForAgents:
    """What a commit holds for agents.

    Attributes:
        files: sorted by path.
        obeyed: what other files would be obeyed.
    """

    files: tuple[AgentFile, ...]
    obeyed: Obeyed


async def for_agents(root: Path, commit: str = "HEAD") -> ForAgents:
    """What a commit holds for agents; nothing before the first commit.

    Args:
        root: of a work tree.
        commit: a full object id, or HEAD.

    Raises:
        Problem: git cannot read the commit, or there is more than anybody could look at.
    """
    git = await _git(root)
    if git is None:
        return ForAgents((), Obeyed({}, frozenset()))
    listed = await git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    paths: dict[bytes, str] = {}
    links: dict[bytes, str] = {}
    for record in listed.records:
        head, _, path = record.partition(b"\t")
        mode, _, oid = head.split(b" ")
        paths[path] = f"{mode.decode()} {oid.decode()}"
        if mode == _LINK:
            links[path] = oid.decode()
    targets = await _small_blobs(git, set(links.values()), _LONGEST_TARGET)
    leads = {path: targets.get(oid, _OUT) for path, oid in links.items()}
    obeyed = obeyed_files(paths, leads)
    if len(obeyed.files) > MOST or len(obeyed.places) > _MOST_PLACES:
        raise Problem(
            f"more than {MOST:,} files, or {_MOST_PLACES:,} places behind links, steer what agents start here",
            where=os.fsdecode(next(iter(obeyed.files))),
            hint="nobody can look at them all; remove some, or the link that leads to them",
        )
    does = {**obeyed.files, **await _reshaping(git, paths, obeyed.files)}
    files = tuple(AgentFile(path, paths[path], does[path]) for path in sorted(does))
    return ForAgents(files, obeyed)


async def agent_texts(root: Path, files: Mapping[bytes, str], longest: int) -> dict[bytes, bytes]:
    """The bytes of such files by path, given by path and content; of a submodule, and of a longer one, none.

    Args:
        longest: in bytes.

    Raises:
        Problem: git cannot read them.
    """
    git = await _git(root)
    if git is None:
        return {}
    named = {path: content.partition(" ")[2] for path, content in files.items()}
    blobs = await _small_blobs(git, set(named.values()), longest)
    return {path: blobs[oid] for path, oid in named.items() if oid in blobs}


async def _reshaping(git: Git, paths: Mapping[bytes, str], obeyed: Collection[bytes]) -> dict[bytes, str]:
    """The files of attributes that make another text of what is obeyed, and what they do."""
    named = {
        path: paths[path].partition(" ")[2]
        for path in attributes_over(obeyed)
        if path in paths and path not in obeyed
    }
    blobs = await _small_blobs(git, set(named.values()), _MOST_ATTRIBUTES)
    # One that is too large to be read may do anything.
    told = {path: reshapes(blobs.get(oid, b"working-tree-encoding")) for path, oid in named.items()}
    return {path: does for path, does in told.items() if does}


async def _small_blobs(git: Git, oids: Collection[str], longest: int) -> dict[str, bytes]:
    """The bytes of those of the objects that are blobs of at most so many bytes."""
    if not oids:
        return {}
    asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    said = await git.run("cat-file", "--batch-check=%(objecttype) %(objectsize) %(objectname)", input=asked)
    small = []
    for line in said.stdout.decode("ascii", "replace").splitlines():
        kind, _, rest = line.partition(" ")
        size, _, oid = rest.partition(" ")
        if kind == "blob" and int(size) <= longest:
            small.append(oid)
    return await read_blobs(git, small)


async def _git(root: Path) -> Git | None:
    """The repository's git directory; None where there is no commit."""
    found = await run_as_user(["rev-parse", "--absolute-git-dir"], cwd=root)
    head = await run_as_user(["rev-parse", "--verify", "-q", "HEAD^{commit}"], cwd=root)
    if found.code != 0 or head.code != 0:
        return None
    return Git(Path(os.fsdecode(found.stdout.removesuffix(b"\n"))))
