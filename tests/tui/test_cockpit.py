"""The cockpit over both clients: what it shows, and what its keys that look do."""

from __future__ import annotations

import random
from typing import Any

import pytest
from textual.geometry import Region

from prdrunner_tui.kernel.commands import Decide
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.tui.screens import frame
from prdrunner_tui.tui.screens.breakpoints import BreakpointsScreen
from prdrunner_tui.tui.screens.chat import ChatScreen
from prdrunner_tui.tui.screens.checkpoints import CheckpointsScreen
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.decision import DecisionScreen
from prdrunner_tui.tui.screens.failure import FailureScreen
from prdrunner_tui.tui.screens.leave import LeaveScreen
from prdrunner_tui.tui.screens.lists import HelpScreen, InboxScreen
from prdrunner_tui.tui.screens.metrics import MetricsScreen
from prdrunner_tui.tui.screens.plan import PlanScreen
from prdrunner_tui.tui.widgets.bars import InboxBar, KeyRow, TopRow
from tests.tui.conftest import BUSY, SIZES, Shown, screen_text


def rows_in_place(shown: Shown, size: tuple[int, int]) -> None:
    """Row 1, the inbox bar and the key row are where they are on every screen, and say what they say."""
    width, height = size
    screen = shown.app.screen
    assert screen.query_one(TopRow).region == Region(0, 0, width, 1)
    assert screen.query_one(InboxBar).region == Region(0, height - 2, width, 1)
    assert screen.query_one(KeyRow).region == Region(0, height - 1, width, 1)
    rows = screen_text(shown.app)
    assert len(rows) == height and "needs you" in rows[0]
    assert rows[-2].startswith("! 1 waits for you")
    assert rows[-1].strip()


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_three_rows_on_each_screen_and_while_a_decision_is_open(
    cockpit: Any, size: tuple[int, int]
) -> None:
    async with cockpit(size=size) as shown:
        await shown.review()
        await shown.sees("! 1 waits for you")
        rows_in_place(shown, size)
        for keys, kind in (
            ("i", InboxScreen),
            ("gp", PlanScreen),
            ("gc", CheckpointsScreen),
            ("gf", FailureScreen),
            ("gm", MetricsScreen),
            ("gb", BreakpointsScreen),
            ("m", ChatScreen),
            ("?", HelpScreen),
            ("I", DecisionScreen),
        ):
            await shown.press(*keys)
            assert type(shown.app.screen) is kind, keys
            rows_in_place(shown, size)
            await shown.press("escape")
            assert type(shown.app.screen) is Cockpit, keys
        rows_in_place(shown, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_phases_log_and_metrics_show_the_run(cockpit: Any, size: tuple[int, int]) -> None:
    async with cockpit(size=size) as shown:
        await shown.review()
        await shown.sees("one", "two", "needs you: review +1/-0 in 1 file", "implement", "0/2")
        if size[0] < 100:
            await shown.sees("[Log]", "one  self-review skipped")
            await shown.press("]", "]")
            await shown.sees("[Metrics]", "1 pass now, 1 run")
        else:
            await shown.sees("─ Log ─ all phases", "I begin iteration 1 of one", "Ran 1 test in")
            await shown.sees("1 pass now, 1 run", "+1/-0  0 commits")
        await shown.open_review()
        await shown.press("a")
        await shown.sees("needs you: review +1/-0 in 1 file", "1/2")
        assert shown.state.phases["one"].status == "done"


async def test_output_that_came_while_its_step_ended_is_in_the_log(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        await shown.review()
        await shown.press("2")
        await shown.sees(
            "one I1 I begin iteration 1 of one", "one I1 I end", "one V1 | OK", "commit  iteration 1"
        )


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_looking_keys_change_what_is_shown_and_nothing_else(
    cockpit: Any, size: tuple[int, int]
) -> None:
    async with cockpit(size=size) as shown:
        await shown.review()
        screen, seq, given = shown.app.screen, shown.state.seq, len(shown.client.given)
        panes = list(screen.shown().places)
        seen = [screen.focused.place]
        for _ in panes:
            await shown.press("tab")
            seen.append(screen.focused.place)
        assert set(seen) == set(panes) and seen[0] == seen[-1] == "phases"
        await shown.press("shift+tab")
        assert screen.focused.place == seen[-2]
        await shown.press("tab", "2")
        assert set(screen.shown().places) == {"strip", "log"} and screen.focused.place == "log"
        await shown.sees("━ Log ━")
        await shown.press("4")
        await shown.sees("━ Chat ━ one", "write to one", ">")
        assert isinstance(shown.app.screen, ChatScreen)
        await shown.press("escape", "3")
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))
        await shown.press("escape", "1")
        assert list(screen.shown().places) == panes
        screen.views["phases"].focus()
        await shown.press("+")
        assert list(screen.shown().places) == ["phases"]
        assert screen.panes["phases"].region == Region(0, 1, size[0], size[1] - 3)
        await shown.press("_")
        assert list(screen.shown().places) == panes
        before = screen.panes["phases"].region.area
        await shown.press("=")
        await shown.until(lambda: screen.panes["phases"].region.area > before)
        await shown.press("-", "-")
        await shown.until(lambda: screen.panes["phases"].region.area < before)
        assert shown.state.seq == seq and len(shown.client.given) == given


async def test_the_line_beside_the_phases_goes_where_a_mouse_takes_it(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        line = shown.app.screen.dividers[0]
        before = line.region.x
        await shown.pilot.mouse_down(line, offset=(0, 5))
        await shown.pilot.hover(line, offset=(7, 5))
        await shown.until(lambda: line.region.x == before + 7)
        await shown.pilot.mouse_up(line, offset=(0, 5))
        await shown.pilot.hover(line, offset=(3, 5))
        assert line.region.x == before + 7
        assert shown.app.screen.wish.grown == {"phases": 7}


async def test_each_look_key_twice_comes_back(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("2", "2")
        assert shown.app.screen.wish.layout == "overview"
        await shown.press("1", "escape")
        await shown.sees("this is the top; q leaves")


async def test_escape_at_the_top_says_so_and_goes_out_of_a_zoom_first(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.press("2", "+", "escape")
        assert shown.app.screen.wish.zoomed == "" and shown.app.screen.wish.layout == "log"
        await shown.press("escape")
        assert shown.app.screen.wish.layout == "overview"
        await shown.press("escape")
        await shown.sees("this is the top; q leaves")
        assert isinstance(shown.app.screen, Cockpit)


async def test_the_help_lists_the_keys_of_the_place(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        await shown.press("?")
        await shown.sees("Keys here: phases", "ACT", "pause the phase, or resume it")
        await shown.press("escape", "2", "?")
        await shown.sees("Keys here: log", "stay at the newest line")
        await shown.press("escape")
        await shown.open_review()
        await shown.press("?")
        await shown.sees("Keys here: decision", "back to the agent with your words")
        assert "pause the phase" not in shown.text


async def test_the_key_row_names_only_keys_that_do_something_under_the_cursor(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        await shown.review()
        await shown.sees("t transcript", "m message")
        await shown.press("j")
        await shown.until(lambda: "t transcript" not in shown.text)
        await shown.press("t")
        await shown.sees("two has not started")
        await shown.press("k")
        await shown.sees("t transcript")


async def test_the_help_says_what_does_nothing_now_and_enter_does_what_does(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        await shown.review()
        await shown.press("?", "G")
        await shown.sees("NOT NOW", "retry: one did not fail")
        shown.app.screen.view.move_to_key("pane.zoom")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, Cockpit))
        await shown.until(lambda: shown.app.screen.wish.zoomed == "phases")


async def test_what_came_of_a_key_goes_away_by_itself(cockpit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "SAID", 0.05)
    async with cockpit() as shown:
        await shown.review()
        painted: list[str] = []
        pane = shown.app.screen.panes["phases"]
        row = pane._title_row
        repaint = row.repaint

        def seen() -> None:
            painted.append(str(row.result))
            repaint()

        row.repaint = seen
        await shown.press("$")
        await shown.until(lambda: any("does nothing here" in one for one in painted))
        await shown.until(lambda: "does nothing here" not in shown.text)
        assert painted[-1] == "()" and len(painted) == 2, "one repaint, and only where something stood"


@pytest.mark.parametrize("size", [(50, 14), (80, 24)], ids=str)
async def test_the_ways_to_leave_are_told_whole(cockpit: Any, size: tuple[int, int]) -> None:
    async with cockpit(size=size) as shown:
        await shown.press("q")
        await shown.sees("d   detach", "esc stay")
        told = " ".join(shown.text.split())
        assert "agents stop at their next turn, then leave" in told
        assert "agents end now, work is kept; asks once more" in told
        assert (
            "nothing is lost in any of these" in told
            and "…" not in told.split("Leave")[1].split("esc stay")[0]
        )


async def test_q_asks_and_leaves_while_the_run_goes_on(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.press("q")
        assert isinstance(shown.app.screen, LeaveScreen)
        await shown.hears()
        await shown.sees("d   detach", "the run goes on here")
        await shown.press("y")
        await shown.sees("pick a way to leave first")
        await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)
        await shown.press("q")
        await shown.hears()
        await shown.press("d")
        assert shown.app.return_code == 0 and shown.app._exit
        assert shown.state.run.status == "running"
        assert shown.app.last_word == "run-1 goes on; come back: prdrunner attach"


def status(stage: Any) -> str:
    """The state of the run in the engine, whatever became of the screen."""
    return str(stage.engine.engine.runs["run-1"].host.state.run.status)


async def test_q_p_pauses_and_leaves(cockpit: Any, stage: Any) -> None:
    async with cockpit() as shown:
        await shown.press("q")
        await shown.hears()
        await shown.press("p")
        await shown.until(lambda: shown.app._exit)
        assert status(stage) == "paused"
        assert shown.app.last_word == "run-1 is paused; go on: prdrunner resume"


async def test_q_x_y_stops_and_only_y_does(cockpit: Any, stage: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.press("q")
        await shown.hears()
        await shown.press("x")
        await shown.sees("y stops the run")
        assert not shown.app._exit and shown.state.run.status == "running"
        await shown.press("y")
        await shown.until(lambda: shown.app._exit)
        assert status(stage) == "stopped"


@pytest.mark.parametrize("opened", ["", "2", "4", "i", "gp", "gc", "gf", "m", "?", "q", "+"])
async def test_a13_random_typing_into_any_screen_but_an_opened_decision_approves_nothing(
    cockpit: Any, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a fast typist does within the 0.3 s may take a slow machine longer.
    monkeypatch.setattr(frame, "DEAF", 60)
    chosen = random.Random(f"a13{opened}")
    async with cockpit() as shown:
        decision = await shown.review()
        await shown.press(*opened)
        for _ in range(8):
            words = [chosen.choice(("yes", "a", "1", "\n", "Y", "A", "approve", " ", "y")) for _ in range(12)]
            await shown.type("".join(words))
            if isinstance(shown.app.screen, DecisionScreen):
                # The only key that opens one here is enter; what was typed with it came too early.
                assert not [one for one in shown.client.given if isinstance(one, Decide)]
                await shown.press("escape")
        assert shown.state.decisions[decision.id].status == "open"
        assert not [one for one in shown.client.given if isinstance(one, Decide)]


async def test_a_run_of_a_hundred_phases(cockpit: Any) -> None:
    plans = tuple(PhasePlan(f"phase-{number:03}", f"Feature {number}") for number in range(100))
    async with cockpit(phases=plans) as shown:
        await shown.review()
        await shown.sees("0/100", "phase-000", "! 1 waits for you")
        await shown.press("G")
        await shown.sees("phase-099")
        assert shown.app.screen.phases.phase == "phase-099"
        await shown.press("<")
        await shown.sees("phase-000")
        await shown.press("2")
        rows = screen_text(shown.app)
        assert len(rows) == 24 and "phase-000" in rows[1]


async def test_going_to_and_fro_makes_the_way_back_no_longer(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        for key in "IiIiwIiI":
            screen = shown.app.screen
            await shown.press(key)
            await shown.until(lambda screen=screen: shown.app.screen is not screen)
        places = [getattr(screen, "place", "") for screen in shown.app.screen_stack]
        assert len(places) == len(set(places)) and places[-1] == "decision"
        for _ in range(len(places)):
            if isinstance(shown.app.screen, Cockpit):
                break
            await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)
