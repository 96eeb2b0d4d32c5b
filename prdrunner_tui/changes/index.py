"""Where the files and git hunks of a patch begin, found without reading a line of it."""

from __future__ import annotations

import re
from bisect import bisect_left

_FIRST = b"diff --git "
# The literal line feed in front lets the search skip from line to line; `^` would look at each byte.
_HEADS = re.compile(rb"\n(?:diff --git |@@ -)")
_AT = ord("@")


class PatchIndex:
    """Offsets into a patch as ``git diff-tree -p`` prints it.

    Lines of content begin with a space, ``+``, ``-`` or a backslash and git quotes line feeds in paths, so a
    line that begins with ``diff --git`` or ``@@`` can only be a head. Nothing else is looked at: the cost is
    one search through the bytes.

    Attributes:
        patch: the patch.
        sections: the offset of each file section, ascending, and the length of the patch at the end.
        hunks: the offset of each ``@@`` line, ascending.
    """

    __slots__ = ("hunks", "patch", "sections")

    def __init__(self, patch: bytes) -> None:
        self.patch = patch
        starts = [match.start() + 1 for match in _HEADS.finditer(patch)]
        self.hunks = [start for start in starts if patch[start] == _AT]
        self.sections = [0] if patch.startswith(_FIRST) else []
        self.sections += [start for start in starts if patch[start] != _AT]
        self.sections.append(len(patch))

    def __len__(self) -> int:
        """The number of file sections."""
        return len(self.sections) - 1

    def head(self, section: int) -> bytes:
        """The lines of a section before its first git hunk."""
        start, end = self.sections[section], self.sections[section + 1]
        first = bisect_left(self.hunks, start)
        if first < len(self.hunks):
            end = min(end, self.hunks[first])
        return self.patch[start:end]

    def git_hunks(self, section: int) -> int:
        """How many git hunks a section has."""
        low, high = self._hunk_range(section)
        return high - low

    def spans(self, section: int) -> list[tuple[int, int]]:
        """Start and end offset of each git hunk of a section, its ``@@`` line included."""
        low, high = self._hunk_range(section)
        starts = self.hunks[low:high]
        return list(zip(starts, [*starts[1:], self.sections[section + 1]], strict=False))

    def _hunk_range(self, section: int) -> tuple[int, int]:
        low = bisect_left(self.hunks, self.sections[section])
        return low, bisect_left(self.hunks, self.sections[section + 1], lo=low)
