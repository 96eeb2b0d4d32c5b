"""Copies of a case's files: what a user's repository holds, and the state at a crash, to be crashed again."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.crash.scenario import BRANCH


def user_files(project: Path) -> dict[str, str]:
    """Every file of the user's checkout and repository by a digest, objects and our branch aside (I4)."""
    found = {}
    for folder, folders, files in os.walk(project):
        if folder.endswith("/.git/objects"):
            folders.clear()
            continue
        for name in files:
            path = Path(folder) / name
            relative = str(path.relative_to(project))
            if not relative.endswith(f"heads/{BRANCH}"):
                found[relative] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def fingerprint(place: Path, head: str) -> str:
    """A digest of everything a recovery goes by: files by name and bytes, and the log by its ``head``.

    Two crashes that leave the same are one crash. Left out is what only caches, or says who was there: git's
    indexes, sqlite's files (the log counts by its head, the registry follows from it), the lock's pid, text logs.
    """
    digest = hashlib.sha256(head.encode())
    for folder, folders, files in os.walk(place):
        folders.sort()
        inside = Path(folder).relative_to(place)
        digest.update(f"{inside}\0".encode())
        for name in sorted(files):
            path = Path(folder) / name
            if path.parent == place or ".db" in name or not (path.is_file() or path.is_symlink()):
                continue
            digest.update(f"{name}\0".encode())
            if path.is_symlink():
                digest.update(os.fsencode(os.readlink(path)))
            elif name == "workspace.json":
                digest.update(re.sub(rb'"inode": ?\d+', b"", path.read_bytes()))
            elif name not in ("index", "engine.lock") and not name.endswith(".log"):
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def copy(source: Path, target: Path) -> None:
    """Copy a folder with times and modes; ``target`` must not exist."""
    subprocess.run(["cp", "-a", "--", str(source), str(target)], check=True)


def put_back(kept: Path, place: Path) -> None:
    """Make ``place`` what it was when ``kept`` was copied from it.

    A workspace is known by the inode of its directory, which a copy cannot keep: the records are rewritten.
    """
    inodes: dict[str, int] = {}
    shutil.rmtree(place)
    copy(kept, place)
    for line in (kept / "inodes").read_text().splitlines():
        old, _, relative = line.partition(" ")
        inodes[old] = (place / relative).stat().st_ino
    for record in place.glob("state/*/runs/*/ws-private/*/*.json"):
        text = record.read_text()
        new = re.sub(r'("inode": ?)(\d+)', lambda m: m[1] + str(inodes.get(m[2], m[2])), text)
        if new != text:
            record.write_text(new)


def keep(place: Path, kept: Path) -> None:
    """Copy ``place`` so that it can be put back."""
    copy(place, kept)
    folders = (path for path in place.glob("state/*/runs/*/ws/*") if path.is_dir())
    hidden = (path for path in place.glob("state/*/runs/*/ws/.*") if path.is_dir())
    lines = [f"{path.stat().st_ino} {path.relative_to(place)}" for path in (*folders, *hidden)]
    (kept / "inodes").write_text("\n".join(lines))
