"""Git LFS: files whose checkout holds the real content while the tree holds a pointer are not supported yet."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from prdrunner_tui.repo.basetree import base_tree, list_tree
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.repo.store import Store
from prdrunner_tui.text.problem import Problem

_POINTER = b"version https://git-lfs.github.com/spec/"


async def refuse_smudged(store: Store, repo: Repo) -> None:
    """Refuses a repository whose checkout holds smudged LFS files at HEAD; HEAD must be in the store.

    Workspaces would hold the pointers, and agents and tests would work on those.

    Raises:
        Problem: names the first such file and how many there are.
    """
    base = await base_tree(store, await store.tree_of(repo.head_commit))
    attributes = [data for path, data in base.rules.items() if path.endswith(b".gitattributes")]
    if not any(b"filter=lfs" in data for data in attributes):
        return
    entries = await list_tree(store, repo.head_commit)
    regular = {path: entry.oid for path, entry in entries.items() if entry.mode & 0o170000 == 0o100000}
    small = await _pointers(store, tuple(set(regular.values())))
    pointers = [path for path, oid in regular.items() if oid in small]
    smudged = await asyncio.to_thread(_smudged, repo.root, pointers)
    if smudged:
        first = smudged[0].decode("utf-8", "replace")
        raise Problem(
            f"Git LFS files are not supported yet: {first!r} and {len(smudged) - 1} more"
            if len(smudged) > 1
            else f"Git LFS files are not supported yet: {first!r}",
            where=str(repo.root),
            hint="leave them as pointers (git lfs uninstall; git lfs pointer), if the work does not need them",
        )


async def _pointers(store: Store, oids: tuple[str, ...]) -> set[str]:
    checked = await store.git.run(
        "cat-file",
        "--batch-check=%(objectname) %(objectsize)",
        input="".join(f"{oid}\n" for oid in oids).encode(),
    )
    rows = (line.split(" ") for line in checked.stdout.decode().splitlines())
    # The specification caps a pointer at 1024 bytes.
    small = tuple(oid for oid, size in rows if size.isdigit() and 100 <= int(size) < 1024)
    return {oid for oid, data in (await store.read_blobs(small)).items() if data.startswith(_POINTER)}


def _smudged(root: Path, pointers: list[bytes]) -> list[bytes]:
    found = []
    for path in sorted(pointers):
        try:
            with open(os.fsencode(root) + b"/" + path, "rb") as file:
                head = file.read(len(_POINTER))
        except OSError:
            continue
        if head != _POINTER:
            found.append(path)
    return found
