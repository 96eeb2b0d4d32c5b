"""How keys are matched with the changes that show them, what is answered, and what a line of the table says."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.keys import latencies
from tests.benchmarks.replay import Playback, Region, changes, shown
from tests.benchmarks.table import Line
from tests.benchmarks.tty import Chunk, Link, Tty
from tests.ptychild import clock


@pytest.mark.parametrize(
    ("pressed", "changed", "found"),
    [
        ([1.0, 2.0], [1.1, 2.3], [0.1, 0.3]),
        # The first key shows only after the second was pressed: each has a change of its own.
        ([1.0, 2.0], [2.1, 2.2], [1.1, 0.2]),
        # Both keys are done in one frame.
        ([1.0, 2.0], [2.1], [1.1, 0.1]),
        # What changed before the first key is none of it; a key that never shows takes for ever.
        ([1.0, 2.0], [0.5, 1.1, 1.9], [0.1, float("inf")]),
        ([1.0, 2.0, 3.0], [1.1, 3.2, 3.5], [0.1, 1.2, 0.5]),
    ],
)
def test_each_key_waits_for_the_change_that_shows_it(
    pressed: list[float], changed: list[float], found: list[float]
) -> None:
    assert latencies(pressed, changed) == pytest.approx(found)


def test_a_region_changes_at_the_end_of_the_frame() -> None:
    begin, end = b"\x1b[?2026h", b"\x1b[?2026l"
    chunks = [
        Chunk(1.0, b"\x1b[1;1H>"),
        Chunk(2.0, begin + b"\x1b[1;1H "),
        Chunk(3.0, b"\x1b[2;1H>" + end),
        Chunk(4.0, b"\x1b[1;5Helsewhere"),
        Chunk(5.0, b"\x1b[2;1H\x1b[7m>\x1b[m\x1b[?20"),
        Chunk(6.0, b"26$p"),
    ]
    assert list(changes((20, 4), chunks, Region(0, 2, 0, 1))) == [1.0, 3.0, 5.0]
    assert shown((20, 4), chunks).rows[0].strip() == "elsewhere"


def test_a_terminal_answers_where_the_cursor_was_put_and_a_line_delays_it() -> None:
    program = (
        "import os, sys, termios, tty; tty.setraw(0);"
        "os.write(1, b'\\x1b[2;7H\\x1b[6n'); told = os.read(0, 32); os.write(1, repr(told).encode())"
    )
    with Tty([sys.executable, "-c", program], link=Link(bits=1e6, round_trip=0.2)) as terminal:
        told = terminal.until(b"x1b[2;7R")
        asked = terminal.taken()[0].at
        assert told - asked >= 0.2, "the answer and what it led to pass the line again"
        terminal.ended()
        assert clock() > asked


def test_a_text_is_found_on_the_screen_when_only_a_cell_of_it_was_sent() -> None:
    program = (
        "import os, tty; tty.setraw(0)\n"
        "for part in (b'\\x1b[3;1Hline 08 and more', b'\\x1b[?2026h\\x1b[3;7H9', b'\\x1b[?2026l'):\n"
        "    os.write(1, part); os.read(0, 1)"
    )
    with Tty([sys.executable, "-c", program]) as terminal:
        screen = Playback(terminal)
        assert screen.until("line 08").at == terminal.chunks[-1].at
        assert screen.until("line 08").row.rstrip() == "line 08 and more", "it is still there"
        terminal.press("a")
        terminal.until(b"H9")
        with pytest.raises(TimeoutError):
            screen.until("line 09", 0.0)
        terminal.press("b")
        found = screen.until("line 09")
        assert (found.at, found.row.rstrip()) == (terminal.chunks[-1].at, "line 09 and more")
        assert b"line 09" not in terminal.received


@pytest.mark.parametrize(
    ("ours", "peer", "verdict"), [(0.0, 0.0, "ok"), (0.1, 0.0, "miss"), (1.5, 1.0, "ok"), (1.6, 1.0, "miss")]
)
def test_a_line_is_judged_by_its_ratio(ours: float, peer: float, verdict: str) -> None:
    assert Line(1, "name", ours, "peer", peer, 1.5).verdict == verdict
