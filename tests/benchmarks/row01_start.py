"""Row 1: until something can be used, and the processor that it takes, beside the smallest Textual app.

A start screen can be used when its keys stand there and its repository; the cockpit when the phases of the run do,
of an engine that runs already. The clock begins before the program is started and ends when the bytes are read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.benchmarks.stage import READY, ROOT, Stage, staged
from tests.benchmarks.table import Line, Lines, median
from tests.benchmarks.tty import Tty

HELLO = (sys.executable, "-m", "tests.benchmarks.apps.hello")
_KEYS = b"leave"
"""Of the key row."""
_PRD = b"docs/prd.md"
"""What the start screen found."""


@dataclass(slots=True)
class Times:
    """Milliseconds to the marks of a program, and of processor until then."""

    marks: dict[bytes, list[float]] = field(default_factory=dict)
    cpu: dict[bytes, list[float]] = field(default_factory=dict)


async def measure(rounds: int) -> Lines:
    """The lines of the row."""
    with staged() as stage:
        programs = {
            "hello": (lambda: Tty(HELLO, cwd=ROOT), (b"hello",)),
            "start": (lambda: stage.show("tui"), (_KEYS, _PRD)),
            "cockpit": (lambda: stage.show(), (_KEYS, READY)),
        }
        found = {name: Times() for name in programs}
        for number in range(max(5, rounds // 3) + 1):
            for name, (start, marks) in programs.items():
                _start(start, marks, found[name] if number else Times())
        return _lines(stage, found)


def _start(start: Callable[[], Tty], marks: tuple[bytes, ...], into: Times) -> None:
    with start() as tty:
        for mark in marks:
            at = tty.until(mark)
            into.cpu.setdefault(mark, []).append(tty.cpu() * 1000)
            into.marks.setdefault(mark, []).append((at - tty.began) * 1000)


def _lines(stage: Stage, found: dict[str, Times]) -> Lines:
    hello = median(found["hello"].marks[b"hello"])
    hello_cpu = median(found["hello"].cpu[b"hello"])
    start, cockpit = found["start"], found["cockpit"]
    return [
        Line(1, "start screen, usable", median(start.marks[_KEYS]), "minimal app", hello, 1.25),
        Line(1, "start screen, PRDs found", median(start.marks[_PRD]), "minimal app", hello, None),
        Line(1, "start screen, processor", median(start.cpu[_KEYS]), "minimal app", hello_cpu, 2.0),
        Line(1, "cockpit, first frame with its keys", median(cockpit.marks[_KEYS]), "minimal app", hello, 1.25),
        Line(1, "cockpit, run on the screen", median(cockpit.marks[READY]), "minimal app", hello, None),
        Line(1, "cockpit, processor", median(cockpit.cpu[_KEYS]), "minimal app", hello_cpu, 2.0),
        Line(1, "cockpit, processor to the run", median(cockpit.cpu[READY]), "minimal app", hello_cpu, None),
    ]  # fmt: skip
