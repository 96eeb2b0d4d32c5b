"""Making the files of a directory those of a tree, without losing or following what stands in the way."""

from __future__ import annotations

import asyncio
import os
import posixpath
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.repo.git import Git


@dataclass(slots=True)
class Aside:
    """Where things that stand in the way are moved, a numbered folder for each occasion.

    Attributes:
        folder: the parent of the numbered folders, on the same file system.
        keep_last: how many of them stay; None keeps all (work of a person or an agent).
        moved: the paths moved on this occasion, relative to the root they were in.
    """

    folder: Path
    keep_last: int | None = None
    moved: list[bytes] = field(default_factory=list)
    _here: bytes = b""

    def take(self, root: bytes, path: bytes) -> None:
        """Moves ``root/path`` aside; whatever it is, it is renamed, never opened."""
        if not self._here:
            self._here = os.fsencode(self._next())
        target = self._here + b"/" + path
        Path(os.fsdecode(posixpath.dirname(target))).mkdir(parents=True, exist_ok=True)
        Path(os.fsdecode(root + b"/" + path)).rename(os.fsdecode(target))
        self.moved.append(path)

    def _next(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = sorted(int(entry.name) for entry in self.folder.iterdir() if entry.name.isdigit())
        if self.keep_last is not None:
            for number in numbers[: max(0, len(numbers) - self.keep_last + 1)]:
                remove_tree(self.folder / str(number))
        here = self.folder / str(numbers[-1] + 1 if numbers else 1)
        here.mkdir(mode=0o700)
        return here


def remove_tree(path: Path) -> None:
    """Deletes a directory of ours, also where a test run took the write permission away."""

    def loosen(_: object, name: str, __: object) -> None:
        Path(name).parent.chmod(0o700)
        target = Path(name)
        if target.is_dir() and not target.is_symlink():
            target.chmod(0o700)
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)

    if path.exists():
        shutil.rmtree(path, onerror=loosen)


async def switch(git: Git, *, root: Path, index: Path, tree: str, aside: Aside) -> None:
    """Makes the tracked files of ``root`` those of ``tree``; ``index`` tells what is tracked now.

    What is not tracked and stands where a file of the tree belongs is moved aside, and so are tracked files that
    differ from the index: whatever could not be imported is in no tree. Symlinks are replaced, never followed.
    """
    if not index.exists():
        await git.run("read-tree", "--empty", index=index)
    said = await git.run(
        *("diff-index", "--cached", "--no-renames", "--raw", "-z", "--end-of-options", tree), index=index
    )
    fields = said.stdout.split(b"\0")
    # Seen from the tree, a path that the index lacks is deleted.
    coming = [path for head, path in zip(fields[::2], fields[1::2], strict=False) if head.endswith(b" D")]
    changed = await git.run("ls-files", "-z", "-m", index=index, work_tree=root)
    differing = await asyncio.to_thread(_sorted_kinds, os.fsencode(root), changed.records)
    if differing[True]:
        # A populated submodule is no file of ours and no obstacle either.
        staged = await git.run(
            "ls-files", "-z", "--stage", "--", *differing[True], index=index, work_tree=root
        )
        links = {record.partition(b"\t")[2] for record in staged.records if record.startswith(b"160000")}
        differing[True] = [path for path in differing[True] if path not in links]
    in_the_way = [*coming, *differing[True], *differing[False]]
    await asyncio.to_thread(_clear_the_way, os.fsencode(root), in_the_way, aside)
    await git.run("read-tree", "--reset", "-u", tree, index=index, work_tree=root)


def _sorted_kinds(root: bytes, paths: Iterable[bytes]) -> dict[bool, list[bytes]]:
    """The paths by whether a directory is there."""
    found: dict[bool, list[bytes]] = {True: [], False: []}
    for path in paths:
        found[Path(os.fsdecode(root + b"/" + path)).is_dir()].append(path)
    return found


def _clear_the_way(root: bytes, coming: Iterable[bytes], aside: Aside) -> None:
    clear: set[bytes] = set()
    gone: set[bytes] = set()
    for path in coming:
        parts = path.split(b"/")
        for depth in range(1, len(parts) + 1):
            step = b"/".join(parts[:depth])
            if step in clear:
                continue
            if step in gone:
                break
            try:
                mode = os.lstat(root + b"/" + step).st_mode
            except OSError:
                gone.add(step)
                break
            if depth < len(parts) and stat.S_ISDIR(mode):
                clear.add(step)
                continue
            aside.take(root, step)
            gone.add(step)
            break
