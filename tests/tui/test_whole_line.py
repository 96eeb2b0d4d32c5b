"""A long line among many of them: the log has its beginning, and the whole of it is there where it is asked for."""

from __future__ import annotations

from typing import Any

from prdrunner_tui.text.cut import CUT
from prdrunner_tui.tui.logbook import LogLine
from prdrunner_tui.tui.screens.wholeline import WholeLineScreen
from tests.tui.test_search import only_line

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
        copied = await only_line(shown, "line 140")
        screen = shown.app.screen
        assert isinstance(screen, WholeLineScreen)
        row = screen.book.row(screen.book.row_of(*screen.shown) or 0)
        assert isinstance(row, LogLine) and row.text.endswith(CUT) and len(row.text) < 10_000
        await shown.sees("10,013 characters")
        await shown.press("y")
        assert copied == [f"line 140 {'0' * 10_000} end"]
        await shown.press("l")
        await shown.sees("line 141", "10,013 characters")
