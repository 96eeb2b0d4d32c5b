"""The bytes of a file when some of its hunks, or some lines of them, are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prdrunner_tui.changes.order import Line, sequence
from prdrunner_tui.changes.units import Hunk, lines_of

Taken = frozenset[Line] | tuple[bytes, ...] | None
"""What is taken of a hunk: some lines, or other lines in its place, or (None) all of it."""


class Mismatch(ValueError):
    """The hunks are not those of the base that was given."""


def splice(base: bytes, hunks: Iterable[Hunk], taken: Mapping[str, Taken]) -> bytes:
    """The base with what is taken.

    Args:
        base: the bytes of the file before.
        hunks: of one file, in any order.
        taken: by hunk id; a hunk that is not named is left as it was.

    A line that no longer ends the file gets a line feed, in the style of the file (`ending_of`).

    Raises:
        Mismatch: the base does not hold what a hunk removes, where it removes it.
    """
    lines = lines_of(base)
    result: list[bytes] = []
    at = 0
    ordered = sorted(hunks, key=lambda hunk: hunk.old_index)
    for hunk in ordered:
        begin, end = hunk.old_index, hunk.old_index + len(hunk.removed)
        if begin < at or tuple(lines[begin:end]) != hunk.removed or begin > len(lines):
            raise Mismatch(f"hunk {hunk.id} does not fit at line {hunk.old_start}")
        result += lines[at:begin]
        result += chosen(hunk, taken[hunk.id]) if hunk.id in taken else hunk.removed
        at = end
    result += lines[at:]
    return b"".join(_ended(result, ending_of(lines, ordered)))


def chosen(hunk: Hunk, taken: Taken) -> Iterator[bytes]:
    """The lines that stand in the place of a hunk."""
    if taken is None:
        return iter(hunk.added)
    if isinstance(taken, tuple):
        return iter(taken)
    return (
        hunk.removed[number - 1] if sign == "-" else hunk.added[number - 1]
        for sign, number in sequence(hunk)
        if (Line(sign, number) in taken) == (sign == "+")
    )


def _ended(lines: Sequence[bytes], ending: bytes) -> Iterator[bytes]:
    for line in lines[:-1]:
        yield line if line.endswith(b"\n") else line + ending
    yield from lines[-1:]


def ending_of(lines: Sequence[bytes], hunks: Sequence[Hunk]) -> bytes:
    """What ends a line of this file: as its last ended line, else as the first ended one that comes, else LF."""
    known = next((line for line in reversed(lines) if line.endswith(b"\n")), None)
    if known is None:
        known = next((line for hunk in hunks for line in hunk.added if line.endswith(b"\n")), b"")
    return b"\r\n" if known.endswith(b"\r\n") else b"\n"
