"""What commands print: only SafeText reaches the terminal, and JSON only as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import SafeText, sanitize


def say(text: str) -> None:
    """Print lines; whatever is in them that a terminal would obey is shown as a symbol."""
    sys.stdout.write(f"{_printable(sanitize(text, newlines=True))}\n")


def say_json(data: Any) -> None:
    """Print a value as JSON, ASCII only, so that no byte of it can be obeyed."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=True, default=str) + "\n")


def note(text: str) -> None:
    """Print a line beside the result."""
    sys.stderr.write(f"{_printable(sanitize(text, newlines=True))}\n")


def complain(problem: Problem) -> None:
    """Print an error: what, where, and on a second line what to do."""
    head = f"{problem.where}: {problem.message}" if problem.where else problem.message
    note(f"error: {head}" + (f"\n       {problem.hint}" if problem.hint else ""))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[str] = frozenset()) -> None:
    """Print aligned columns; those named in ``right`` are aligned right, the last one is not padded."""
    from prdrunner_tui.text.cells import cells

    lines = [[sanitize(cell) for cell in row] for row in (head, *rows)]
    widths = [max(cells(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        shown = [
            cell if column == len(head) - 1 and name not in right else cell.pad(width, right=name in right)
            for column, (name, cell, width) in enumerate(zip(head, line, widths, strict=True))
        ]
        sys.stdout.write("  ".join(_printable(cell) for cell in shown).rstrip() + "\n")


def _printable(text: SafeText) -> str:
    """The text as the terminal's encoding can carry it."""
    encoding = sys.stdout.encoding or "utf-8"
    if encoding.lower().replace("-", "") == "utf8":
        return str(text)
    return text.encode(encoding, "backslashreplace").decode(encoding)
