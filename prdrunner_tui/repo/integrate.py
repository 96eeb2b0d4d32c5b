"""Candidate trees: a phase's tree merged onto the tip of the run's branch."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo.basetree import Entry
from prdrunner_tui.repo.git import GitError
from prdrunner_tui.repo.store import Store


@dataclass(frozen=True, slots=True)
class Candidate:
    """The merge went through.

    Attributes:
        tree: the candidate tree.
        fast: one side was unchanged, so that nothing was merged.
    """

    tree: str
    fast: bool


@dataclass(frozen=True, slots=True)
class ConflictedPath:
    """A path that git could not merge, with its entry on each side where there is one."""

    path: bytes
    base: Entry | None
    tip: Entry | None
    phase: Entry | None


@dataclass(frozen=True, slots=True)
class ConflictNote:
    """What git says about a conflict: its kind (``CONFLICT (contents)``), the paths and a sentence."""

    kind: str
    paths: tuple[bytes, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The merge did not go through; nothing was resolved by itself.

    Attributes:
        tree: the merge with conflict markers in it, to look at and to edit; never to commit.
        paths: the conflicted paths in path order.
        notes: git's own words, conflicts only.
    """

    tree: str
    paths: tuple[ConflictedPath, ...]
    notes: tuple[ConflictNote, ...]


async def integrate(store: Store, *, base: str, phase: str, tip: str) -> Candidate | Conflict:
    """Merges what a phase changed since its base onto the tip, always by the same strategy.

    Args:
        store: the trusted store.
        base: the commit or tree that the phase's work started from.
        phase: the tree of the phase's work.
        tip: the commit or tree to merge onto.

    The result depends on the three trees alone: not on history, attributes, drivers or configuration.
    """
    base_tree, phase_tree, tip_tree = await asyncio.gather(*map(store.tree_of, (base, phase, tip)))
    boundary("integrate.before")
    if base_tree in (tip_tree, phase_tree):
        return Candidate(phase_tree if base_tree == tip_tree else tip_tree, fast=True)
    if tip_tree == phase_tree:
        return Candidate(tip_tree, fast=True)
    ours, theirs = await _stand_ins(store, base_tree, tip_tree, phase_tree)
    said = await store.git.run("merge-tree", "--write-tree", "-z", "--messages", ours, theirs, check=False)
    boundary("integrate.after")
    if said.code not in (0, 1):
        raise GitError("merge-tree --write-tree", said.code, said.stderr)
    if said.code == 0:
        return Candidate(said.stdout.split(b"\0", 1)[0].decode().strip(), fast=False)
    return parse_conflict(said.stdout)


async def _stand_ins(store: Store, base: str, tip: str, phase: str) -> tuple[str, str]:
    """Commits of the three trees with a fixed identity, so that base is the merge base whatever history says."""
    who = "prdrunner <prdrunner@localhost> 0 +0000"

    def body(tree: str, parent: str | None) -> bytes:
        above = f"parent {parent}\n" if parent else ""
        return f"tree {tree}\n{above}author {who}\ncommitter {who}\n\nprdrunner merge\n".encode()

    root = body(base, None)
    root_id = hashlib.new(store.object_format, b"commit %d\0" % len(root) + root).hexdigest()
    bodies = (root, body(tip, root_id), body(phase, root_id))
    with tempfile.TemporaryDirectory(prefix="merge-", dir=store.state.root) as folder:
        names = [Path(folder) / str(number) for number in range(3)]
        for name, data in zip(names, bodies, strict=True):
            name.write_bytes(data)
        listed = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        # These can be made again at any time: no need to wait for the disk.
        said = await store.git.run(
            *("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths"),
            input=listed,
            config=[("core.fsync", "none")],
        )
    _, ours, theirs = said.stdout.decode().split()
    return ours, theirs


def parse_conflict(data: bytes) -> Conflict:
    """Parses ``merge-tree --write-tree -z --messages`` of a conflict; see git-merge-tree(1), OUTPUT."""
    fields = data.split(b"\0")
    position = 1
    sides: dict[bytes, dict[int, Entry]] = {}
    while position < len(fields) and fields[position]:
        head, _, path = fields[position].partition(b"\t")
        mode, oid, stage = head.split(b" ")
        sides.setdefault(path, {})[int(stage)] = Entry(int(mode, 8), oid.decode())
        position += 1
    position += 1
    notes = []
    while position < len(fields) and fields[position].isdigit():
        count = int(fields[position])
        paths = tuple(fields[position + 1 : position + 1 + count])
        kind, text = fields[position + 1 + count : position + 3 + count]
        if kind.startswith(b"CONFLICT"):
            notes.append(
                ConflictNote(kind.decode("utf-8", "replace"), paths, text.decode("utf-8", "replace").strip())
            )
        position += 3 + count
    paths_found = tuple(
        ConflictedPath(path, stages.get(1), stages.get(2), stages.get(3))
        for path, stages in sorted(sides.items())
    )
    return Conflict(fields[0].decode().strip(), paths_found, tuple(notes))
