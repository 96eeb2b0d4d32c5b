"""What a key costs in bytes to a real terminal."""

from __future__ import annotations

import sys
from functools import partial
from statistics import median

import pytest

from tests.terminal.conftest import ROOT
from tests.terminal.pty import Terminal


@pytest.mark.parametrize("count", ["1000", "100000"])
def test_an_arrow_key_costs_at_most_400_bytes(count: str) -> None:
    with Terminal([sys.executable, "-m", "tests.tui.listapp", count], cwd=ROOT) as terminal:

        def came(text: bytes, after: int) -> bool:
            return terminal.received.find(text, after) >= 0

        terminal.until(partial(came, b"item-000021", 0))
        terminal.quiet(0.1)
        sent = []
        for row in range(1, 20):
            before = len(terminal.received)
            terminal.send("\x1b[B")
            terminal.until(partial(came, b"item-%06d" % row, before))
            sent.append(len(terminal.received) - before)
        # The first ones are together with what belongs to the start.
        assert median(sent) <= 400
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.is_given_back
