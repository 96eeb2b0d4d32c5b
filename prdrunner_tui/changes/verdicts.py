"""What was said of each unit of a change set, as values, and which part of it is thereby taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.files import FileChange
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import Selection, all_lines
from prdrunner_tui.changes.units import Hunk, Unit

Mark = Literal["undecided", "approved", "rejected", "edited"]
"""What was said of a unit or a line."""

Seen = Literal["whole", "part", "none"]
"""How much of a unit was on screen when the verdict was given."""


class Reason(Protocol):
    """Why a unit is guarded."""

    @property
    def kind(self) -> str:
        """One word."""

    @property
    def detail(self) -> str:
        """A few more."""


Guards = Mapping[str, Sequence[Reason]]
"""By unit id, why it is approved only by a person who aims at it alone; units without a reason are not named."""

NO_GUARDS: Guards = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is about, with all its bytes, so that it can be compared with what comes later.

    Attributes:
        unit: the hunk or item.
        file: the record of its file: what a verdict on a hunk does depends on it too, since an added file brings
            its mode and a hunk of a renamed file lands where the file was.
        equals: how many hunks of the file have the same content as this one, itself included; 1 for an item.
    """

    unit: Unit
    file: FileChange
    equals: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one unit; of an undecided one there is none.

    Attributes:
        subject: what it was said of.
        mark: of the unit as a whole; ``undecided`` where only some lines are decided, or not all alike.
        approved: of such a hunk, the lines that are approved.
        rejected: of such a hunk, the lines that are rejected.
        text: of an edited hunk, the lines that a person put in its place.
        own: the approved content is a person's own text, which the agent has taken over since.
        by: whose verdict it is, such as ``you`` or ``auto(policy)``; of lines from several, the last one's.
        iteration: in which it was given.
        reason: what was said with it.
        seen: how much of it was on screen.
        direct: a person aimed at this very unit, or lines of it, and at nothing else; where something of it is
            taken, when that was said.
    """

    subject: Subject
    mark: Mark
    approved: frozenset[Line] = frozenset()
    rejected: frozenset[Line] = frozenset()
    text: tuple[bytes, ...] | None = None
    own: bool = False
    by: str = "you"
    iteration: int = 1
    reason: str = ""
    seen: Seen = "none"
    direct: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError: the mark does not go with the lines or the text."""
        unit, some = self.subject.unit, self.approved | self.rejected
        if (self.text is not None) != (self.mark == "edited"):
            raise ValueError("an edited hunk has a text, nothing else has")
        if isinstance(unit, Hunk):
            every = all_lines(unit)
            if not some <= every or self.approved & self.rejected:
                raise ValueError("these are not lines of the hunk, each with one mark")
            if every in (self.approved, self.rejected):
                raise ValueError("lines that all have one mark give the hunk this mark")
        elif some or self.mark == "edited":
            raise ValueError("an item is approved or rejected as a whole")
        if bool(some) != (self.mark == "undecided"):
            raise ValueError("some lines are decided, or the unit as a whole")

    @property
    def decided(self) -> bool:
        """Whether nothing of the unit is undecided."""
        if self.mark != "undecided":
            return True
        unit = self.subject.unit
        return isinstance(unit, Hunk) and self.approved | self.rejected == all_lines(unit)

    @property
    def takes(self) -> bool:
        """Whether something of the unit is taken."""
        return self.mark in ("approved", "edited") or bool(self.approved)

    def lines(self) -> tuple[frozenset[Line], frozenset[Line]]:
        """The approved and the rejected lines of a hunk; none of an item and of an edited hunk."""
        every = all_lines(self.subject.unit) if isinstance(self.subject.unit, Hunk) else frozenset()
        if self.mark == "approved":
            return every, frozenset()
        if self.mark == "rejected":
            return frozenset(), every
        return self.approved, self.rejected

    def of_line(self, line: Line) -> Mark:
        """The mark of one line of a hunk."""
        if self.mark == "edited":
            return "edited"
        approved, rejected = self.lines()
        return "approved" if line in approved else "rejected" if line in rejected else "undecided"


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes that a person gave a whole file; all its units count as edited.

    Attributes:
        file: the record of the file they were written for. Its rename and its mode are taken with them.
        data: the bytes.
        units: the ids of the units of the file.
        by: who wrote them.
        iteration: in which they were written.
        reason: what was said with them.
    """

    file: FileChange
    data: bytes
    units: tuple[str, ...]
    by: str = "you"
    iteration: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """That an undecided unit stands where something was decided before.

    Attributes:
        subject: the unit.
        was: what was said before, with what it was said of.
    """

    subject: Subject
    was: Verdict | Written


Action = Literal["approve", "reject", "edit", "write", "clear"]
"""What can be done in a review, undoing aside."""


@dataclass(frozen=True, slots=True)
class Act:
    """One action, as it can be undone.

    Attributes:
        action: what was done.
        units: the ids of the units whose verdict it changed, in the order of the files.
        paths: the files whose written bytes it changed.
        verdicts: the verdicts that were there before, by unit id; None where there was none.
        written: the written files that were there before, by path, likewise.
    """

    action: Action
    units: tuple[str, ...]
    paths: tuple[bytes, ...]
    verdicts: Mapping[str, Verdict | None]
    written: Mapping[bytes, Written | None]


@dataclass(frozen=True, slots=True)
class Review:
    """All that was said of one change set.

    Attributes:
        verdicts: by unit id; undecided units have none.
        written: by path; no unit of such a file has a verdict.
        changed: by unit id, what was decided before where the unit stands. Entries stay when the unit is decided.
        past: the actions, the latest last.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    written: Mapping[bytes, Written] = field(default_factory=dict)
    changed: Mapping[str, Changed] = field(default_factory=dict)
    past: tuple[Act, ...] = ()


def subjects(changes: ChangeSet, number: int) -> Iterator[Subject]:
    """What verdicts on the units of a file are about, in the order of the units."""
    record, units = changes.record(number), changes.units(number)
    equals = Counter(unit.content for unit in units if isinstance(unit, Hunk))
    for unit in units:
        yield Subject(unit, record, equals[unit.content] if isinstance(unit, Hunk) else 1)


def selection(review: Review, changes: ChangeSet) -> Selection:
    """Exactly what is approved or edited; what is undecided or rejected is left out.

    Raises:
        ValueError: something is approved that is not in the change set just as it was approved.
    """
    units: set[str] = set()
    lines: dict[str, frozenset[Line]] = {}
    replaced: dict[str, tuple[bytes, ...]] = {}
    taking = {unit: verdict for unit, verdict in review.verdicts.items() if verdict.takes}
    there = _there(changes, {verdict.subject.file.path for verdict in taking.values()})
    for unit, verdict in taking.items():
        if there.get(unit) != verdict.subject:
            raise ValueError(f"the change set has no such unit {unit}")
        if verdict.text is not None:
            replaced[unit] = verdict.text
        elif verdict.mark == "approved":
            units.add(unit)
        else:
            lines[unit] = verdict.approved
    for path, written in review.written.items():
        number = changes.number(path)
        if number is None or changes.record(number) != written.file:
            raise ValueError(f"the change set has no such file {path!r}")
    data = {path: written.data for path, written in review.written.items()}
    return Selection(frozenset(), frozenset(units), lines, replaced, data)


def _there(changes: ChangeSet, paths: set[bytes]) -> dict[str, Subject]:
    numbers = (changes.number(path) for path in paths)
    return {
        subject.unit.id: subject
        for number in numbers
        if number is not None
        for subject in subjects(changes, number)
    }
