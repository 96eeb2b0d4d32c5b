"""One changed file between two trees, as git's raw format tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

Status = Literal["A", "M", "D", "R", "C", "T"]
"""Added, modified, deleted, renamed, copied, type changed."""

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000
GITLINK = 0o160000


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed path.

    Attributes:
        path: the path now; for a deletion the path that was.
        old_path: the path before; None when added.
        status: see `Status`.
        old_mode: git's mode before, 0 when added.
        new_mode: git's mode now, 0 when deleted.
        old_blob: object id before, zeros when added.
        new_blob: object id now, zeros when deleted.
        added: lines added; 0 for binary.
        removed: lines removed; 0 for binary.
        binary: git takes one side for binary (a NUL byte in its first 8,000).
        similarity: per cent, for a rename or a copy; 100 means nothing but the path.
    """

    path: bytes
    old_path: bytes | None
    status: Status
    old_mode: int
    new_mode: int
    old_blob: str
    new_blob: str
    added: int = 0
    removed: int = 0
    binary: bool = False
    similarity: int = 0


def raw_positions(fields: Sequence[bytes]) -> list[int]:
    """Where each record begins in the NUL-separated fields of ``diff-tree --raw -z``.

    A record is its head and one path, for a rename or a copy two. The list ends at the first field that is no
    head, so that what git prints after the records may follow.
    """
    positions = []
    position, end = 0, len(fields)
    while position < end and fields[position][:1] == b":":
        positions.append(position)
        position += 3 if fields[position].rpartition(b" ")[2][0] in b"RC" else 2
    return positions


def raw_change(fields: Sequence[bytes], position: int) -> FileChange:
    """The record at one of the `raw_positions`; see git-diff-tree(1), "RAW OUTPUT FORMAT"."""
    old_mode, new_mode, old_blob, new_blob, status = fields[position][1:].split(b" ")
    letter = cast(Status, chr(status[0]))
    two = letter in "RC"
    return FileChange(
        path=fields[position + 2 if two else position + 1],
        old_path=None if letter == "A" else fields[position + 1],
        status=letter,
        old_mode=int(old_mode, 8),
        new_mode=int(new_mode, 8),
        old_blob=old_blob.decode(),
        new_blob=new_blob.decode(),
        similarity=int(status[1:]) if two else 0,
    )
