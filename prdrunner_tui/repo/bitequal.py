"""Checking that the files of a directory are bit for bit those of a tree, trusting no timestamp."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.changes.files import EXECUTABLE, GITLINK, SYMLINK
from prdrunner_tui.repo.basetree import Entry
from prdrunner_tui.repo.git import Git


@dataclass(frozen=True, slots=True)
class Difference:
    """A tracked path that is not as the tree has it, and how: ``missing``, ``type``, ``mode`` or ``content``."""

    path: bytes
    how: str


async def differences(
    git: Git, *, root: Path, index: Path, entries: Mapping[bytes, Entry], object_format: str
) -> tuple[Difference, ...]:
    """The tracked files of ``root`` that differ from ``entries``; every file is read.

    A file that git converts on checkout (line endings, encoding) has to hold exactly what a checkout would
    write. Submodules have to be empty or missing.

    Args:
        git: holds the blobs.
        root: the directory.
        index: an index of the tree; attributes are read from it.
        entries: the tree's files.
        object_format: ``sha1`` or ``sha256``.
    """
    found, regular = await asyncio.to_thread(_look, root, entries, object_format)
    wrong = await _hash_all(git, root, regular, entries)
    odd = [path for path in wrong if wrong[path]]
    found += [Difference(path, "content") for path in wrong if not wrong[path]]
    found += await _against_checkout(git, root, index, odd, entries)
    return tuple(sorted(found, key=lambda difference: difference.path))


def _look(
    root: Path, entries: Mapping[bytes, Entry], object_format: str
) -> tuple[list[Difference], list[bytes]]:
    base = os.fsencode(root) + b"/"
    found: list[Difference] = []
    regular: list[bytes] = []
    checked: dict[bytes, bool] = {}
    for path, entry in entries.items():
        if not _real_parents(base, path, checked):
            found.append(Difference(path, "missing"))
            continue
        try:
            mode = os.lstat(base + path).st_mode
        except OSError:
            if entry.mode != GITLINK:
                found.append(Difference(path, "missing"))
            continue
        if entry.mode == GITLINK:
            if not stat.S_ISDIR(mode) or any(Path(os.fsdecode(base + path)).iterdir()):
                found.append(Difference(path, "type"))
        elif entry.mode == SYMLINK:
            if not stat.S_ISLNK(mode):
                found.append(Difference(path, "type"))
            elif _blob_id(_link_target(base + path), object_format) != entry.oid:
                found.append(Difference(path, "content"))
        elif not stat.S_ISREG(mode):
            found.append(Difference(path, "type"))
        elif bool(mode & 0o100) != (entry.mode == EXECUTABLE):
            found.append(Difference(path, "mode"))
        else:
            regular.append(path)
    return found, regular


def _link_target(path: bytes) -> bytes:
    return os.fsencode(Path(os.fsdecode(path)).readlink())


def _real_parents(base: bytes, path: bytes, checked: dict[bytes, bool]) -> bool:
    """Whether all directories above are directories and no links; ``checked`` remembers."""
    end = path.rfind(b"/")
    if end < 0:
        return True
    folder = path[:end]
    known = checked.get(folder)
    if known is None:
        try:
            known = stat.S_ISDIR(os.lstat(base + folder).st_mode) and _real_parents(base, folder, checked)
        except OSError:
            known = False
        checked[folder] = known
    return known


def _blob_id(data: bytes, object_format: str) -> str:
    return hashlib.new(object_format, b"blob %d\0" % len(data) + data).hexdigest()


async def _hash_all(
    git: Git, root: Path, paths: Sequence[bytes], entries: Mapping[bytes, Entry]
) -> dict[bytes, bool]:
    """The paths whose raw bytes are not the blob's; the value tells whether a conversion may explain it."""
    plain = [path for path in paths if b"\n" not in path and not path.startswith(b'"')]
    rest = [path for path in paths if b"\n" in path or path.startswith(b'"')]
    half = (len(plain) + 1) // 2
    chunks = [chunk for chunk in (plain[:half], plain[half:]) if chunk]
    hashed: dict[bytes, str] = {}

    async def hash_chunk(chunk: Sequence[bytes]) -> None:
        said = await git.run(
            *("hash-object", "--no-filters", "--stdin-paths"),
            work_tree=root,
            input=b"".join(path + b"\n" for path in chunk),
            check=False,
        )
        # A file that cannot be read ends the output early; the rest then counts as different.
        hashed.update(zip(chunk, said.stdout.decode().split(), strict=False))

    await asyncio.gather(*map(hash_chunk, chunks))
    for path in rest:
        said = await git.run(
            *("hash-object", "--no-filters", "--stdin"),
            input=await asyncio.to_thread(Path(os.fsdecode(os.fsencode(root) + b"/" + path)).read_bytes),
        )
        hashed[path] = said.line
    return {path: path in hashed for path in paths if hashed.get(path) != entries[path].oid}


async def _against_checkout(
    git: Git, root: Path, index: Path, paths: Sequence[bytes], entries: Mapping[bytes, Entry]
) -> list[Difference]:
    if not paths:
        return []
    attributed = await _converted(git, root, index, paths)
    found = [Difference(path, "content") for path in paths if path not in attributed]
    for path in attributed:
        wanted = await git.run(
            *("cat-file", "--filters", b"--path=" + path, entries[path].oid), work_tree=root, index=index
        )
        actual = await asyncio.to_thread(Path(os.fsdecode(os.fsencode(root) + b"/" + path)).read_bytes)
        if wanted.stdout != actual:
            found.append(Difference(path, "content"))
    return found


async def _converted(git: Git, root: Path, index: Path, paths: Sequence[bytes]) -> list[bytes]:
    """Those of the paths that carry an attribute by which a checkout's bytes may differ from the blob's."""
    names = ("text", "eol", "ident", "working-tree-encoding", "crlf")
    said = await git.run(
        *("check-attr", "-z", "--stdin", "--cached", *names),
        work_tree=root,
        index=index,
        input=b"".join(path + b"\0" for path in paths),
    )
    records = said.records
    marked = {
        path
        for path, value in zip(records[0::3], records[2::3], strict=True)
        if value not in (b"unspecified", b"unset")
    }
    return [path for path in paths if path in marked]
