"""Search, filter, whole lines, transcript and why, over a real engine."""

from __future__ import annotations

from typing import Any

from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.logkeys import LogKeys
from prdrunner_tui.tui.screens.transcript import TranscriptScreen
from prdrunner_tui.tui.screens.wholeline import WholeLineScreen
from prdrunner_tui.tui.screens.why import WhyScreen
from tests.tui.conftest import Shown

LINES = """\
recording: many lines, and one that a terminal would obey
default:
  implement:
    default:
      - talk: "the first Needle of {phase}"
      - command: |-
          seq -f 'hay %g' 300; printf 'a needle \\033[31m and [x] %0200d end\\n' 0; printf 'x = 1\\n' >> calc.py
      - talk: "the last needle"
"""


def title(shown: Shown) -> str:
    return next(row for row in shown.text.splitlines() if " Log " in row)


async def at_log(shown: Shown) -> None:
    """Wait until the log is there and give it the keys."""
    await shown.review()
    await shown.press("2")
    await shown.sees("following")


async def test_a_text_is_found_the_newest_place_first(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await at_log(shown)
        await shown.press("slash")
        await shown.type("NEEDLE")
        await shown.sees("/NEEDLE", "esc ends the search")
        await shown.press("enter")
        await shown.sees("/NEEDLE 1 of ")
        screen = shown.app.screen
        assert isinstance(screen, LogKeys) and screen.search is not None and screen.log_view is not None
        await shown.until(lambda: screen.search is not None and not screen.search.busy)
        count = len(screen.search.found)
        # The agent says it twice and prints it once; the command that prints it holds the word too.
        assert count == 4, screen.search.found
        seen = set()
        for at in range(2, count + 1):
            await shown.press("n")
            await shown.sees(f"/NEEDLE {at} of {count}")
            place = screen.search.current
            assert place is not None and place not in seen
            seen.add(place)
            row = screen.log_book().row_of(*place)
            assert row is not None and screen.log_view.viewport.shows(row)
        await shown.press("n")
        await shown.sees(f"/NEEDLE 1 of {count}")
        await shown.press("N")
        await shown.sees(f"/NEEDLE {count} of {count}")
        await shown.sees("n older  N newer  esc ends the search")
        await shown.press("escape")
        assert "NEEDLE" not in title(shown)
        assert isinstance(shown.app.screen, Cockpit)
        await shown.until(lambda: "n older" not in shown.text)


async def test_matches_are_marked(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await at_log(shown)
        await shown.press("slash")
        await shown.type("last needle\n")
        await shown.sees("/last needle 1 of 1")
        screen = shown.app.screen
        view = screen.log_view
        marked = [
            view.line(index, 80)
            for index in range(view.viewport.top, view.count())
            if any(span.token == "match" and span.text == "last needle" for span in view.line(index, 80))
        ]
        assert marked
        current = [line for line in marked if line[0].token == "match"]
        assert len(current) == 1, "one of them is where the search stands"


async def test_what_is_nowhere_and_keys_without_a_search(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await at_log(shown)
        await shown.press("n")
        await shown.sees("/ looks for a text first")
        await shown.press("slash")
        await shown.type("[^x\n")
        await shown.sees("/[^x nowhere")
        await shown.press("escape")
        await shown.press("slash")
        await shown.type("hay")
        await shown.press("escape")
        assert shown.app.screen.field.display is False
        assert "hay" not in title(shown)


async def test_only_some_kinds_of_lines(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await at_log(shown)
        book = shown.app.book
        whole = len(book)
        await shown.press("f")
        await shown.sees("m messages", "o output")
        await shown.press("m")
        await shown.sees(" messages ", "the last needle")
        await shown.until(lambda: 0 < len(book) < 40)
        assert "hay 300" not in shown.text
        await shown.press("f", "m", "f", "t")
        await shown.sees(f"0 of {book.whole} shown by: thoughts")
        await shown.press("f", "a")
        await shown.until(lambda: len(book) == whole)


async def test_the_phase_under_the_cursor_alone(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await at_log(shown)
        await shown.press("f", "p")
        await shown.sees("one ━")
        assert shown.app.book.phase == "one"
        await shown.press("f", "p")
        assert shown.app.book.phase == ""


async def only_line(shown: Any, text: str) -> list[str]:
    """Open the only line of the log that holds a text; what is copied from then on comes into the list."""
    await at_log(shown)
    copied: list[str] = []
    shown.app.copy_to_clipboard = copied.append
    await shown.press("slash")
    await shown.type(f"{text}\n")
    await shown.sees(f"{text.strip()} 1 of 1")
    await shown.press("enter")
    assert isinstance(shown.app.screen, WholeLineScreen)
    return copied


async def test_the_whole_of_a_line(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        copied = await only_line(shown, " and [x] 0")
        await shown.sees("a needle ␛[31m and [x]", "0 end")
        await shown.press("y")
        assert copied == [f"a needle [31m and [x] {'0' * 200} end"]
        await shown.press("h")
        await shown.sees("hay 300")
        await shown.press("l")
        await shown.sees("a needle ␛[31m")
        await shown.press("escape")
        await shown.press("y")
        assert len(copied) == 2 and copied[0] == copied[1], "the place where the search stands is copied"


async def test_the_transcript_of_a_step_and_of_those_beside_it(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await shown.review()
        await shown.press("g", "t")
        screen = shown.app.screen
        assert isinstance(screen, TranscriptScreen)
        await shown.sees("Transcript", "verify, iteration 1", "[x] output")
        await shown.press("h")
        await shown.sees("implement, iteration 1", "the last needle")
        await shown.press("f", "c")
        await shown.sees("[ ] messages", "[x] commands")
        await shown.until(lambda: "the last needle" not in shown.text)
        await shown.press("f", "a")
        await shown.press("slash")
        await shown.type("first\n")
        await shown.sees("first Needle of one")
        await shown.press("escape")
        assert shown.app.screen is screen, "the first escape ends the search"
        await shown.press("h", "h", "h")
        await shown.sees("no step before this one")
        await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)


async def test_why_a_phase_and_a_decision_wait(cockpit: Any) -> None:
    async with cockpit(LINES) as shown:
        await shown.review()
        await shown.press("w")
        assert isinstance(shown.app.screen, WhyScreen)
        await shown.sees("one  needs you", "Review d")
        await shown.press("escape", "i", "w")
        await shown.sees("open since", "if you do nothing")
