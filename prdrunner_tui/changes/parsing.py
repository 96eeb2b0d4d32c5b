"""From the text of a git hunk to blocks of changed lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prdrunner_tui.changes.units import CONTEXT, Hunk

_HEAD = re.compile(rb"@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@")
_REMOVED, _ADDED, _KEPT, _NO_LINE_FEED = _SIGNS = b"-+ \\"


def parse_git_hunk(text: bytes, *, path: bytes, number: int) -> Iterator[Hunk]:
    """The blocks of consecutive changed lines of one git hunk, without ids.

    The form is that of git-diff(1), "generating patch text with -p". unidiff, which reads it too, takes some 300
    bytes of memory for each line and knows text only.

    Args:
        text: the ``@@`` line and what follows it, with at least three lines of context where there are any.
        path: of the file now.
        number: which git hunk of its file it is, from 1.

    Raises:
        ValueError: this is no git hunk, or its lines are not as many as the ``@@`` line says.
    """
    head, *lines = text.split(b"\n")
    match = _HEAD.match(head)
    if match is None or not lines or lines.pop():
        raise ValueError("this is no git hunk")
    old_count, new_count = (int(match[group] or 1) for group in (2, 4))
    old_first = _first(int(match[1]), old_count)
    new_first = _first(int(match[3]), new_count)
    _join_marks(lines)
    old_lines = [line[1:] for line in lines if line[0] != _ADDED]
    if len(old_lines) != old_count or sum(line[0] != _REMOVED for line in lines) != new_count:
        raise ValueError("a git hunk has other lines than its head says")
    old_at = new_at = at = 0
    while at < len(lines):
        if lines[at][0] == _KEPT:
            old_at, new_at, at = old_at + 1, new_at + 1, at + 1
            continue
        end = at
        while end < len(lines) and lines[end][0] != _KEPT:
            end += 1
        removed = tuple(line[1:] for line in lines[at:end] if line[0] == _REMOVED)
        added = tuple(line[1:] for line in lines[at:end] if line[0] == _ADDED)
        old_end = old_at + len(removed)
        yield Hunk(
            id="",
            path=path,
            old_start=old_first + old_at - (not removed),
            new_start=new_first + new_at - (not added),
            removed=removed,
            added=added,
            before=tuple(old_lines[max(0, old_at - CONTEXT) : old_at]),
            after=tuple(old_lines[old_end : old_end + CONTEXT]),
            git_hunk=number,
        )
        old_at, new_at, at = old_end, new_at + len(added), end


def _first(start: int, count: int) -> int:
    # Of an empty range git names the line in front.
    return start if count else start + 1


def _join_marks(lines: list[bytes]) -> None:
    """Give each line its line feed back, but for those in front of git's mark that they had none."""
    if any(not line or line[0] not in _SIGNS for line in lines):
        raise ValueError("a line of a git hunk has no sign")
    marks = [at for at, line in enumerate(lines) if line[0] == _NO_LINE_FEED]
    bare = {at - 1 for at in marks}
    lines[:] = [line if at in bare else line + b"\n" for at, line in enumerate(lines)]
    for at in reversed(marks):
        del lines[at]
