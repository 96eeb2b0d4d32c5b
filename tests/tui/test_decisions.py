"""Decisions in the cockpit, over both clients: opened, decided, left, and decided by others meanwhile."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.kernel.commands import Decide, Refusal
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.tui.screens import frame as screens
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.decision import DecisionScreen
from tests.tui.conftest import Shown
from tests.unit.tui.sample_run import review

ASKS = """\
recording: a question with choices
default:
  implement:
    - ask: {question: "which colour?", choices: [red, blue]}
    - talk: "I take {answer}"
    - command: printf 'x = 1\\n' >> calc.py
"""


def verdicts(shown: Shown) -> list[Decide]:
    """What the cockpit decided."""
    return [one for one in shown.client.given if isinstance(one, Decide)]


async def test_capital_i_opens_the_oldest_and_a_approves_and_the_run_goes_on(cockpit: Any) -> None:
    async with cockpit() as shown:
        first = await shown.review()
        screen = await shown.open_review()
        assert screen.id_shown == first.id
        await shown.sees(
            "Review", "calc.py  M  +1/-0", "a    approve", '+x = "one 1"', "this is the only one"
        )
        await shown.press("a")
        await shown.until(lambda: isinstance(shown.app.screen, Cockpit))
        await shown.sees("approved one")
        await shown.until(lambda: [d.phase for d in shown.state.open_decisions()] == ["two"])
        assert shown.state.decisions[first.id].status == "approved"
        await shown.open_review()
        await shown.press("a")
        await shown.until(lambda: shown.state.run.status == "done")
        await shown.sees("the run is done, published: git merge prdrunner/run-1", "2/2")
        await shown.press("I")
        await shown.sees("nothing waits for you")
        assert len(verdicts(shown)) == 2


async def test_keys_that_come_while_it_opens_decide_nothing(
    cockpit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screens.DEAF == 0.3
    monkeypatch.setattr(screens, "DEAF", 3600.0)
    async with cockpit() as shown:
        decision = await shown.review()
        await shown.press("I")
        assert isinstance(shown.app.screen, DecisionScreen)
        for keys in (("a",), ("x", "n", "o", "enter"), ("S",), ("y",), ("enter",), ("1",)):
            await shown.press(*keys)
        await shown.press("a")
        await shown.sees("1 key ignored, the screen was changing")
        assert not verdicts(shown) and shown.state.decisions[decision.id].status == "open"
        assert shown.app.screen.asked == "" and not shown.app.screen.entry.display


async def test_on_a_screen_that_is_too_small_no_verdict_is_offered_or_taken(cockpit: Any) -> None:
    async with cockpit(size=(30, 8)) as shown:
        await shown.open_review()
        await shown.sees("make the window larger:", "40x10 at least", "esc leave")
        assert "a approve" not in shown.text
        await shown.press("a")
        assert not verdicts(shown)
        await shown.pilot.resize_terminal(50, 14)
        await shown.sees("a approve  x reject")
        await shown.press("a")
        await shown.until(lambda: [one.verb for one in verdicts(shown)] == ["approve"])


async def test_it_hears_after_300_ms_and_not_before(cockpit: Any) -> None:
    async with cockpit() as shown:
        await shown.review()
        began = time.monotonic()
        await shown.open_review()
        assert time.monotonic() - began >= screens.DEAF


async def test_x_and_words_reject_and_the_agent_gets_them(cockpit: Any) -> None:
    async with cockpit() as shown:
        first = await shown.review()
        await shown.open_review()
        await shown.press("x")
        await shown.sees("reason >")
        await shown.press("enter")
        assert not verdicts(shown), "an empty reason is no reason"
        await shown.type("use blue a y 1")
        await shown.sees("use blue a y 1")
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, Cockpit))
        await shown.sees("rejected one")
        decided = shown.state.decisions[first.id]
        assert (decided.status, decided.reason) == ("rejected", "use blue a y 1")
        await shown.until(lambda: [d.iteration for d in shown.state.open_decisions()] == [2])
        again = next(s for s in shown.state.phases["one"].steps if (s.name, s.iteration) == ("implement", 2))
        assert [(f.kind, f.text) for f in again.feedback] == [("rejection", "use blue a y 1")]


async def test_escape_decides_nothing_and_keeps_the_words(cockpit: Any) -> None:
    async with cockpit() as shown:
        decision = await shown.review()
        screen = await shown.open_review()
        await shown.press("x")
        await shown.type("use blue")
        await shown.press("escape")
        assert shown.app.screen is screen and not screen.entry.display
        await shown.press("x")
        assert screen.entry.text == "use blue"
        await shown.press("escape", "escape")
        assert isinstance(shown.app.screen, Cockpit)
        again = await shown.open_review()
        await shown.press("x")
        await shown.sees("reason > use blue")
        assert again is not screen
        assert not verdicts(shown) and shown.state.decisions[decision.id].status == "open"


async def test_what_was_decided_elsewhere_is_told_and_not_decided_twice(cockpit: Any, stage: Any) -> None:
    async with cockpit() as shown:
        decision = await shown.review()
        await shown.open_review()
        assert not isinstance(await stage.other_decides(decision, "approve"), Refusal)
        await shown.sees("approved")
        assert isinstance(shown.app.screen, DecisionScreen)
        assert "a    approve" not in shown.text
        await shown.press("a")
        await shown.sees("this is decided already")
        assert not verdicts(shown)
        await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)


async def test_words_written_while_another_decided_are_not_lost(cockpit: Any, stage: Any) -> None:
    async with cockpit() as shown:
        decision = await shown.review()
        screen = await shown.open_review()
        await shown.press("x")
        await shown.type("use blue")
        await stage.other_decides(decision, "approve")
        await shown.until(lambda: shown.state.decisions[decision.id].status == "approved")
        await shown.press("enter")
        await shown.sees("yours was not used")
        assert shown.state.decisions[decision.id].status == "approved"
        assert screen.entry.text == "use blue"


async def test_from_a_decision_the_next_one_opens_and_it_is_deaf_at_first(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        await shown.review()
        feed = shown.app.feed
        # Phases follow one another, so that the engine itself seldom asks two things at once.
        second = replace(review(), id="d9", phase="two")
        feed.state = evolve(feed.state, Recorded(feed.state.seq + 1, time.time(), second))
        shown.app.live.changed(frozenset(("state",)))
        first = await shown.open_review()
        await shown.sees("this one first, 1 more after it", "I next")
        await shown.press("I")
        assert isinstance(shown.app.screen, DecisionScreen) and shown.app.screen is not first
        assert shown.app.screen.id_shown != first.id_shown
        await shown.sees("this is 2 of 2", "the diff cannot be read")
        await shown.press("escape")
        assert isinstance(shown.app.screen, Cockpit)


async def test_a_question_is_answered_by_a_choice_and_enter(cockpit: Any) -> None:
    async with cockpit(ASKS, size=(120, 40)) as shown:
        await shown.open_review()
        await shown.sees("which colour?", "red", "blue")
        await shown.press("question_mark")
        await shown.sees("1-2  ", "pick an answer; it is not sent yet", "send the answer that was picked")
        assert "what the row is about" not in shown.text
        await shown.press("escape")
        await shown.press("enter")
        await shown.sees("1-2 picks an answer first")
        await shown.press("2")
        await shown.sees("2: blue")
        assert not verdicts(shown)
        await shown.press("enter")
        await shown.sees("answered one", "I take blue")


async def test_a_list_is_there_at_once_also_when_nothing_changes(cockpit: Any) -> None:
    async with cockpit(phases=(PhasePlan("one", "Feature one"),)) as shown:
        await shown.open_review()
        await shown.press("a")
        await shown.until(lambda: shown.state.run.status == "done")
        await shown.press("g", "p")
        await shown.sees("━ Plan ━", "one  done")
        await shown.press("escape", "i")
        await shown.sees("nothing waits for you", "decided in the last hour")


async def test_the_inbox_opens_and_does_not_approve(cockpit: Any) -> None:
    async with cockpit() as shown:
        decision = await shown.review()
        await shown.press("i", "a", "y")
        assert not verdicts(shown)
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))
        assert shown.app.screen.id_shown == decision.id


async def test_the_help_of_a_review_says_what_its_keys_do(cockpit: Any) -> None:
    async with cockpit(size=(120, 40)) as shown:
        await shown.open_review()
        await shown.press("question_mark")
        await shown.sees("approve: commit it", "reject: back to the agent with your words")
        await shown.press("G")
        await shown.sees("open: there is nothing to open here", "choose: there are no answers to choose from")
        await shown.press("escape", "1")
        await shown.sees("there are no answers to choose from")


ASKS_TWICE = """\
recording: the same permission twice
default:
  implement:
    - permission: {action: command, detail: make build}
    - permission: {action: command, detail: make build}
    - command: printf 'x = 1\\n' >> calc.py
"""


async def test_capital_a_allows_exactly_this_for_the_phase(cockpit: Any) -> None:
    async with cockpit(ASKS_TWICE, phases=(PhasePlan("one", "Feature one"),)) as shown:
        await shown.open_review()
        await shown.sees(
            "make build", "a    allow", "A    always", "exactly this, in this phase, from now on"
        )
        await shown.press("A")
        await shown.sees("always allowed one")
        await shown.until(lambda: [d.kind for d in shown.state.open_decisions()] == ["review"])
        assert [(d.status, d.by.kind) for d in shown.state.decisions.values() if d.kind == "permission"] == [
            ("approved", "person"),
            ("approved", "policy"),
        ]


async def test_what_an_agent_asks_stands_in_the_log_while_it_waits_and_with_its_answer(cockpit: Any) -> None:
    async with cockpit(ASKS_TWICE, phases=(PhasePlan("one", "Feature one"),), size=(120, 40)) as shown:
        await shown.until(lambda: shown.state.open_decisions())
        await shown.sees("-- asks for permission: command make build")
        assert "-- allowed" not in shown.text
        await shown.open_review()
        await shown.press("a")
        await shown.until(lambda: len(shown.state.decisions) == 2)
        await shown.sees("-- allowed")
        await shown.press("i")
        await shown.sees("command: make build  allowed by you")
