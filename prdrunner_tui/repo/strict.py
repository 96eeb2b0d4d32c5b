"""Importing under the base tree's rules when the files to import changed those very rules.

git reads ``.gitattributes`` from the work tree, and before 2.41 it cannot be told to read them from a tree. So the
files are copied into a scratch directory that holds the base's attributes files instead of the agent's.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prdrunner_tui.repo.basetree import BaseTree
from prdrunner_tui.repo.git import Git, GitError
from prdrunner_tui.repo.items import Item
from prdrunner_tui.repo.scan import Scan

if TYPE_CHECKING:
    from prdrunner_tui.repo.worktree import Source

_RULES_CAP = 1 << 20


def changed_rules(root: Path, base: BaseTree, looked: Scan) -> tuple[bytes, ...]:
    """The ``.gitattributes`` and ``.gitignore`` files that differ from the base's, are new or are gone."""
    changed = [path for path in base.rules if path not in looked.rule_files]
    for path, regular in looked.rule_files.items():
        if not regular or path not in base.rules or _head(root, path) != base.rules[path]:
            changed.append(path)
    return tuple(sorted(changed))


def _head(root: Path, path: bytes) -> bytes | None:
    try:
        with open(os.fsencode(root) + b"/" + path, "rb") as file:
            return file.read(_RULES_CAP)
    except OSError:
        return None


async def import_strictly(
    git: Git, source: Source, base: BaseTree, paths: Sequence[bytes], keep: Iterable[bytes]
) -> str:
    """The tree of the given files (all that shall be in it) under the base's attributes.

    Submodules and the paths of ``keep`` stay as they are in the base.
    """
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=source.private))
    try:
        attributes = {path: data for path, data in base.rules.items() if path.endswith(b".gitattributes")}
        files = scratch / "files"
        index = scratch / "index"
        await asyncio.to_thread(_copy, source.root, files, paths)
        await asyncio.to_thread(_place, files, attributes)
        await git.run("read-tree", "--empty", index=index)
        await _keep_entries(git, index, base, base.gitlinks | set(keep))
        ordinary = [path for path in paths if path.rpartition(b"/")[2] != b".gitattributes"]
        await git.run(
            *("update-index", "--add", "-z", "--stdin"),
            input=_listed(ordinary),
            config=source.config,
            index=index,
            work_tree=files,
        )
        await _add_attributes(git, source, index, files, set(paths) - set(ordinary))
        return (await git.run("write-tree", index=index, work_tree=files)).line
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


def _listed(paths: Iterable[bytes]) -> bytes:
    return b"".join(path + b"\0" for path in paths)


def _copy(root: Path, target: Path, paths: Iterable[bytes]) -> None:
    target.mkdir()
    from_base, to_base = os.fsencode(root) + b"/", os.fsencode(target) + b"/"
    made: set[bytes] = set()
    for path in paths:
        parent = posixpath.dirname(to_base + path)
        if parent not in made:
            _make_folder(parent)
            made.add(parent)
        shutil.copy2(from_base + path, to_base + path, follow_symlinks=False)


def _place(target: Path, files: dict[bytes, bytes]) -> None:
    """Puts the given files in place of whatever the copy holds there, and takes away all other attributes."""
    base = os.fsencode(target)
    for folder, _, names in os.walk(base):
        if b".gitattributes" in names:
            Path(os.fsdecode(folder), ".gitattributes").unlink()
    for path, data in files.items():
        full = Path(os.fsdecode(base + b"/" + path))
        # Where the agent has a file or link in place of the directory there is nothing to rule over.
        if full.parent.is_dir() and not full.parent.is_symlink():
            full.write_bytes(data)


def _make_folder(path: bytes) -> None:
    Path(os.fsdecode(path)).mkdir(parents=True, exist_ok=True)


async def _keep_entries(git: Git, index: Path, base: BaseTree, paths: frozenset[bytes]) -> None:
    if not paths:
        return
    listed = await git.run("ls-tree", "-r", "-z", "--full-tree", base.tree)
    lines = [record for record in listed.records if record.partition(b"\t")[2] in paths]
    if lines:
        await git.run("update-index", "-z", "--index-info", index=index, input=_listed(lines))


async def _add_attributes(git: Git, source: Source, index: Path, files: Path, paths: set[bytes]) -> None:
    lines = []
    for path in sorted(paths):
        full = Path(os.fsdecode(os.fsencode(source.root) + b"/" + path))
        if full.is_symlink():
            hashed = await git.run("hash-object", "-w", "--stdin", input=os.fsencode(full.readlink()))
            lines.append(b"120000 " + hashed.line.encode() + b"\t" + path)
            continue
        data = await asyncio.to_thread(full.read_bytes)
        # The attributes files themselves are converted under the base's rules like any other file.
        hashed = await git.run(
            "hash-object",
            "-w",
            "--stdin",
            b"--path=" + path,
            input=data,
            work_tree=files,
            config=source.config,
        )
        mode = b"100755 " if full.stat().st_mode & 0o100 else b"100644 "
        lines.append(mode + hashed.line.encode() + b"\t" + path)
    if lines:
        await git.run("update-index", "-z", "--index-info", index=index, input=_listed(lines))


async def hidden(git: Git, source: Source, base: BaseTree, ignored: Sequence[bytes]) -> list[Item]:
    """The ignored paths that the base's own ignore files would have shown; directories end in ``/``."""
    if not ignored:
        return []
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=source.private))
    try:
        files = scratch / "files"
        rules = {path: data for path, data in base.rules.items() if path.endswith(b".gitignore")}
        await asyncio.to_thread(_lay_out, files, rules, ignored)
        excludes = source.excludes.read_bytes() if source.excludes and source.excludes.exists() else b""
        patterns = "".join(f"{pattern}\n" for pattern in source.leave_out).encode("utf-8", "surrogateescape")
        (scratch / "excludes").write_bytes(excludes + patterns)
        said = await git.run(
            "check-ignore",
            "-z",
            "--stdin",
            "--no-index",
            work_tree=files,
            index=scratch / "index",
            config=[("core.excludesFile", str(scratch / "excludes"))],
            # A leading "./" takes the meaning from a name that begins like pathspec magic.
            input=_listed(b"./" + path for path in ignored),
            check=False,
        )
        if said.code not in (0, 1):
            raise GitError("check-ignore", said.code, said.stderr)
        known = {record.removeprefix(b"./") for record in said.records}
        why = "ignored by a changed ignore file"
        return [Item("hidden", path, why) for path in ignored if path not in known]
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


def _lay_out(target: Path, rules: dict[bytes, bytes], ignored: Iterable[bytes]) -> None:
    target.mkdir()
    base = os.fsencode(target) + b"/"
    # Patterns that end in a slash match directories only, and git looks at the disk for that.
    for path in ignored:
        _make_folder(base + (path if path.endswith(b"/") else posixpath.dirname(path)))
    for path, data in rules.items():
        _make_folder(posixpath.dirname(base + path))
        Path(os.fsdecode(base + path)).write_bytes(data)
