"""Which earlier verdict an undecided unit stands in the place of."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from prdrunner_tui.changes.units import Hunk
from prdrunner_tui.changes.verdicts import Subject, Verdict

LIKE = 0.5
"""The least likeness of two hunks of which one is taken for the other one, changed."""

MOST_PAIRS = 4096
"""How many likenesses are computed in a file; where there were more, none are."""

_MOST_BYTES = 16384
_WORD = re.compile(rb"\w+|[^\w\s]")


class Links:
    """The verdicts of a file whose units are not there any more, to be found by place, kind or likeness."""

    def __init__(self, pool: Sequence[Verdict], units: int) -> None:
        """Of ``pool``, for as many units as are looked up."""
        self._pool = pool
        self._compares = len(pool) * units <= MOST_PAIRS
        # By base blob and 0-based line: the verdicts on hunks that remove the line, or only add lines before it.
        self._removing: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._adding: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, verdict in enumerate(pool):
            hunk, base = verdict.subject.unit, verdict.subject.file.old_blob
            if not isinstance(hunk, Hunk):
                continue
            for line in _removed(hunk):
                self._removing[base, line].append(number)
            if not hunk.removed:
                self._adding[base, hunk.old_index].append(number)

    def find(self, subject: Subject) -> Verdict | None:
        """The verdict that was given where a unit stands; None when there is none or several come first.

        An item goes with one of the same kind. A hunk goes with the one that removes most lines of the same
        base that it removes too; a hunk that only adds lines meets what is removed or added right there. One
        that meets none goes with the one most like it.
        """
        unit = subject.unit
        if not isinstance(unit, Hunk):
            kinds = [getattr(verdict.subject.unit, "kind", None) for verdict in self._pool]
            return self._only(number for number, kind in enumerate(kinds) if kind == unit.kind)
        met = self._met(unit, subject.file.old_blob)
        return self._first(met) if met else self._alike(unit)

    def _met(self, hunk: Hunk, base: str) -> Mapping[int, int]:
        """The hunks that this one meets, with the number of lines that both remove."""
        found: dict[int, int] = {}
        begin = hunk.old_index
        for line in _removed(hunk):
            for number in self._removing.get((base, line), ()):
                found[number] = found.get(number, 0) + 1
        if not hunk.removed:
            for line in (begin - 1, begin):
                found.update(dict.fromkeys(self._removing.get((base, line), ()), 0))
        for line in range(begin, begin + len(hunk.removed) + 1):
            found.update(dict.fromkeys(self._adding.get((base, line), ()), 0))
        return found

    def _alike(self, hunk: Hunk) -> Verdict | None:
        if not self._compares:
            return None
        own = words(hunk)
        scores = {number: likeness(own, other) for number, other in self._words.items()}
        return self._first({number: score for number, score in scores.items() if score >= LIKE})

    @cached_property
    def _words(self) -> dict[int, Counter[bytes]]:
        units = ((number, verdict.subject.unit) for number, verdict in enumerate(self._pool))
        return {number: words(unit) for number, unit in units if isinstance(unit, Hunk)}

    def _first(self, scores: Mapping[int, float]) -> Verdict | None:
        best = max(scores.values(), default=None)
        return self._only(number for number, score in scores.items() if score == best)

    def _only(self, numbers: Iterable[int]) -> Verdict | None:
        found = list(numbers)
        return self._pool[found[0]] if len(found) == 1 else None


def _removed(hunk: Hunk) -> range:
    return range(hunk.old_index, hunk.old_index + len(hunk.removed))


def words(hunk: Hunk) -> Counter[bytes]:
    """The words and signs of a hunk, those it removes apart from those it adds."""
    found: Counter[bytes] = Counter()
    for sign, lines in ((b"-", hunk.removed), (b"+", hunk.added)):
        found.update(sign + word for word in _WORD.findall(b"".join(lines)[:_MOST_BYTES]))
    return found


def likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    """Twice what both have by all that they have, from 0 to 1; 0 when there is nothing."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
