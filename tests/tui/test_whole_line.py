"""A long line among many of them: the log has its beginning, and the whole of it is there where it is asked for."""

from __future__ import annotations

from typing import Any

from prdrunner_tui.tui.logbook import LogLine
from prdrunner_tui.tui.screens.wholeline import WholeLineScreen
from prdrunner_tui.wire.protocol import CUT
from tests.tui.test_search import at_log

LINES = """\
recording: many long lines, as of a bundle
default:
  implement:
    default:
      - command: |-
          for n in $(seq 150); do printf "line $n %010000d end\\n" 0; done; printf 'x = 1\\n' >> calc.py
"""


async def test_a_line_of_which_the_log_has_only_the_beginning_comes_whole(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await at_log(shown)
        copied: list[str] = []
        shown.app.copy_to_clipboard = copied.append
        await shown.press("slash")
        await shown.type("line 140\n")
        await shown.sees("line 140 1 of 1")
        await shown.press("enter")
        screen = shown.app.screen
        assert isinstance(screen, WholeLineScreen)
        row = screen.book.row(screen.book.row_of(*screen.shown) or 0)
        assert isinstance(row, LogLine) and row.text.endswith(CUT) and len(row.text) < 10_000
        await shown.sees("10,013 characters")
        await shown.press("y")
        assert copied == [f"line 140 {'0' * 10_000} end"]
        await shown.press("l")
        await shown.sees("line 141", "10,013 characters")
