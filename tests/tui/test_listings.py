"""The screens of one table: metrics, checkpoints, breakpoints, plan, failure; over both clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.kernel.commands import Decide, RollBack, SetBreakpoint
from prdrunner_tui.kernel.settings import Criterion, PhasePlan
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.screens import frame
from prdrunner_tui.tui.screens.breakpoints import BreakpointsScreen, NewBreakpointScreen
from prdrunner_tui.tui.screens.checkpoints import CheckpointScreen, CheckpointsScreen, RestoreScreen
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.decision import DecisionScreen
from prdrunner_tui.tui.screens.failure import FailureScreen, StepOutput
from prdrunner_tui.tui.screens.metrics import MetricsScreen
from prdrunner_tui.tui.screens.plan import PlanScreen
from prdrunner_tui.tui.screens.why import WhyScreen
from tests.tui.conftest import BUSY, SIZES, Shown, screen_text

BREAKS = """\
recording: an agent that breaks the tests, each time in another way
default:
  implement:
    default:
      - talk: "I break it"
      - command: printf 'def add(a, b):\\n    return 4 + %s\\n' "$PRDRUNNER_ITERATION" > calc.py
"""
CRITERIA = tuple(Criterion(f"A-{number}", f"adds {number}") for number in range(1, 10))
PLANS = (
    PhasePlan("one", "Feature one", criteria=CRITERIA, scope=("calc*",), source="prd.md:3"),
    PhasePlan("two", "Feature two", deps=("one",)),
    PhasePlan("three", "Feature three"),
)
SCREENS = {
    "p": (PlanScreen, "━ Plan ", " batch "),
    "m": (MetricsScreen, "━ Metrics ", "Where the time went"),
    "c": (CheckpointsScreen, "━ Checkpoints ", "state it holds"),
    "b": (BreakpointsScreen, "━ Breakpoints ", "none; n sets one"),
    "f": (FailureScreen, "━ Failure ", "nothing failed in this run"),
}


async def go(shown: Shown, letter: str) -> Any:
    """The screen behind ``g`` and a letter, once it is there."""
    kind = SCREENS[letter][0]
    await shown.press("g", letter)
    await shown.until(lambda: isinstance(shown.app.screen, kind))
    return shown.app.screen


def given(shown: Shown, kind: type) -> list[Any]:
    """The commands of a kind that were sent."""
    return [one for one in shown.client.given if isinstance(one, kind)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_each_has_the_three_rows_and_says_what_will_stand_there(
    cockpit: Any, size: tuple[int, int]
) -> None:
    width, height = size
    async with cockpit(size=size, phases=PLANS) as shown:
        await shown.review()
        for kind, title, words in SCREENS.values():
            await shown.app.push_screen(kind())
            await shown.sees(title, words)
            rows = screen_text(shown.app)
            assert len(rows) == height and {len(row) for row in rows} == {width}
            assert rows[0].startswith("project  prd.md  run-1")
            assert rows[1].startswith(title)
            assert rows[-2].startswith("! 1 waits for you")
            assert "? keys" in rows[-1]
            await shown.app.pop_screen()


async def test_they_stand_before_the_engine_has_answered(cockpit: Any) -> None:
    async with cockpit() as shown:
        before = shown.app.feed.state
        await shown.review()
        shown.app.feed.state = type(before)()
        for kind, title, _ in SCREENS.values():
            await shown.app.push_screen(kind())
            await shown.sees(title)
            await shown.app.pop_screen()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)], ids=str)
async def test_the_plan_tells_of_the_phase_under_the_cursor(cockpit: Any, size: tuple[int, int]) -> None:
    async with cockpit(BUSY, size=size, phases=PLANS) as shown:
        await shown.sees("I wait for words")
        await shown.app.push_screen(PlanScreen())
        await shown.sees("3 phases, 2 batches", "critical path  one > two", "─ one ─", "Feature one")
        screen = shown.app.screen
        assert ("adds 9" in shown.text) == (size == (120, 40))
        assert ("more line" in shown.text) != (size == (120, 40))
        screen.view.move_to_key(("phase", "two"))
        await shown.sees("─ two ─", "Feature two")
        assert screen.phase_here() == "two"


async def test_a_wide_plan_is_a_graph_too_and_has_the_mark_of_the_cursor(cockpit: Any) -> None:
    async with cockpit(BUSY, size=(120, 40), phases=PLANS) as shown:
        await shown.sees("I wait for words")
        screen = await go(shown, "p")
        await shown.sees("─ Graph ─", "── · two", "─ one ─", "Feature one")
        marked = [line for line in shown.text.splitlines() if line.startswith(">") and "· two" in line]
        assert len(marked) == 1, "the phase under the cursor has its mark in the graph"
        assert shown.text.count("critical path") == 1
        screen.view.move_to_key(("phase", "two"))
        await shown.sees(">· two")
        await shown.pilot.resize_terminal(120, 16)
        await shown.until(lambda: "─ Graph ─" not in shown.text)
        await shown.sees("3 phases, 2 batches", "critical path")


@pytest.mark.parametrize("letter", ["p", "m"])
async def test_enter_on_a_phase_shows_it_in_the_cockpit(cockpit: Any, letter: str) -> None:
    async with cockpit(BUSY, phases=PLANS) as shown:
        await shown.sees("I wait for words")
        await go(shown, "c")
        screen = await go(shown, letter)
        await shown.until(lambda: screen.phase_here() == "one")
        while screen.phase_here() != "two":
            await shown.press("j")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, Cockpit))
        assert shown.app.screen.phases.phase == "two"
        assert shown.app.focused is shown.app.screen.phases


async def test_the_keys_of_a_phase_act_on_the_row_of_the_plan(cockpit: Any) -> None:
    async with cockpit(BUSY, phases=PLANS) as shown:
        await shown.sees("I wait for words")
        screen = await go(shown, "p")
        screen.view.move_to_key(("phase", "two"))
        await shown.press("b", "v")
        await shown.sees("two stops before verify")
        (point,) = given(shown, SetBreakpoint)
        assert (point.step, point.phase) == ("verify", "two")
        await shown.press("w")
        await shown.until(lambda: isinstance(shown.app.screen, WhyScreen))
        assert shown.app.screen.phase == "two"
        await shown.press("escape")
        assert shown.app.screen is screen and screen.phase_here() == "two"


async def test_the_metrics_pause_the_run(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        await go(shown, "m")
        await shown.sees("━ Metrics ━[run]━ phases ━ requests ━ history ━", "h/l switch", " phase ", ">one")
        await shown.press("P")
        await shown.sees("paused the run")
        await shown.until(lambda: shown.state.run.status == "paused")


# Breakpoints


async def test_a_breakpoint_is_made_switched_removed_and_set_again(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        await shown.sees("I wait for words")
        screen = await go(shown, "b")
        await shown.press("space")
        await shown.sees("none; n sets one")
        await shown.press("n")
        await shown.until(lambda: isinstance(shown.app.screen, NewBreakpointScreen))
        await shown.sees("< before >", "< verify >", "< all phases >", "each phase stops before verify")
        await shown.press("l", "j", "l", "j", "l", "l", "h")
        await shown.sees("< after >", "< self-review >", "< one >", "one stops after self-review")
        assert not shown.state.breakpoints
        await shown.press("enter")
        await shown.until(lambda: shown.app.screen is screen)
        await shown.sees("set after self-review, one", "B after self-review", "hit 0 times")
        await shown.press("space")
        await shown.sees("b1 is off", "b after self-review", "1 set, 1 off")
        await shown.press("d")
        await shown.sees("removed after self-review, u sets it again", "none; n sets one")
        assert not shown.state.breakpoints
        await shown.press("u")
        await shown.sees("set after self-review again")
        await shown.until(lambda: [p.enabled for p in shown.state.breakpoints.values()] == [False])
        await shown.press("u")
        await shown.sees("nothing was removed here")
        await shown.press("space")
        await shown.sees(" is on")
        await shown.until(lambda: [p.enabled for p in shown.state.breakpoints.values()] == [True])


async def test_a_breakpoint_that_is_there_is_refused_and_escape_sets_none(cockpit: Any) -> None:
    async with cockpit(BUSY) as shown:
        screen = await go(shown, "b")
        await shown.press("n", "enter")
        await shown.sees("set before verify, all phases")
        await shown.press("n")
        await shown.sees("b1 stops there already")
        editor = shown.app.screen
        await shown.press("enter")
        await shown.sees("━ b1 stops there ━")
        assert shown.app.screen is editor
        await shown.press("escape")
        assert shown.app.screen is screen and list(shown.state.breakpoints) == ["b1"]


async def test_enter_opens_the_decision_of_a_phase_that_was_stopped(cockpit: Any) -> None:
    async with cockpit(phases=PLANS[:1]) as shown:
        await shown.review()
        await go(shown, "b")
        await shown.press("n", "j", "h", "enter")
        await shown.sees("before implement")
        await shown.press("enter")
        await shown.sees("no phase waits at it")
        await shown.press("escape")
        await shown.open_review()
        await shown.press("x")
        await shown.type("once more\n")
        await shown.until(lambda: [d.kind for d in shown.state.open_decisions()] == ["breakpoint"])
        await go(shown, "b")
        await shown.sees("hit 1 time")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))
        await shown.sees("Breakpoint hit")


# Checkpoints


async def test_a_checkpoint_shows_what_came_since_and_what_it_holds(cockpit: Any) -> None:
    async with cockpit(phases=PLANS[:1]) as shown:
        await shown.review()
        one = next(iter(shown.state.checkpoints.values()))
        await shown.app.push_screen(CheckpointScreen(one))
        await shown.sees("━[since then]━ what it holds ━ cp-1 one ━", "1 file ━", '+x = "one 1"')
        shown.app.screen.act_tab_next()
        await shown.sees("━ since then ━[what it holds]━ cp-1 one ━", "no change ━")
        assert '+x = "one 1"' not in shown.text


async def test_a_patch_that_cannot_be_read_is_said(cockpit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(old: str, new: str) -> bytes:
        raise Problem("the store is gone")

    async with cockpit(phases=PLANS[:1]) as shown:
        await shown.review()
        shown.app.target = type(shown.app.target)("project", "run-1", shown.app.target.connect, fails)
        one = next(iter(shown.state.checkpoints.values()))
        await shown.app.push_screen(CheckpointScreen(one))
        await shown.sees("cannot be read: the store is gone")
        await shown.app.push_screen(RestoreScreen(one))
        await shown.sees("leaves out", "unknown: the store is gone, of iteration 1")


async def test_a_restore_asks_says_what_goes_and_u_brings_it_back(cockpit: Any) -> None:
    async with cockpit(phases=PLANS[:1]) as shown:
        decision = await shown.review()
        screen = await go(shown, "c")
        await shown.sees(">cp-1", "before implement, iteration 1", "1 kept")
        assert "u undo" not in shown.text
        await shown.press("u")
        await shown.sees("nothing was restored in this run")
        await shown.press("r")
        await shown.sees(
            "━ Restore cp-1 ━",
            "one goes back to cp-1",
            "leaves out 1 file, +1/-0, of iteration 1",
            "withdraws  review +1/-0 in 1 file",
            "keeps ",
            "y restore cp-1",
        )
        await shown.press("r", "enter", "a", "escape")
        await shown.until(lambda: shown.app.screen is screen)
        assert not given(shown, RollBack)
        assert shown.state.decisions[decision.id].status == "open"
        await shown.press("r")
        await shown.until(lambda: isinstance(shown.app.screen, RestoreScreen) and shown.app.screen.ready)
        await shown.press("y")
        await shown.sees(
            "one is back at cp-1, paused; u brings cp-2 back", "cp-2", "before the return to cp-1"
        )
        assert shown.app.screen is screen
        assert shown.state.phases["one"].status == "paused"
        assert shown.state.decisions[decision.id].status == "withdrawn"
        await shown.press("r")
        await shown.sees("one is at cp-1 already")
        await shown.press("escape")
        await shown.until(lambda: shown.app.screen is not screen)
        screen = await go(shown, "c")
        await shown.sees("u undo")
        await shown.press("u")
        await shown.sees("one goes back to cp-2")
        await shown.until(lambda: shown.app.screen.ready)
        await shown.press("y")
        await shown.sees("one is back at cp-2, paused; u brings cp-3 back")
        assert [one.checkpoint for one in given(shown, RollBack)] == ["cp-1", "cp-2"]
        await shown.press("p")
        await shown.sees("resumed one")


async def test_r_works_from_the_patch_too(cockpit: Any) -> None:
    async with cockpit(phases=PLANS[:1]) as shown:
        await shown.review()
        screen = await go(shown, "c")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, CheckpointScreen))
        await shown.press("]")
        await shown.sees("━[what it holds]━")
        await shown.press("r")
        await shown.until(lambda: isinstance(shown.app.screen, RestoreScreen) and shown.app.screen.ready)
        await shown.press("y")
        await shown.until(lambda: shown.app.screen is screen)
        await shown.sees("one is back at cp-1, paused")


async def test_keys_that_come_while_the_question_opens_restore_nothing(
    cockpit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "DEAF", 3600.0)
    async with cockpit(phases=PLANS[:1]) as shown:
        await shown.review()
        await go(shown, "c")
        await shown.press("r", "enter", "y", "y")
        await shown.sees("1 key ignored, the screen was changing")
        assert not given(shown, RollBack)


async def test_a_phase_at_work_or_committed_does_not_go_back(cockpit: Any) -> None:
    async with cockpit(BUSY, phases=PLANS[:1]) as shown:
        await shown.sees("I wait for words")
        screen = await go(shown, "c")
        await shown.press("r")
        await shown.sees("one is in implement: pause it, wait until")
        await shown.press("p")
        await shown.sees("paused one")
        await shown.until(lambda: shown.state.phases["one"].status == "paused")
        await shown.press("r")
        await shown.sees("one is in implement: wait until its turn is over")
        assert shown.app.screen is screen


# Failure


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_failure_has_its_exit_code_its_tests_and_its_output(
    cockpit: Any, size: tuple[int, int]
) -> None:
    async with cockpit(BREAKS, size=size, phases=PLANS[:1], max_iterations=1) as shown:
        decision = await shown.review()
        assert decision.kind == "stuck"
        await shown.app.push_screen(FailureScreen())
        await shown.sees(
            "━ Failure ━ one, verify, iteration 1 of 1 ━", "exit 1, ", "test_add", "unit  exit 1"
        )
        await shown.sees("─ Output", "AssertionError")
        screen = shown.app.screen
        await shown.sees(
            "!   stuck: ", "enter opens it", "]   the whole output", "m   say how", "iterations left: 0"
        )
        screen.view.move_to_key(("decision", decision.id))
        assert screen.act_view_copy().startswith("copied ")
        screen.view.open_cursor()
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))


async def test_a_stuck_phase_shows_its_change_and_leads_to_its_failure_and_transcript(cockpit: Any) -> None:
    async with cockpit(BREAKS, phases=PLANS[:1], max_iterations=1) as shown:
        await shown.open_review()
        await shown.sees(
            "it goes no further by itself",
            "so far ",
            "1 turn",
            "worked",
            "enter failure  t transcript  ? keys",
        )
        await shown.press("G")
        await shown.sees("calc.py  M  ", "-    return ")
        await shown.press("t")
        await shown.until(lambda: shown.app.screen.place == "transcript")
        await shown.press("escape")
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))
        await shown.press("enter")
        await shown.sees("━ Failure ━ one, verify, iteration 1 of 1 ━")
        await shown.press("escape")
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))
        assert shown.state.open_decisions(), "looking decides nothing"


async def test_a_breakpoint_shows_the_change_so_far(cockpit: Any) -> None:
    async with cockpit(phases=PLANS[:1]) as shown:
        first = await shown.review()
        await shown.app.give(SetBreakpoint("before", "commit", "one"), "")
        await shown.app.give(Decide(first.id, "reject", first.content_hash, shown.app.me, "again"), "")
        await shown.until(lambda: [d.kind for d in shown.state.open_decisions()] == ["breakpoint"])
        await shown.open_review()
        await shown.sees("before commit", "last check ", "so far ", "t transcript", '+x = "one')


async def test_a_state_without_the_output_asks_for_it(cockpit: Any) -> None:
    """A snapshot leaves out what is large; the log has it."""
    async with cockpit(BREAKS, phases=PLANS[:1], max_iterations=1) as shown:
        await shown.review()
        phase = shown.state.phases["one"]
        steps = tuple(
            replace(one, evidence="", effects=tuple(replace(e, result={}) for e in one.effects))
            for one in phase.steps
        )
        shown.app.feed.state = replace(shown.state, phases={"one": replace(phase, steps=steps)})
        await shown.app.push_screen(FailureScreen())
        await shown.sees("━ Failure ━ one, verify", "failed, ", "test_add", "AssertionError")


async def test_the_keys_of_a_failure(cockpit: Any) -> None:
    async with cockpit(BREAKS, phases=(PLANS[0], PLANS[2]), max_iterations=1) as shown:
        await shown.review()
        await shown.open_review()
        await shown.press("x")
        await shown.type("no\n")
        await shown.until(lambda: shown.state.phases["one"].status == "failed")
        await shown.until(lambda: [d.phase for d in shown.state.open_decisions()] == ["three"])
        screen = await go(shown, "f")
        await shown.sees("━ Failure ━ three, verify", "1 of 2, n next", "n next failure")
        await shown.press("r")
        await shown.sees("three did not fail")
        await shown.press("n")
        await shown.sees("━ Failure ━ one, verify", "r   iteration 2 with this failure")
        await shown.press("]")
        await shown.until(lambda: isinstance(shown.app.screen, StepOutput))
        await shown.sees("━ Transcript ━ one ━ verify, iteration 1 ━", "FAIL: test_add")
        await shown.press("escape")
        assert shown.app.screen is screen
        await shown.press("N")
        await shown.sees("━ Failure ━ three, verify")
        await shown.press("m")
        await shown.until(lambda: shown.app.screen.place == "chat")
        assert shown.app.screen.phase == "three"
        await shown.press("escape", "n", "r")
        await shown.sees("one is taken up again")
        await shown.until(lambda: shown.state.phases["one"].status != "failed")


async def test_enter_on_a_failed_phase_shows_its_failure(cockpit: Any) -> None:
    async with cockpit(BREAKS, phases=PLANS[:1], max_iterations=1) as shown:
        await shown.review()
        await shown.open_review()
        await shown.press("x")
        await shown.type("no\n")
        await shown.until(lambda: shown.state.phases["one"].status == "failed")
        await shown.until(lambda: isinstance(shown.app.screen, Cockpit))
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, FailureScreen))
        await shown.sees("━ Failure ━ one, verify")


async def test_no_key_goes_on_from_the_only_failure(cockpit: Any) -> None:
    async with cockpit(BREAKS, phases=(PLANS[0],), max_iterations=1) as shown:
        await shown.review()
        await go(shown, "f")
        await shown.sees("━ Failure ━ one, verify", "] output")
        assert "next failure" not in shown.text
        await shown.press("n")
        await shown.sees("no other phase has a failure")
        await shown.press("question_mark", "G")
        await shown.sees("NOT NOW", "next failure: no other phase has a failure")
