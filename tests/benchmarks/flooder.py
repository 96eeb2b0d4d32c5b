"""``python flooder.py CONTROL``: an agent that puts out lines at the rate that a file names, until it says ``end``.

The file CONTROL holds a number, lines a second; it is read again all the time. Each line has its number and the
moment at which it was put out. What was put out in all stands in CONTROL.told, written whenever the rate changes.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_BEAT = 0.01
_REST = "the agent reads src/todo/storage.py and thinks about columns, types and defaults for it"


def main(control: Path) -> None:
    """Put out."""
    number, rate, due = 0, 0.0, 0.0
    descriptor = os.open(control, os.O_RDONLY)
    while True:
        word = os.pread(descriptor, 32, 0).decode().strip()
        wanted = 0.0 if word in ("", "end") else float(word)
        if wanted != rate or word == "end":
            _tell(control, number)
            rate, due = wanted, 0.0
        if word == "end":
            return
        began = time.monotonic()
        due += rate * _BEAT
        if due >= 1:
            stamp = f"t={began:.4f}"
            last = number + int(due)
            text = "".join([f"n={n:09d} {stamp} {_REST}\n" for n in range(number, last)])
            due -= int(due)
            number = last
            _put(text.encode())
        time.sleep(max(0.0, (_BEAT if rate else 2 * _BEAT) - (time.monotonic() - began)))


def _put(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def _tell(control: Path, number: int) -> None:
    made = control.with_name(control.name + ".new")
    made.write_text(str(number))
    made.replace(control.with_name(control.name + ".told"))


if __name__ == "__main__":
    sys.stdin.read()
    main(Path(sys.argv[1]))
