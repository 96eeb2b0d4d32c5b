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
) -> None:
    """Print aligned columns; those named in ``right`` are aligned right, the last one is not padded.

    On a terminal the last column is cut where the line ends; ``bare`` leaves the head out.
    """
    from prdrunner_tui.text.cells import cells, crop

    shown = list(rows) if bare else [head, *rows]
    lines = [[sanitize(cell) for cell in row] for row in shown]
    widths = [max((cells(line[column]) for line in lines), default=0) for column in range(len(head))]
    width = terminal_width()
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
