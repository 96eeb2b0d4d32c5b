"""What the keys of the cockpit do to a run, over both clients; and an engine that goes away."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import app as app_module
from prdrunner_tui.tui.arrange import Wish
from prdrunner_tui.tui.logbook import PAGE
from prdrunner_tui.tui.remember import Memory
from prdrunner_tui.tui.screens.chat import ChatScreen
from prdrunner_tui.tui.screens.cockpit import Cockpit
from tests.tui.conftest import BUSY, SIZES

LONG = """\
recording: much output
default:
  implement:
    - command: "seq -f 'line %.0f' 100000; echo 'x = 1' >> calc.py"
"""
ESC, BELL, BIDI = "\\e", "\\a", "\\u202e"
EVIL = f"""\
recording: an agent that would like to write to the terminal
default:
  implement:
    - talk: "begin {ESC}]52;c;ZXZpbA=={BELL}{ESC}[2J\\x9b2J {BIDI}end"
    - edit: {{path: "file{ESC}[31m{BIDI}.txt", write: "x{ESC}[31m{BIDI}"}}
"""
HOSTILE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]")


async def test_p_pauses_a_phase_and_lets_it_go_on(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await shown.press("p")
        await shown.sees("paused one at its next turn")
        await shown.until(lambda: shown.state.phases["one"].status == "paused")
        assert shown.state.run.status == "running"
        await shown.press("p")
        await shown.sees("resumed one")
        await shown.until(lambda: shown.state.phases["one"].status == "running")


async def test_capital_p_pauses_the_run_and_lets_it_go_on(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.press("P")
        await shown.sees("paused the run")
        await shown.until(lambda: shown.state.run.status == "paused")
        await shown.press("P")
        await shown.sees("resumed the run")
        await shown.until(lambda: shown.state.run.status == "running")


async def test_b_v_sets_a_breakpoint_that_is_hit(cockpit: Any) -> None:
    async with cockpit(BUSY, size=(120, 40)) as shown:
        await shown.sees("I wait for words")
        await shown.press("b")
        await shown.sees("p plan_impl  i implement  v verify")
        await shown.press("v")
        await shown.sees("one stops before verify", "before verify", "0 hits")
        (point,) = shown.state.breakpoints.values()
        assert (point.when, point.step, point.phase) == ("before", "verify", "one")
        for words in ("go", "on"):
            await shown.press("m")
            await shown.type(f"{words}\n")
            await shown.press("escape")
        decision = await shown.review()
        assert decision.kind == "breakpoint"
        await shown.sees("1 hit")
        assert [s.name for s in shown.state.phases["one"].steps] == ["plan_impl", "implement"]
        await shown.open_review()
        await shown.sees("Breakpoint hit", "continue")
        await shown.press("a")
        await shown.until(lambda: [d.kind for d in shown.state.open_decisions()] == ["review"])


async def test_escape_after_b_sets_nothing(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.press("b", "escape", "v")
        assert not shown.state.breakpoints and isinstance(shown.app.screen, Cockpit)


async def test_a_breakpoint_is_switched_off_and_removed(cockpit: Any) -> None:
    async with cockpit(BUSY, size=(120, 40)) as shown:
        await shown.press("b", "v")
        await shown.sees("0 hits")
        shown.app.screen.views["breaks"].focus()
        await shown.press("space")
        await shown.until(lambda: [p.enabled for p in shown.state.breakpoints.values()] == [False])
        await shown.press("d")
        await shown.until(lambda: not shown.state.breakpoints)


async def test_x_stops_a_phase_after_y_and_r_takes_it_up_again(cockpit: Any) -> None:
    async with cockpit(BUSY, size=(120, 40)) as shown:
        await shown.sees("I wait for words")
        await shown.press("x")
        await shown.sees(
            "one ends now", "implement, iteration 1, is cut off", "other phases go on", "y stop one"
        )
        await shown.hears()
        await shown.press("enter")
        await shown.sees("nothing was stopped")
        assert isinstance(shown.app.screen, Cockpit) and not shown.state.phases["one"].stopping
        await shown.press("x")
        await shown.hears()
        await shown.press("y")
        await shown.until(lambda: shown.state.phases["one"].status == "stopped")
        await shown.until(lambda: shown.state.phases["two"].status == "running")
        await shown.sees("stopped by")
        assert shown.state.phases["one"].last.status == "stopped"
        await shown.press("x")
        await shown.sees("nothing to stop: one is stopped")
        await shown.press("r")
        await shown.until(lambda: shown.state.phases["one"].status == "running")
        await shown.until(lambda: len(shown.state.phases["one"].steps) == 3)


async def test_m_sends_words_and_shows_what_became_of_them(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await shown.press("m")
        assert isinstance(shown.app.screen, ChatScreen)
        await shown.type("be kind")
        await shown.press("escape")
        assert not shown.state.messages
        await shown.press("m")
        await shown.sees("be kind")
        await shown.press("enter")
        await shown.sees("sent", "be kind", "acknowledged")
        (message,) = shown.state.messages.values()
        assert (message.phase, message.text) == ("one", "be kind")
        await shown.press("escape", "2")
        await shown.sees("heard be kind")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a03_hostile_names_reach_the_screen_as_signs(cockpit: Any, size: tuple[int, int]) -> None:
    name = "one\x1b]52;c;ZXZpbA==\x07\u202e"
    plans = (PhasePlan("one", name, criteria=()), PhasePlan("two", "\x9b2J\u202etwo"))
    async with cockpit(EVIL, size=size, phases=plans) as shown:
        await shown.review()
        for keys in ("", "2", "4", "1", "gp", "i", "gc", "gf", "m"):
            await shown.press(*keys)
            await shown.pilot.pause()
            for row in shown.text.split("\n"):
                assert not HOSTILE.search(row), (keys, row)
            if keys == "2":
                await shown.sees("begin", "end")
            if keys and keys not in "1 2 4":
                await shown.press("escape")
        await shown.open_review()
        await shown.sees(".txt")
        for row in shown.text.split("\n"):
            assert not HOSTILE.search(row), row


async def test_an_engine_that_is_gone_is_told_and_r_reaches_it_again(cockpit: Any, stage: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        decision = await shown.review()
        await stage.end()
        await shown.sees("engine gone", "! engine gone: the program ended", "r reconnect")
        await shown.press("p")
        await shown.sees("the engine is gone; r reconnects")
        screen = await shown.open_review()
        await shown.press("a")
        await shown.sees("the engine is gone; r reconnects")
        assert shown.app.screen is screen
        await shown.press("r")
        await shown.sees("reconnected")
        assert "engine gone" not in shown.text
        assert shown.state.decisions[decision.id].status == "open"
        await shown.press("a")
        await shown.until(lambda: shown.state.decisions[decision.id].status == "approved")
        # An engine that was told to end has left its runs paused.
        await shown.press("P")
        await shown.until(lambda: [d.phase for d in shown.state.open_decisions()] == ["two"])


async def test_r_works_from_each_pane(cockpit: Any, stage: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("2")
        await stage.end()
        await shown.sees("engine gone")
        await shown.press("r")
        await shown.sees("reconnected")


async def test_an_engine_that_does_not_start_is_a_line(
    cockpit: Any, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cockpit() as shown:
        await shown.review()
        await stage.end()
        await shown.sees("engine gone", "! engine gone: the program ended", "r reconnects")

        async def fails() -> Any:
            raise Problem("the disk is full", code=4)

        with monkeypatch.context() as patch:
            patch.setattr(shown.app.feed, "_connect", fails)
            await shown.press("r")
            await shown.sees("the disk is full", "engine gone")
        await shown.press("r")
        await shown.sees("reconnected")


async def test_q_leaves_at_once_when_the_engine_is_gone(cockpit: Any, stage: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await stage.end()
        await shown.sees("engine gone")
        await shown.press("q")
        assert shown.app._exit


async def test_of_a_log_of_100000_lines_only_what_is_seen_is_asked_for(cockpit: Any) -> None:
    async with cockpit(LONG, phases=(PhasePlan("one", "Feature one"),)) as shown:
        await shown.review()
        await shown.until(lambda: len(shown.app.book) > 100_000)
        await shown.press("2")
        await shown.sees("self-review")

        def pages() -> list[int]:
            return [int(a["first"]) for what, a in shown.client.asked if what == "log" and a["count"] == PAGE]

        del shown.client.asked[:]
        await shown.press("<")
        await shown.sees("| line 1 ", "| line 12 ")
        assert set(pages()) <= {0}
        log = shown.app.screen.log_view
        log.move_to(50_000)
        await shown.sees("| line 50000 ")
        assert set(pages()) <= {0, 49_500, 50_000}
        await shown.press("G")
        await shown.sees("self-review")
        assert len(pages()) <= 5, pages()


async def test_a_semicolon_and_a_letter_go_to_a_pane(cockpit: Any) -> None:
    async with cockpit(size=(80, 24)) as shown:
        await shown.review()
        for letter, place in (("c", "chat"), ("m", "metrics"), ("l", "log"), ("p", "phases")):
            await shown.press(";")
            await shown.sees("p Phases  l Log  c Chat")
            await shown.press(letter)
            await shown.until(lambda place=place: shown.app.screen.focused.place == place)
        await shown.press(";", "i")
        assert shown.app.screen.focused.place == "phases", "the inbox is no pane at this size"


async def test_a_reason_that_is_typed_where_no_decision_is_stops_nothing(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await shown.press("x")
        await shown.sees("one ends now")
        await shown.hears()
        await shown.press("w")
        await shown.sees("nothing was stopped")
        assert isinstance(shown.app.screen, Cockpit)
        await shown.press("h", "y", "y")
        assert not shown.state.phases["one"].stopping


async def test_a_capital_behind_b_stops_after_the_step(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await shown.press("b")
        await shown.sees("before", "shift after it")
        await shown.press("P")
        await shown.sees("one stops after plan_impl from iteration 2 on: it is in implement")
        await shown.press("b", "V")
        await shown.sees("one stops after verify")
        assert {(p.when, p.step) for p in shown.state.breakpoints.values()} == {
            ("after", "plan_impl"),
            ("after", "verify"),
        }


async def test_the_panes_stand_as_they_were_left(cockpit: Any, stage: Any, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "cockpit.json")
    async with cockpit() as shown:
        shown.app.memory = memory
        await shown.press("2", "f", "m")
        await shown.until(lambda: memory.read() == (Wish(layout="log"), frozenset({"messages"})))
        shown.app.show_run(shown.app.target)
        await shown.until(lambda: isinstance(shown.app.top, Cockpit) and shown.app.top.wish.layout == "log")
        await shown.sees("━ Log ━", "messages", ">")
        await shown.press("1")
        await shown.until(lambda: memory.read()[0] == Wish())


async def test_an_engine_that_another_terminal_started_is_found(
    cockpit: Any, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "_LOOK_AGAIN", 0.01)
    async with cockpit() as shown:
        await shown.review()
        started = asyncio.Event()

        async def find() -> Any:
            return await stage.watch() if started.is_set() else None

        shown.app.target = replace(shown.app.target, find=find)
        await stage.end()
        await shown.sees("engine gone")
        started.set()
        await shown.until(lambda: shown.app.connection is None)
        await shown.sees("P resume run")
        await shown.press("P")
        await shown.until(lambda: shown.state.run.status == "running")


async def test_the_end_of_a_run_says_where_its_work_is(cockpit: Any, stage: Any) -> None:
    async with cockpit(phases=(PhasePlan("one", "Feature one"),)) as shown:
        decision = await shown.review()
        await stage.other_decides(decision, "approve")
        await shown.sees("published: git merge prdrunner/run-1", "n new run")
        await shown.press("b")
        await shown.sees("one is done: it stops nowhere")


async def test_a_key_that_does_nothing_says_so(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        await shown.press("Z")
        await shown.sees("Z does nothing here; ? lists the keys")
