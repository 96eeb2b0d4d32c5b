"""What changed in a hunk since it was seen: the text around it as it was seen, against the text now; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from prdrunner_tui.changes.trimming import common_ends
from prdrunner_tui.changes.units import CONTEXT, Hunk

MOST_PAIRS = 400 * 400
"""How many pairs of lines, between the common lines above and below, are compared at most. Where there were
more, all lines seen are shown as removed and all lines now as added."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an interdiff.

    Attributes:
        sign: in both texts, only in the one that was seen, or only in the one now.
        seen: 1-based number in the file as it was seen; None for an added line.
        now: 1-based number in the file now; None for a removed line.
        line: the bytes, with the line feed where there is one: a line that only lost or got it is two rows.
    """

    sign: Literal[" ", "-", "+"]
    seen: int | None
    now: int | None
    line: bytes


class Gap(ValueError):
    """Lines of the base between the hunks are needed and were not given."""


def interdiff(
    seen: Sequence[Hunk], now: Sequence[Hunk], base: Sequence[bytes] | None = None
) -> tuple[Row, ...]:
    """What differs in the region of some hunks on the same base, three lines around it included.

    Both texts are the base with the hunks in it. Other hunks of the file are not looked at: a line of the base
    stands for itself. Where the numbers of two rows are not next to each other, equal lines are left out.

    Args:
        seen: the hunks as they were seen, in file order.
        now: the hunks that stand there now, in file order; of no hunks, the region is as in the base and its
            lines have the numbers of the base.
        base: the lines of the base (`lines_of`). Not needed where the hunks and the lines around them touch.

    Returns:
        The rows; none when the texts are the same.

    Raises:
        Gap: a line of the base is needed that stands in no hunk, and the base was not given.
    """
    hunks = (*seen, *now)
    if not hunks:
        return ()
    known = _known(hunks) if base is None else dict(enumerate(base))
    first = min(hunk.old_index for hunk in hunks)
    last = max(hunk.old_index + len(hunk.removed) for hunk in hunks)
    begin = next(
        (line for line in range(first, first - CONTEXT, -1) if line - 1 not in known), first - CONTEXT
    )
    end = next((line for line in range(last, last + CONTEXT) if line not in known), last + CONTEXT)
    old, new = _text(seen, known, begin, end), _text(now, known, begin, end)
    return _rows(old, new, begin + _shift(seen), begin + _shift(now))


def interdiff_moved(seen: Hunk, now: Hunk) -> tuple[Row, ...]:
    """What differs between a hunk as it was seen and one now that stands on another base.

    The texts are the lines that the hunks add, with their own lines of context around.
    """
    old, new = ([*hunk.before, *hunk.added, *hunk.after] for hunk in (seen, now))
    first, other = (hunk.old_index + _shift((hunk,)) - len(hunk.before) for hunk in (seen, now))
    return _rows(old, new, first, other)


def _known(hunks: Iterable[Hunk]) -> Mapping[int, bytes]:
    """The lines of the base that stand in hunks or around them, by 0-based number."""
    known: dict[int, bytes] = {}
    for hunk in hunks:
        lines = (*hunk.before, *hunk.removed, *hunk.after)
        known.update(enumerate(lines, hunk.old_index - len(hunk.before)))
    return known


def _text(hunks: Sequence[Hunk], known: Mapping[int, bytes], begin: int, end: int) -> list[bytes]:
    """The lines of the base from ``begin`` to ``end`` with the hunks in them."""
    text: list[bytes] = []
    at = begin
    for hunk in hunks:
        text += _lines(known, at, hunk.old_index)
        text += hunk.added
        at = hunk.old_index + len(hunk.removed)
    return text + _lines(known, at, end)


def _lines(known: Mapping[int, bytes], begin: int, end: int) -> list[bytes]:
    try:
        return [known[line] for line in range(begin, end)]
    except KeyError as error:
        raise Gap(f"line {error.args[0] + 1} of the base is needed") from None


def _shift(hunks: Sequence[Hunk]) -> int:
    """By how many lines what stands before the first hunk is further down than in the base."""
    if not hunks:
        return 0
    first = hunks[0]
    return (first.new_start - 1 if first.added else first.new_start) - first.old_index


def _rows(old: list[bytes], new: list[bytes], old_first: int, new_first: int) -> tuple[Row, ...]:
    """The rows of two texts whose first lines have these 0-based numbers."""
    rows: list[Row] = []
    blocks = _blocks(old, new)
    for number, (i1, i2, j1, j2) in enumerate(blocks):
        if number % 2:
            rows += [Row("-", old_first + i + 1, None, old[i]) for i in range(i1, i2)]
            rows += [Row("+", None, new_first + j + 1, new[j]) for j in range(j1, j2)]
            continue
        for i in range(i1, i2):
            below_one = number > 0 and i < i1 + CONTEXT
            above_one = number < len(blocks) - 1 and i >= i2 - CONTEXT
            if below_one or above_one:
                rows.append(Row(" ", old_first + i + 1, new_first + j1 + i - i1 + 1, old[i]))
    return tuple(rows)


_Block = tuple[int, int, int, int]


def _blocks(old: list[bytes], new: list[bytes]) -> list[_Block]:
    """Ranges of the old and of the new text, equal ones and others in turn, beginning and ending with equal ones."""
    top, end = common_ends(old, new)
    old_end, new_end = len(old) - end, len(new) - end
    blocks = [(0, top, 0, top)]
    height, width = old_end - top, new_end - top
    if height * width <= MOST_PAIRS:
        matcher = SequenceMatcher(None, old[top:old_end], new[top:new_end], autojunk=False)
        for _, i1, i2, j1, j2 in matcher.get_opcodes():
            blocks.append((i1 + top, i2 + top, j1 + top, j2 + top))
    else:
        blocks.append((top, old_end, top, new_end))
    # Of two equal texts there is no block between those at the ends.
    return [*blocks, (old_end, len(old), new_end, len(new))] if old != new else blocks
