"""An edit as an agent tells it, old and new text, as our update with a unified diff. Pure."""

from __future__ import annotations

import difflib
from typing import Literal

from prdrunner_tui.workers.updates import Edited

_MOST_LINES = 2000
"""Changed lines up to which a minimal difference is looked for: the time for it grows with their square."""
_AROUND = 3


def edited(path: str, old: str | None, new: str | None) -> Edited:
    """The edit of one file. `old` None or "": the file is new; `new` None: it is gone.

    Agents send whole files or only the place they changed, so line numbers of the diff count from what was sent.
    """
    change: Literal["added", "changed", "deleted"] = (
        "deleted" if new is None else "changed" if old else "added"
    )
    before, after = _lines(old or ""), _lines(new or "")
    if before == after:
        return Edited(path, change, 0, 0)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    removed, added = before[start : len(before) - end], after[start : len(after) - end]
    around = (before[max(0, start - _AROUND) : start], before[len(before) - end :][:_AROUND])
    first = start - len(around[0])
    if len(removed) + len(added) <= _MOST_LINES:
        old_part, new_part = [*around[0], *removed, *around[1]], [*around[0], *added, *around[1]]
        body = list(difflib.unified_diff(old_part, new_part, n=_AROUND))[2:]
        hunks = [_shifted(line, first) if line.startswith("@@") else line for line in body]
    else:
        context = len(around[0]) + len(around[1])
        head = f"@@ -{first + 1},{len(removed) + context} +{first + 1},{len(added) + context} @@\n"
        hunks = [head]
        for mark, block in ((" ", around[0]), ("-", removed), ("+", added), (" ", around[1])):
            hunks += [mark + line for line in block]
    names = [
        "--- /dev/null\n" if change == "added" else f"--- a/{path}\n",
        "+++ /dev/null\n" if change == "deleted" else f"+++ b/{path}\n",
    ]
    plus = sum(1 for line in hunks if line.startswith("+"))
    minus = sum(1 for line in hunks if line.startswith("-"))
    shown = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in hunks)
    return Edited(path, change, plus, minus, "".join([*names, *shown]))


def _lines(text: str) -> list[str]:
    """Lines as git sees them: a line feed ends one and nothing else."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _common(one: list[str], other: list[str]) -> int:
    number = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        number += 1
    return number


def _shifted(head: str, by: int) -> str:
    """A hunk's head whose line numbers count from further up."""
    parts = head.split(" ")
    for place in (1, 2):
        sign, numbers = parts[place][0], parts[place][1:]
        start, comma, length = numbers.partition(",")
        parts[place] = f"{sign}{int(start) + by}{comma}{length}"
    return " ".join(parts)
