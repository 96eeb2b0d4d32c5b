"""Copying objects between object stores as a pack; never by link, never by running git in a foreign git dir."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from prdrunner_tui.repo.git import Git


async def copy_objects(
    source: Git, target: Git, *, want: Iterable[str], have: Iterable[str] = (), keep: str = ""
) -> None:
    """Copies what is reachable from ``want`` and not from ``have`` into the target's object directory.

    Args:
        source: where the objects can be read.
        target: where they go; needs to know nothing yet.
        want: object ids (commits, trees, tags).
        have: commits whose objects the target has.
        keep: a reason; when given, a ``.keep`` file that holds it protects the pack from the target's gc.

    The copy is checked (every object is hashed again) and synced to disk. Repeating it is harmless.
    """
    lines = [*want, *(f"^{commit}" for commit in have)]
    consumer = ["index-pack", "--stdin", *([f"--keep={keep}"] if keep else [])]
    await source.pipe(
        ["pack-objects", "--revs", "--stdout", "-q", "--delta-base-offset", "--threads=2"],
        target,
        consumer,
        input="".join(f"{line}\n" for line in lines).encode(),
    )


async def missing(git: Git, oids: Sequence[str]) -> tuple[str, ...]:
    """Those of the object ids that the object directory does not have."""
    if not oids:
        return ()
    said = await git.run("cat-file", "--batch-check", input="".join(f"{oid}\n" for oid in oids).encode())
    lines = said.stdout.decode("ascii", "replace").splitlines()
    return tuple(line.split(" ")[0] for line in lines if line.endswith(" missing"))


async def read_blobs(git: Git, oids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of many blobs in one go; ids that are missing or no blobs are left out."""
    if not oids:
        return {}
    said = await git.run("cat-file", "--batch", input="".join(f"{oid}\n" for oid in oids).encode())
    data, position, found = said.stdout, 0, {}
    while position < len(data):
        end = data.index(b"\n", position)
        fields = data[position:end].split(b" ")
        position = end + 1
        if len(fields) == 3:
            size = int(fields[2])
            if fields[1] == b"blob":
                found[fields[0].decode()] = data[position : position + size]
            position += size + 1
    return found


def sync_directory(path: Path) -> None:
    """Makes the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Writes a small file so that after a crash either the old or the new content is there."""
    temporary = path.with_name(f".{path.name}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(path)
    sync_directory(path.parent)
