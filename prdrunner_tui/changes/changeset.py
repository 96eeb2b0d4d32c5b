"""A change set: all that differs between two trees, each part of it parsed when it is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

from prdrunner_tui.changes.files import FileChange, raw_change, raw_positions
from prdrunner_tui.changes.index import PatchIndex
from prdrunner_tui.changes.parsing import parse_git_hunk
from prdrunner_tui.changes.units import Unit, identified, items_of

_KEPT = 512
_BINARY = b"\nBinary files "


class ChangeSet:
    """The files that differ, in path order, by number from 0.

    Made from one answer of git (`GIT_ARGUMENTS`). Only where files and git hunks begin is found at once; a
    file's units are parsed when they are asked for, and the last few hundred files are kept.
    """

    def __init__(self, answer: bytes) -> None:
        """Raises ValueError: the answer is not that of the arguments above."""
        raw, _, patch = answer.partition(b"\0\0")
        self._fields = raw.split(b"\0")
        self._records = raw_positions(self._fields)
        self.index = PatchIndex(patch)
        self._sections = self._first_sections()
        self._numbers: dict[bytes, int] | None = None
        self._units: OrderedDict[int, tuple[Unit, ...]] = OrderedDict()

    def _first_sections(self) -> list[int]:
        """The first section of each record: git prints a changed type as a deletion and an addition."""
        if len(self._records) == len(self.index):
            return list(range(len(self._records)))
        sections, at = [], 0
        for record in self._records:
            sections.append(at)
            at += 2 if self._fields[record].endswith(b" T") else 1
        if at != len(self.index):
            raise ValueError(f"git listed {at} sections and printed {len(self.index)}")
        return sections

    def __len__(self) -> int:
        """The number of files."""
        return len(self._records)

    def path(self, number: int) -> bytes:
        """The path of a file now, for a deletion the path that was."""
        record = self._records[number]
        two = self._fields[record].rpartition(b" ")[2][:1] in (b"R", b"C")
        return self._fields[record + 2 if two else record + 1]

    def number(self, path: bytes) -> int | None:
        """The number of the file at a path, or None."""
        if self._numbers is None:
            self._numbers = {self.path(number): number for number in range(len(self))}
        return self._numbers.get(path)

    def record(self, number: int) -> FileChange:
        """What happened to a file, without a look at its lines: nothing is counted, nothing known binary."""
        return raw_change(self._fields, self._records[number])

    def change(self, number: int) -> FileChange:
        """What happened to a file, with its lines counted."""
        change = self.record(number)
        section = self._sections[number]
        sections = (section, section + 1) if change.status == "T" else (section,)
        if any(_BINARY in self.index.head(one) for one in sections):
            return replace(change, binary=True)
        counts = [self._counted(one) for one in sections]
        return replace(change, added=sum(c[0] for c in counts), removed=sum(c[1] for c in counts))

    def _counted(self, section: int) -> tuple[int, int]:
        spans = self.index.spans(section)
        if not spans:
            return 0, 0
        start, end = spans[0][0], spans[-1][1]
        patch = self.index.patch
        return patch.count(b"\n+", start, end), patch.count(b"\n-", start, end)

    def git_hunks(self, number: int) -> int:
        """How many git hunks a file has; none where its type changed, which is one item."""
        if self._fields[self._records[number]].endswith(b" T"):
            return 0
        return self.index.git_hunks(self._sections[number])

    def text(self, number: int, git_hunk: int) -> bytes:
        """The text of the n-th git hunk (from 1) of a file, its ``@@`` line included."""
        start, end = self.index.spans(self._sections[number])[git_hunk - 1]
        return self.index.patch[start:end]

    def units(self, number: int) -> tuple[Unit, ...]:
        """The items of a file, then its hunks in file order."""
        known = self._units.get(number)
        if known is None:
            known = self._units[number] = self._parse(number)
            while len(self._units) > _KEPT:
                self._units.popitem(last=False)
        else:
            self._units.move_to_end(number)
        return known

    def _parse(self, number: int) -> tuple[Unit, ...]:
        change, git_hunks = self.change(number), self.git_hunks(number)
        items = items_of(change, git_hunks=git_hunks)
        if not git_hunks or any(item.git_hunks for item in items):
            return items
        patch, spans = self.index.patch, self.index.spans(self._sections[number])
        hunks = (
            hunk
            for nth, (start, end) in enumerate(spans, 1)
            for hunk in parse_git_hunk(patch[start:end], path=change.path, number=nth)
        )
        return (*items, *identified(hunks))

    def all_units(self) -> Iterator[tuple[int, tuple[Unit, ...]]]:
        """Each file's number and units, parsing everything."""
        for number in range(len(self)):
            yield number, self.units(number)


GIT_ARGUMENTS: tuple[str, ...] = (
    "diff-tree",
    "-r",
    "-z",
    "--raw",
    "--patch",
    "--full-index",
    "--unified=3",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--find-renames=50%",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-prefix",
    "--submodule=short",
    "--ignore-submodules=none",
)
"""The arguments whose answer a `ChangeSet` reads; they fix what ``git diff -M`` does without configuration."""

COPIES = "--find-copies=50%"
"""The further argument with which copies of changed files are found too."""
