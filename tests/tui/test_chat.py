"""The chat: kinds of messages, completion, what was said, and taking back."""

from __future__ import annotations

from typing import Any

import pytest

from prdrunner_tui.tui.screens.chat import ChatScreen
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.transcript import TranscriptScreen
from tests.tui.conftest import BUSY, EDITS

SIZES = [(80, 24), (120, 40), (200, 60)]


async def opened(shown: Any) -> ChatScreen:
    await shown.press("4")
    screen = shown.app.screen
    assert isinstance(screen, ChatScreen)
    await shown.until(lambda: screen.focused is screen.entry)
    return screen


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_agents_words_stand_in_the_chat(cockpit: Any, size: tuple[int, int]) -> None:
    async with cockpit(EDITS, size=size) as shown:
        await shown.review()
        await opened(shown)
        await shown.sees(
            "I begin iteration 1 of one", "I end", "implement, iteration 1 began", "write to one"
        )
        rows = shown.text.split("\n")
        assert rows[0].startswith("project") and rows[-2].startswith("! 1 waits") and "enter send" in rows[-1]
        assert rows[-2].rstrip().endswith("  esc, then I")
        await shown.press("tab")
        await shown.sees("  i all" if size[0] >= 70 else "I open it")
        await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)


async def test_a_slash_sends_a_kind_and_tab_completes_it(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await opened(shown)
        await shown.type("/req")
        await shown.sees("something that has to be so")
        await shown.press("tab")
        await shown.type("keep the sign\n")
        await shown.sees("requirement sent", "keep the sign", "acknowledged")
        (message,) = shown.state.messages.values()
        assert (message.kind, message.text) == ("requirement", "keep the sign")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_what_a_message_does_to_the_turn_is_said_below_the_field(
    cockpit: Any, size: tuple[int, int]
) -> None:
    async with cockpit(BUSY, size=size) as shown:
        await shown.sees("I wait for words")
        screen = await opened(shown)
        await shown.sees("recording: a message joins the turn")
        row = screen.kinds.region.y
        await shown.type("/interrupt stop")
        await shown.sees("recording: this ends the turn, it goes on with your words")
        assert screen.kinds.region.y == row and screen.kinds.region.height == 1


async def test_a_slash_that_is_none_is_not_sent_and_stays(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        screen = await opened(shown)
        await shown.type("/puase\n")
        await shown.sees("did you mean /pause?")
        assert screen.entry.text == "/puase" and not shown.state.messages


async def test_ctrl_c_empties_the_field_and_up_brings_the_text_back(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        screen = await opened(shown)
        await shown.type("/bogus hello\n")
        await shown.sees("no command /bogus")
        await shown.press("ctrl+c")
        await shown.sees("emptied; up brings it back")
        assert screen.entry.text == "" and not shown.state.messages
        await shown.press("ctrl+c")
        await shown.sees("esc, then q leaves")
        await shown.press("up")
        assert screen.entry.text == "/bogus hello"


async def test_a_slash_pauses_breaks_and_opens(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await opened(shown)
        await shown.type("/break after verify\n")
        await shown.until(lambda: shown.state.breakpoints)
        (point,) = shown.state.breakpoints.values()
        assert (point.when, point.step, point.phase) == ("after", "verify", "one")
        await shown.type("/pause\n")
        await shown.until(lambda: shown.state.phases["one"].status == "paused")
        await shown.type("/transcript\n")
        await shown.until(lambda: isinstance(shown.app.screen, TranscriptScreen))
        assert not shown.state.messages


async def test_a_queued_message_is_taken_back_and_never_arrives(cockpit: Any) -> None:
    async with cockpit(EDITS) as shown:
        decision = await shown.review()
        screen = await opened(shown)
        await shown.type("mind the sign\n")
        await shown.sees("mind the sign", "queued 1")
        await shown.press("tab")
        await shown.until(lambda: screen.focused is screen.view)
        screen.view.move_to_key(("message", "m1", 0))
        await shown.press("d")
        await shown.sees("withdrawn")
        assert shown.state.messages["m1"].receipt == "withdrawn"
        await shown.press("d")
        await shown.sees("m1 is withdrawn already")
        await shown.press("tab")
        await shown.until(lambda: screen.focused is screen.entry)
        await shown.stage.other_decides(decision, "reject", "again")
        await shown.until(lambda: any(s.iteration == 2 for s in shown.state.phases["one"].steps))
        await shown.review()
        assert shown.state.messages["m1"].receipt == "withdrawn"


async def test_pages_of_what_was_said_while_writing(cockpit: Any) -> None:
    async with cockpit(BUSY, size=(80, 24)) as shown:
        await shown.sees("I wait for words")
        screen = await opened(shown)
        for number in range(12):
            await shown.type(f"word {number}\n")
        await shown.sees("word 11")
        await shown.type("begun")
        top = screen.view.viewport.top
        assert top > 0
        await shown.press("pageup")
        assert screen.view.viewport.top < top and screen.entry.text == "begun"
        await shown.press("pagedown")
        assert screen.focused is screen.entry


async def test_where_no_agent_is_m_says_so_and_4_shows_what_was_said(cockpit: Any) -> None:
    async with cockpit(EDITS, size=(120, 40)) as shown:
        decision = await shown.review()
        await shown.stage.other_decides(decision, "approve")
        await shown.until(lambda: shown.state.phases["one"].status == "done")
        shown.app.screen.phases.move_to_key(("phase", "one"))
        await shown.press("m")
        await shown.sees("no agent here: one is done")
        await opened(shown)
        await shown.sees("I end")
