"""What an action in a review aims at, and the units that this means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import all_lines
from prdrunner_tui.changes.units import Hunk
from prdrunner_tui.changes.verdicts import Subject, subjects
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize


@dataclass(frozen=True, slots=True)
class OfLines:
    """Some lines of a hunk; without any it aims at nothing."""

    path: bytes
    unit: str
    lines: frozenset[Line]


@dataclass(frozen=True, slots=True)
class OfUnit:
    """A hunk with all its lines, or an item."""

    path: bytes
    unit: str


@dataclass(frozen=True, slots=True)
class OfFile:
    """Every unit of the file at a path (now; for a deletion the path that was)."""

    path: bytes


@dataclass(frozen=True, slots=True)
class OfAll:
    """Every unit of every file."""


Aim = OfLines | OfUnit | OfFile | OfAll
"""What an action aims at."""


@dataclass(frozen=True, slots=True)
class Target:
    """One unit that an action aims at; ``fills`` when it came with a file or with everything."""

    subject: Subject
    lines: frozenset[Line] | None = None
    fills: bool = False

    @property
    def id(self) -> str:
        """Of the unit."""
        return self.subject.unit.id

    @property
    def path(self) -> bytes:
        """Of the unit."""
        return self.subject.unit.path


def targets(changes: ChangeSet, aims: Iterable[Aim]) -> Iterator[Target]:
    """The units that are aimed at, in the order of the aims.

    Raises:
        Problem: the change set has no such file, unit or line.
    """
    for aim in aims:
        if isinstance(aim, OfAll | OfFile):
            numbers = range(len(changes)) if isinstance(aim, OfAll) else (number_of(changes, aim.path),)
            for number in numbers:
                yield from (Target(subject, fills=True) for subject in subjects(changes, number))
        else:
            number = number_of(changes, aim.path)
            subject = next((one for one in subjects(changes, number) if one.unit.id == aim.unit), None)
            if subject is None:
                raise Problem(f"{sanitize(aim.path)} has nothing with the id {sanitize(aim.unit[:12])} now")
            lines = aim.lines if isinstance(aim, OfLines) else None
            if lines is not None and not _are_lines(subject, lines):
                raise Problem(f"{aim.unit[:12]} has no such lines")
            if lines is None or lines:
                yield Target(subject, lines)


def _are_lines(subject: Subject, lines: frozenset[Line]) -> bool:
    return isinstance(subject.unit, Hunk) and lines <= all_lines(subject.unit)


def number_of(changes: ChangeSet, path: bytes) -> int:
    """The number of the file at a path. Raises Problem: it did not change."""
    number = changes.number(path)
    if number is None:
        raise Problem(f"{sanitize(path)} did not change")
    return number
