"""The palette over a real engine: an action is found by its words and done where it was opened."""

from __future__ import annotations

from typing import Any

from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.decision import DecisionScreen
from prdrunner_tui.tui.screens.lists import InboxScreen
from prdrunner_tui.tui.screens.metrics import MetricsScreen
from prdrunner_tui.tui.screens.palette import PaletteScreen


async def test_enter_does_what_was_found(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("colon")
        assert isinstance(shown.app.screen, PaletteScreen)
        await shown.type("everything waits")
        await shown.sees(":everything waits", "1 command", "i ")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, InboxScreen))
        await shown.press("escape")
        await shown.press("colon")
        await shown.type("pause run")
        await shown.sees("prdrunner pause")
        await shown.press("enter")
        await shown.sees("paused the run")
        assert shown.state.run is not None and shown.state.run.status == "paused"


async def test_a_word_of_other_programs_finds_it(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("colon")
        await shown.sees("esc, then I")
        await shown.type("money")
        await shown.sees(":money", "1 command", "go to the metrics")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, MetricsScreen))


async def test_it_chooses_among_several(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("colon")
        await shown.type("pause")
        await shown.press("down")
        screen = shown.app.screen
        assert isinstance(screen, PaletteScreen) and screen.view.cursor_key == "run.pause"
        await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)
        assert shown.state.run is not None and shown.state.run.status == "running"


async def test_what_does_not_work_here_says_where(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("colon")
        await shown.type("say yes\n")
        await shown.sees("only in decision")
        assert isinstance(shown.app.screen, PaletteScreen)
        assert not [one for one in shown.client.given if type(one).__name__ == "Decide"]
        await shown.press("escape")
        await shown.press("colon")
        await shown.type("take a failed\n")
        await shown.sees("one did not fail")
        await shown.press("colon")
        await shown.type("zzzz\n")
        await shown.sees("no command has these words")


async def test_a_verb_of_a_decision_is_about_the_decision(cockpit: Any) -> None:
    async with cockpit() as shown:
        screen = await shown.open_review()
        await shown.press("colon")
        await shown.type("reject\n")
        await shown.until(lambda: shown.app.screen is screen and screen.asked == "reject")
        assert isinstance(shown.app.screen, DecisionScreen)
        assert not [one for one in shown.client.given if type(one).__name__ == "Decide"]


async def test_a_screen_is_an_entry_wherever_a_run_is_shown(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.open_review()
        await shown.press("colon")
        await shown.type("metrics")
        await shown.sees("g m ", "go to the metrics")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, MetricsScreen))
        await shown.press("g", "m")
        await shown.sees("you are there")
