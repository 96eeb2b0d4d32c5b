"""How a unit, a file and a whole change set stand in a review: what a screen shows as one glyph or as counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.units import Unit
from prdrunner_tui.changes.verdicts import Review


class Standing(Enum):
    """What was said of something, in one word."""

    UNDECIDED = "undecided"
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    CHANGED = "changed"
    """Undecided, and something was decided before where it stands."""
    SEVERAL = "several"
    """Not the same of all its parts."""


def of_unit(review: Review, unit: Unit) -> Standing:
    """How a hunk or an item stands."""
    if unit.path in review.written:
        return Standing.EDITED
    verdict = review.verdicts.get(unit.id)
    if verdict is None:
        return Standing.CHANGED if unit.id in review.changed else Standing.UNDECIDED
    return Standing.SEVERAL if verdict.mark == "undecided" else Standing(verdict.mark)


def together(standings: Iterable[Standing]) -> Standing:
    """How the whole of some parts stands; of no parts undecided."""
    found = set(standings)
    if len(found) > 1:
        return Standing.SEVERAL
    return found.pop() if found else Standing.UNDECIDED


def of_file(review: Review, changes: ChangeSet, number: int) -> Standing:
    """How a file stands."""
    return together(of_unit(review, unit) for unit in changes.units(number))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many units stand how; together they are all units.

    Attributes:
        approved: approved or edited, with all they hold.
        rejected: rejected, with all they hold.
        split: hunks whose lines are all decided, but not alike.
        undecided: the rest: units that hold something undecided.
    """

    approved: int
    rejected: int
    split: int
    undecided: int


def tally(review: Review, units: int) -> Tally:
    """The counts of a whole change set.

    Args:
        review: what was said.
        units: how many units the change set has (`count`, once for a change set).
    """
    approved = sum(len(written.units) for written in review.written.values())
    rejected = split = 0
    for verdict in review.verdicts.values():
        if verdict.mark in ("approved", "edited"):
            approved += 1
        elif verdict.mark == "rejected":
            rejected += 1
        elif verdict.decided:
            split += 1
    return Tally(approved, rejected, split, units - approved - rejected - split)


def count(changes: ChangeSet) -> int:
    """How many units a change set has; parses all of it."""
    return sum(len(units) for _, units in changes.all_units())
