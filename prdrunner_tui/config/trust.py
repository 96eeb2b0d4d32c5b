"""What a repository could make run, and what of it a person has agreed to.

There are two inventories: of its ``.prd_runner``, where everything is hashed as it lies there (content, name,
executable bit), and of what its commit brings for agents. A pin is the hash of an inventory; it is kept per
repository in the user's own data directory, never in the repository.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.config.files import draft_of, read_text_file
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath

DIRECTORY = ".prd_runner"
MAX_FILES = 2000
MAX_FILE_BYTES = 5_000_000
MAX_DEPTH = 16
_PINS = 40
"""Of one repository: what was agreed to on other branches is not asked again."""
_DOES = {
    "config.yaml": "names commands that run, workers, limits and gates",
    "hooks": "runs programs at steps of the run",
    "prompts": "steers agents",
    "workflows": "steers the steps of a run",
    "profiles": "starts agents",
    "plugins": "runs code in the engine",
}
_OTHER = "can be used by the others"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an inventory."""

    path: RepoPath
    """From the repository's root."""
    content: str
    """What distinguishes its content: the SHA-256 below ``.prd_runner``, mode and object id of a committed file."""
    does: str
    """What it can do, in words."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Files of one kind, sorted, and the hash of them all."""

    entries: tuple[Entry, ...]
    hash: str


def inventory(repo_root: Path) -> Inventory:
    """Look at a repository's ``.prd_runner``; no entries when there is none.

    Raises:
        Problem: the directory or a file in it is a symbolic link that leads out, is no regular file, or is too
            large, or there are too many.
    """
    root = repo_root / DIRECTORY
    try:
        mode = root.lstat().st_mode
    except FileNotFoundError:
        return Inventory((), _combined([]))
    if not stat.S_ISDIR(mode):
        raise Problem(
            f"{DIRECTORY} is not a directory", where=DIRECTORY, hint="replace it by a real directory"
        )
    lines: list[bytes] = []
    entries: list[Entry] = []
    inside = root.resolve()
    for name, path in _files(root):
        relative = RepoPath(DIRECTORY.encode() + b"/" + name)
        content, flag = _content(path, relative, inside)
        digest = hashlib.sha256(content).hexdigest()
        first = name.split(b"/", 1)[0].decode("utf-8", "replace")
        entries.append(Entry(relative, digest, _DOES.get(first, _OTHER)))
        lines.append(b"%s %s %s\0" % (digest.encode(), flag, name))
    return Inventory(tuple(entries), _combined(lines))


def committed_inventory(files: Iterable[tuple[bytes, str, str]]) -> Inventory:
    """What a commit brings for agents, given by path, what distinguishes the content, and what it can do."""
    entries = tuple(Entry(RepoPath(path), content, does) for path, content, does in files)
    lines = [b"%s %s\0" % (entry.content.encode(), entry.path.raw) for entry in entries]
    return Inventory(entries, hashlib.sha256(b"prdrunner-agents-1\0" + b"".join(lines)).hexdigest())


def shipped_inventory_hashes(samples_dir: Path) -> frozenset[str]:
    """The hashes of the sample projects that we ship; computed now, from the installed files."""
    if not samples_dir.is_dir():
        return frozenset()
    samples = (inventory(sample) for sample in sorted(samples_dir.iterdir()) if sample.is_dir())
    return frozenset(found.hash for found in samples if found.entries)


def _combined(lines: list[bytes]) -> str:
    return hashlib.sha256(b"prdrunner-trust-1\0" + b"".join(lines)).hexdigest()


def _files(root: Path) -> Iterator[tuple[bytes, Path]]:
    found: list[tuple[bytes, Path]] = []
    pending: list[tuple[Path, int]] = [(root, 0)]
    while pending:
        directory, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise Problem(
                f"{DIRECTORY} is nested more than {MAX_DEPTH} deep", where=DIRECTORY, hint="make it flatter"
            )
        with os.scandir(directory) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    pending.append((path, depth + 1))
                else:
                    found.append((os.fsencode(path.relative_to(root)), path))
                if len(found) > MAX_FILES:
                    raise Problem(f"more than {MAX_FILES:,} files", where=DIRECTORY, hint="remove some")
    yield from sorted(found)


def _content(path: Path, relative: RepoPath, inside: Path) -> tuple[bytes, bytes]:
    """The bytes that count, and a flag for the kind: plain file, executable file, link."""
    shown = str(relative.display())
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        target = path.resolve()
        if not target.is_relative_to(inside) or not target.exists():
            raise Problem(
                "is a symbolic link that leads out", where=shown, hint=f"put a file into {DIRECTORY}"
            )
        return os.fsencode(path.readlink()), b"l"
    data = read_text_file(path, MAX_FILE_BYTES, name=shown)
    if data is None:
        raise Problem("vanished while it was read", where=shown, hint="try again")
    return data, b"x" if found.st_mode & 0o111 else b"-"


class TrustStore:
    """The pins of one user.

    The file is JSON, ``{"version": 1, "pins": {repository id: [hash, ...]}}``, mode 0600, replaced atomically.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_trusted(self, repo_id: str, found: Inventory) -> bool:
        """Whether the person has agreed to exactly this inventory; true when there is nothing to agree to."""
        return not found.entries or found.hash in self._read().get(repo_id, [])

    def trust(self, repo_id: str, *found: Inventory) -> None:
        """Agree to inventories."""
        new = [one.hash for one in found if one.entries]
        with self._locked():
            pins = self._read()
            hashes = [pin for pin in pins.get(repo_id, []) if pin not in new]
            pins[repo_id] = [*hashes, *new][-_PINS:]
            self._write(pins)

    def untrust(self, repo_id: str) -> bool:
        """Take back all agreements of a repository; False when there was none."""
        with self._locked():
            pins = self._read()
            had = pins.pop(repo_id, None)
            if had is not None:
                self._write(pins)
            return had is not None

    def _read(self) -> dict[str, list[str]]:
        data = read_text_file(self._path, 5_000_000)
        if data is None:
            return {}
        where = str(self._path)
        found = self._path.stat()
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise Problem(
                "trust pins can be written by others", where=where, hint="chmod 600 it, or remove it"
            )
        try:
            pins = json.loads(data)["pins"]
            return {str(repo): [str(pin) for pin in hashes] for repo, hashes in pins.items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            hint = "remove it and trust the repositories again"
            raise Problem("trust pins cannot be read", where=where, hint=hint) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write(self, pins: dict[str, list[str]]) -> None:
        told = json.dumps({"version": 1, "pins": pins}, indent=1, sort_keys=True)
        draft_of(self._path, told.encode(), 0o600).replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
