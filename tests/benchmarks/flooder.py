"""``python flooder.py CONTROL``: an agent that puts out lines at the rate that a file names, until it says ``end``.

The file CONTROL holds a number, lines a second; it is read again all the time. Each line has its number and the
moment at which it was put out. How many were put out, and at what rate the agent now is, stands in CONTROL.told,
in place and as new as the last line.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_BEAT = 0.01
_REST = "the agent reads src/todo/storage.py and thinks about columns, types and defaults for it"
_TOLD = 40
"""Bytes of CONTROL.told, always so many: who reads it finds one state of it, never parts of two."""


def told_by(control: Path) -> tuple[int, str]:
    """How many lines the agent of a control file has put out, and the rate that it has seen last."""
    try:
        number, word = control.with_name(control.name + ".told").read_text().split()
    except (FileNotFoundError, ValueError):
        return 0, ""
    return int(number), word


def lines_of(size: int) -> int:
    """How many lines are so many bytes, about."""
    return size // len(_line(0, _stamp(time.monotonic())))


def main(control: Path) -> None:
    """Put out."""
    number, rate, due, said = 0, 0.0, 0.0, ""
    descriptor = os.open(control, os.O_RDONLY)
    told = os.open(control.with_name(control.name + ".told"), os.O_WRONLY | os.O_CREAT, 0o600)
    while True:
        began = time.monotonic()
        word = os.pread(descriptor, 32, 0).decode().strip() or "0"
        wanted = 0.0 if word == "end" else float(word)
        if wanted != rate:
            rate, due = wanted, 0.0
        due += rate * _BEAT
        if due >= 1:
            last = number + int(due)
            stamp = _stamp(began)
            text = "".join([_line(n, stamp) for n in range(number, last)])
            due -= int(due)
            number = last
            _put(text.encode())
        telling = f"{number:12d} {word}".ljust(_TOLD)
        if telling != said:
            os.pwrite(told, telling.encode(), 0)
            said = telling
        if word == "end":
            return
        time.sleep(max(0.0, (_BEAT if rate else 2 * _BEAT) - (time.monotonic() - began)))


def _stamp(at: float) -> str:
    return f"t={at:.4f}"


def _line(number: int, stamp: str) -> str:
    return f"n={number:09d} {stamp} {_REST}\n"


def _put(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    sys.stdin.read()
    main(Path(sys.argv[1]))
