"""Which part of a change set is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.splice import Taken
from prdrunner_tui.changes.units import Hunk, Unit


@dataclass(frozen=True, slots=True)
class Selection:
    """Parts of a change set, by path, unit and line; what it does not name is left out.

    Attributes:
        paths: files that are taken with everything.
        units: ids of hunks and items that are taken whole.
        lines: by hunk id, the lines that are taken of it.
        replaced: by hunk id, the lines that a person put in its place.
        written: by path, the bytes that a person gave a file, which is then taken with its rename and mode.
    """

    paths: frozenset[bytes] = frozenset()
    units: frozenset[str] = frozenset()
    lines: Mapping[str, frozenset[Line]] = field(default_factory=dict)
    replaced: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    written: Mapping[bytes, bytes] = field(default_factory=dict)

    def __or__(self, other: Selection) -> Selection:
        """What either takes; of two texts by a person for one place, the other's."""
        lines = dict(self.lines)
        for unit, some in other.lines.items():
            lines[unit] = lines.get(unit, frozenset()) | some
        return Selection(
            self.paths | other.paths,
            self.units | other.units,
            lines,
            {**self.replaced, **other.replaced},
            {**self.written, **other.written},
        )

    def taken(self, units: Sequence[Unit]) -> dict[str, Taken]:
        """What is taken of each unit of one file, by id; units of which nothing is taken are left out.

        A hunk all of whose lines are taken is taken whole.
        """
        found: dict[str, Taken] = {}
        for unit in units:
            if unit.id in self.replaced:
                found[unit.id] = self.replaced[unit.id]
            elif unit.id in self.units:
                found[unit.id] = None
            elif isinstance(unit, Hunk) and self.lines.get(unit.id):
                some = self.lines[unit.id]
                found[unit.id] = None if some >= all_lines(unit) else some
        return found

    def is_everything(self, changes: ChangeSet) -> bool:
        """Whether nothing of a change set is left out, and nothing is a person's own text."""
        if self.replaced or self.written:
            return False
        for number in range(len(changes)):
            if changes.path(number) not in self.paths:
                units = changes.units(number)
                taken = self.taken(units)
                if any(unit.id not in taken or taken[unit.id] is not None for unit in units):
                    return False
        return True


NOTHING = Selection()


def all_lines(hunk: Hunk) -> frozenset[Line]:
    """Every line of a hunk."""
    removed = (Line("-", number) for number in range(1, len(hunk.removed) + 1))
    added = (Line("+", number) for number in range(1, len(hunk.added) + 1))
    return frozenset((*removed, *added))


def of_units(ids: Iterable[str]) -> Selection:
    """The units with these ids."""
    return Selection(units=frozenset(ids))


def of_paths(paths: Iterable[bytes]) -> Selection:
    """The files at these paths, whole."""
    return Selection(paths=frozenset(paths))
