"""``python manyfiles.py target``: an agent that changes many files, each in some places."""

from __future__ import annotations

import sys
from pathlib import Path

FILES, HUNKS, CHANGED = 1000, 5, 7
"""Each hunk is three lines, seven lines twice, three lines."""


def write(root: Path, word: str) -> None:
    """Write the many files; ``base`` or ``target`` says how the changed lines read."""
    name = {"base": "value", "target": "computed"}[word]
    for number in range(FILES):
        lines = []
        for hunk in range(HUNKS):
            for line in range(CHANGED + 20):
                changed = 10 <= line < 10 + CHANGED
                told = name if changed else "value"
                lines.append(f"    {told} = function_{number}(argument, {hunk}, {line})\n")
        path = root / f"src/package_{number % 97}/module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines))


if __name__ == "__main__":
    sys.stdin.read()
    write(Path.cwd(), sys.argv[1])
