"""Looking at a directory tree without following a link: what git does not list, and what it must not be fed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

RULE_FILES = frozenset((b".gitattributes", b".gitignore"))
"""Files by which an agent could change how git reads its other files."""

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


@dataclass(slots=True)
class Scan:
    """What a scan found; paths are relative to the scanned root, with ``/`` between parts.

    Attributes:
        nested: directories with a ``.git`` of their own.
        special: (path, kind) of FIFOs, sockets and devices.
        rule_files: `RULE_FILES` met, with their directory entries' kind: True for a regular file.
        unknown: directories that were not in the given set; they were not entered.
        replaced: directories of the given set that are something else now (a file, a link).
        unreadable: directories that could not be listed.
    """

    nested: list[bytes] = field(default_factory=list)
    special: list[tuple[bytes, str]] = field(default_factory=list)
    rule_files: dict[bytes, bool] = field(default_factory=dict)
    unknown: list[bytes] = field(default_factory=list)
    replaced: list[bytes] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)


def parents(paths: Iterable[bytes]) -> set[bytes]:
    """Every directory above the given paths; the root is the empty name."""
    found: set[bytes] = {b""}
    for path in paths:
        end = path.rfind(b"/")
        while end > 0:
            directory = path[:end]
            if directory in found:
                break
            found.add(directory)
            end = path.rfind(b"/", 0, end)
    return found


def scan(root: Path, directories: Iterable[bytes]) -> Scan:
    """Lists the given directories (not their children unless given too) and sorts out what is special."""
    result = Scan()
    known = set(directories)
    for directory in sorted(known):
        _scan_one(os.fsencode(root), directory, known, result)
    return result


def scan_below(root: Path, tops: Iterable[bytes], skip: Iterable[bytes], *, budget: int = 20_000) -> Scan:
    """Walks whole directories, leaving out those in ``skip``, until ``budget`` directories were read."""
    result, left_out, queue = Scan(), set(skip), list(tops)
    base = os.fsencode(root)
    while queue and budget > 0:
        directory = queue.pop()
        if directory in left_out:
            continue
        budget -= 1
        before = len(result.unknown)
        _scan_one(base, directory, set(), result)
        queue += result.unknown[before:]
        if result.nested and result.nested[-1] == directory:
            # A repository inside is one item; its content is never looked at.
            del queue[len(queue) - (len(result.unknown) - before) :]
    result.unknown.clear()
    return result


def traps(root: Path) -> list[tuple[bytes, str]]:
    """Special files anywhere below that are named like a rule file: (path, kind); git would wait for them."""
    found = []
    base = os.fsencode(root)
    for folder, _, names in os.walk(base):
        for name in RULE_FILES.intersection(names):
            mode = os.lstat(folder + b"/" + name).st_mode
            kind = next((kind for test, kind in _KINDS if test(mode)), "")
            if kind:
                found.append(((folder + b"/" + name)[len(base) + 1 :], kind))
    return sorted(found)


def _scan_one(base: bytes, directory: bytes, known: set[bytes], result: Scan) -> None:
    full = base + b"/" + directory if directory else base
    try:
        if directory and not stat.S_ISDIR(os.lstat(full).st_mode):
            result.replaced.append(directory)
            return
        entries = os.scandir(full)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        result.unreadable.append(directory)
        return
    with entries:
        for entry in entries:
            name = entry.name
            if name == b".git":
                if directory:
                    result.nested.append(directory)
                continue
            path = directory + b"/" + name if directory else name
            if entry.is_file(follow_symlinks=False):
                if name in RULE_FILES:
                    result.rule_files[path] = True
            elif entry.is_dir(follow_symlinks=False):
                if path not in known:
                    result.unknown.append(path)
            elif entry.is_symlink():
                if name in RULE_FILES:
                    result.rule_files[path] = False
            else:
                result.special.append((path, _kind(entry)))


def _kind(entry: os.DirEntry[bytes]) -> str:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:
        return "gone"
    return next((name for test, name in _KINDS if test(mode)), "special")
