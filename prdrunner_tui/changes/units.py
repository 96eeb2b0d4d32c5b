"""What one verdict can be about: a hunk of text, or an item that is taken only as a whole; and their ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from prdrunner_tui.changes.files import FileChange

ItemKind = Literal["add", "delete", "rename", "copy", "mode", "type", "symlink", "submodule", "binary"]
"""What an item is; ``add`` and ``delete`` are those of an empty file, which has no line to speak of."""

CONTEXT = 3
"""Lines of the base around a hunk that belong to its identity; git's default context."""

_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Hunk:
    """A block of consecutive changed lines of one file.

    A line is its bytes with the line feed; only the last one of a file may lack it. A lone CR ends no line.

    Attributes:
        id: see `hunk_id`.
        path: the path of the file now, for a deletion the path that was.
        old_start: 1-based number of the first removed line; without one, of the line that the added ones follow
            (0 at the top of the file): git's convention.
        new_start: the same for the added lines, in the file now.
        removed: the lines of the base that go.
        added: the lines that come in their place.
        before: up to three lines of the base above.
        after: up to three lines of the base below.
        git_hunk: the 1-based number of the ``@@`` group it stands in.
        ordinal: 0 for the first of several equal ones in a file.
    """

    id: str
    path: bytes
    old_start: int
    new_start: int
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]
    git_hunk: int
    ordinal: int = 0

    @property
    def old_index(self) -> int:
        """The 0-based place in the lines of the base where the hunk begins."""
        return self.old_start - 1 if self.removed else self.old_start

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two hunks of a file equal, wherever they stand."""
        return self.removed, self.added, self.before, self.after


@dataclass(frozen=True, slots=True)
class Item:
    """A change that is no text: taken whole or not at all.

    Attributes:
        id: see `item_id`.
        path: the path of the file now, for a deletion the path that was.
        kind: what it is.
        old: before, as a person reads it: a path, a mode, an object id; bytes of the repository.
        new: now, likewise.
        git_hunks: how many ``@@`` groups git shows for it (1 for a symlink and a submodule).
    """

    id: str
    path: bytes
    kind: ItemKind
    old: bytes
    new: bytes
    git_hunks: int = 0


Unit = Hunk | Item
"""The unit of a verdict."""


def hunk_id(hunk: Hunk) -> str:
    """Hash of the path, the removed and added bytes, the base lines around, and the ordinal among equals.

    128 bits as 32 hex digits. Line numbers take no part, so that a hunk that only moved keeps its id.
    """
    parts = (b"".join(lines) for lines in (hunk.removed, hunk.added, hunk.before, hunk.after))
    return _hash(b"hunk", hunk.path, *parts, b"%d" % hunk.ordinal)


def item_id(kind: ItemKind, path: bytes, old: bytes, new: bytes) -> str:
    """Hash of the kind, the path, and what was and is there."""
    return _hash(b"item", kind.encode(), path, old, new)


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        # The length in front keeps two lists of parts apart that join to the same bytes.
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()[:_ID_DIGITS]


def identified(hunks: Iterable[Hunk]) -> tuple[Hunk, ...]:
    """The hunks of one file, in file order, with their ordinals and ids."""
    seen: dict[tuple[object, ...], int] = {}
    done = []
    for hunk in hunks:
        ordinal = seen.get(hunk.content, 0)
        seen[hunk.content] = ordinal + 1
        counted = replace(hunk, ordinal=ordinal)
        done.append(replace(counted, id=hunk_id(counted)))
    return tuple(done)


def items_of(change: FileChange, *, git_hunks: int) -> tuple[Item, ...]:
    """The items of a file in the order in which they are shown: where it is, what it is, what it holds.

    An added or deleted file has no mode item: its mode comes and goes with it.
    """
    found = []
    if change.status in "RC":
        kind: ItemKind = "rename" if change.status == "R" else "copy"
        found.append(_item(kind, change.path, change.old_path or b"", change.path))
    if change.status not in "ADT" and change.old_mode != change.new_mode:
        found.append(_item("mode", change.path, b"%06o" % change.old_mode, b"%06o" % change.new_mode))
    whole = _whole(change, git_hunks=git_hunks)
    if whole is not None:
        entries = (
            b"%06o %s" % (mode, oid.encode())
            for mode, oid in ((change.old_mode, change.old_blob), (change.new_mode, change.new_blob))
        )
        found.append(_item(whole, change.path, *entries, git_hunks=git_hunks))
    return tuple(found)


def _whole(change: FileChange, *, git_hunks: int) -> ItemKind | None:
    """The item that stands for the whole content of a file, None where hunks do or nothing changed."""
    kinds = {mode & 0o170000 for mode in (change.old_mode, change.new_mode) if mode}
    if change.status == "T":
        return "type"
    if change.old_blob == change.new_blob:
        return None
    if 0o160000 in kinds:
        return "submodule"
    if 0o120000 in kinds:
        return "symlink"
    if change.binary:
        return "binary"
    if git_hunks:
        return None
    return "add" if change.status == "A" else "delete"


def _item(kind: ItemKind, path: bytes, old: bytes, new: bytes, *, git_hunks: int = 0) -> Item:
    return Item(item_id(kind, path, old, new), path, kind, old, new, git_hunks)


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a file with their line feeds; only a line feed ends a line, as in git."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def texts(units: Sequence[Unit]) -> tuple[Hunk, ...]:
    """Those units that are hunks."""
    return tuple(unit for unit in units if isinstance(unit, Hunk))
