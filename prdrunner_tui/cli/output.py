"""What commands print: only SafeText reaches the terminal, and JSON only as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import SafeText, sanitize

_WIDEST = 200
_LEAST = 12
_LEAST_LAST, _LEAST_NARROW = 20, 6
"""Cells that the last column and one that is cut for it keep."""


def say(text: str) -> None:
    """Print lines; whatever is in them that a terminal would obey is shown as a symbol."""
    sys.stdout.write(f"{_printable(sanitize(text, newlines=True), sys.stdout)}\n")


def say_json(data: Any) -> None:
    """Print a value as JSON, ASCII only, so that no byte of it can be obeyed."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=True, default=str) + "\n")


def note(text: str) -> None:
    """Print a line beside the result, after what was printed before."""
    sys.stdout.flush()
    sys.stderr.write(f"{_printable(sanitize(text, newlines=True), sys.stderr)}\n")


def complain(problem: Problem) -> None:
    """Print an error: what and where in one line, and what to do in a second one."""
    head = f"{problem.where}: {problem.message}" if problem.where else problem.message
    note(f"error: {_one_line(head)}" + (f"\n       {_one_line(problem.hint)}" if problem.hint else ""))


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: frozenset[str] = frozenset(),
    *,
    bare: bool = False,
    narrow: frozenset[str] = frozenset(),
) -> None:
    """Print aligned columns; those named in ``right`` are aligned right, the last one is not padded.

    On a terminal the last column is cut where the line ends; ``bare`` leaves the head out. Columns named in ``narrow``
    are cut too, the widest first, where the last one has no room.
    """
    from prdrunner_tui.text.cells import cells, crop

    shown = list(rows) if bare else [head, *rows]
    lines = [[sanitize(cell) for cell in row] for row in shown]
    widths = [max((cells(line[column]) for line in lines), default=0) for column in range(len(head))]
    width = terminal_width()
    if width:
        named = [column for column, name in enumerate(head[:-1]) if name in narrow]
        most = max(_LEAST, *(cells(str(line[-1])) for line in lines)) if lines else _LEAST
        widths = narrowed(widths, named, width - min(most, _LEAST_LAST) - 2 * (len(head) - 1))
        for line in lines:
            line[:-1] = [
                sanitize(crop(str(cell), wide)) if column in named else cell
                for column, (cell, wide) in enumerate(zip(line[:-1], widths, strict=False))
            ]
    room = max(_LEAST, width - sum(widths[:-1]) - 2 * (len(head) - 1)) if width else 0
    for line in lines:
        *first, last = line
        padded = [
            cell.pad(wide, right=name in right) for name, cell, wide in zip(head, first, widths, strict=False)
        ]
        if head[-1] in right:
            last = last.pad(widths[-1], right=True)
        elif room:
            last = sanitize(crop(str(last), room))
        sys.stdout.write("  ".join(_printable(c, sys.stdout) for c in (*padded, last)).rstrip() + "\n")


def narrowed(widths: Sequence[int], columns: Sequence[int], most: int) -> list[int]:
    """The widths of all columns, with some of them narrower so that all but the last take ``most`` cells.

    The widest gives way first, the first column of the table only after the others: it names the row. None of them gets
    narrower than its least.
    """
    made = list(widths)
    while sum(made[:-1]) > most:
        wide = [column for column in columns if made[column] > _LEAST_NARROW]
        if not wide:
            break
        widest = max(wide, key=lambda column: (column > 0, made[column]))
        made[widest] -= 1
    return made


def say_folded(label: str, text: str) -> None:
    """Print a text behind its label; on a terminal it is folded at spaces, below its own beginning."""
    width = terminal_width()
    if not width:
        say(f"{label}  {text}")
        return
    import textwrap

    room = max(_LEAST_LAST, width - len(label) - 2)
    lines = textwrap.wrap(str(sanitize(text)), room, break_long_words=False, break_on_hyphens=False)
    indent = " " * (len(label) + 2)
    say("\n".join(f"{indent if place else f'{label}  '}{line}" for place, line in enumerate(lines or [""])))


def terminal_width() -> int:
    """Columns of the terminal that stdout is, 0 when it is none."""
    try:
        return min(_WIDEST, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):
        return 0


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _printable(text: SafeText, stream: TextIO) -> str:
    """The text as the encoding of the stream can carry it."""
    encoding = stream.encoding or "utf-8"
    if encoding.lower().replace("-", "") == "utf8":
        return str(text)
    return text.encode(encoding, "backslashreplace").decode(encoding)
