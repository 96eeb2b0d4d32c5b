"""A review while one action changes it, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from prdrunner_tui.changes.verdicts import Act, Action, Reason, Review, Verdict, Written

_V = TypeVar("_V")
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an action.

    Attributes:
        review: the review after it; the very one before when nothing changed.
        units: the ids of the units whose verdict changed, in the order of the files.
        skipped: by unit id, why a guarded unit that would have been approved or edited was not.
    """

    review: Review
    units: tuple[str, ...]
    skipped: Mapping[str, Sequence[Reason]]


@dataclass(frozen=True, slots=True)
class Undone:
    """A review without its latest action, and what that was."""

    review: Review
    act: Act


def _set(values: dict[_K, _V], key: _K, value: _V | None) -> None:
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value


class Draft:
    """A review while one action changes it."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.verdicts = dict(review.verdicts)
        self.written = dict(review.written)
        self.skipped: dict[str, Sequence[Reason]] = {}
        self.before: dict[str, Verdict | None] = {}
        self.before_written: dict[bytes, Written | None] = {}

    def put(self, unit: str, verdict: Verdict | None) -> None:
        """Set what is said of a unit."""
        self.before.setdefault(unit, self.verdicts.get(unit))
        _set(self.verdicts, unit, verdict)

    def write(self, path: bytes, written: Written | None) -> None:
        """Set what is written for a file."""
        self.before_written.setdefault(path, self.written.get(path))
        _set(self.written, path, written)

    def withdraw(self, path: bytes) -> None:
        """Take back what is written for a file."""
        if path in self.written:
            self.write(path, None)

    def done(self, action: Action) -> Acted:
        """The review after the action, with what undoes it."""
        before = {
            unit: verdict for unit, verdict in self.before.items() if verdict != self.verdicts.get(unit)
        }
        written = {path: text for path, text in self.before_written.items() if text != self.written.get(path)}
        if not before and not written:
            return Acted(self.review, (), self.skipped)
        act = Act(action, tuple(before), tuple(written), before, written)
        past = (*self.review.past, act)
        review = replace(self.review, verdicts=self.verdicts, written=self.written, past=past)
        return Acted(review, act.units, self.skipped)


def undo(review: Review) -> Undone | None:
    """The review before its latest action; None when there is none to undo."""
    if not review.past:
        return None
    act = review.past[-1]
    verdicts, written = dict(review.verdicts), dict(review.written)
    for unit, verdict in act.verdicts.items():
        _set(verdicts, unit, verdict)
    for path, text in act.written.items():
        _set(written, path, text)
    return Undone(replace(review, verdicts=verdicts, written=written, past=review.past[:-1]), act)
