from __future__ import annotations

import pyte
from rich.console import Console
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.narrow import sequences
from prdrunner_tui.tui.paint import paint
from prdrunner_tui.tui.span import words
from prdrunner_tui.tui.themefile import load_theme

CONSOLE = Console(color_system="truecolor", force_terminal=True, width=80)
THEME = load_theme("dark", Depth.TRUE, {})


def strip(text: str) -> Strip:
    return paint(words(text), len(text), THEME)


def test_only_the_cells_of_the_span_are_sent() -> None:
    row: dict[int, Strip | None] = {0: strip("0123456789"), 10: strip("abcdefghij")}
    screen = pyte.Screen(20, 2)
    stream = pyte.Stream(screen)
    stream.feed("." * 20)
    stream.feed(sequences([(0, 4, 6), (0, 8, 12), (0, 17, 20)], [row, {}], [[10, 20], []], CONSOLE))
    assert screen.display[0] == "....45..89ab.....hij"


def test_strips_that_were_not_rendered_are_left_alone() -> None:
    row: dict[int, Strip | None] = {0: None, 10: strip("abcdefghij")}
    sent = sequences([(0, 0, 20)], [row], [[10, 20]], CONSOLE)
    assert "abcdefghij" in sent and sent.startswith("\x1b[1;11H")


def test_the_compositors_updates_have_what_is_needed() -> None:
    update = ChopsUpdate([{0: strip("ab")}], [(0, 0, 2)], [[2]])
    assert "ab" in sequences(update.spans, update.chops, update.chop_ends, CONSOLE)
