"""The turns with the requests of each on the screen of the numbers; over both clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import read_result, write_result
from prdrunner_tui.engine import queries
from prdrunner_tui.engine.requests import requests
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.projections.requests import turns
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.metrics import MetricsScreen
from prdrunner_tui.workers.updates import Request, UsageReported
from tests.tui.conftest import SIZES, Shown, Stage, screen_text

RECORDING = """\
recording: an edit, with what it used
default:
  implement:
    default:
      - command: printf 'x = 1\\n' >> calc.py
      - usage: {input: 1234, output: 56, cost_usd: 0.25}
"""
TOLD = UsageReported("turn", 1234, 56, cost_usd=0.25, requests=(Request(1200, 50, 1000), Request(34, 6)))


async def tell(stage: Stage, shown: Shown, usage: UsageReported) -> str:
    """Let the first turn have told that; its key."""
    await shown.review()
    hosted = (await stage.open()).engine.runs["run-1"]
    key = turns(shown.state)[0].key
    job = hosted.directory.jobs / directory_name(key, 1)
    result = read_result(job)
    assert result is not None
    write_result(job, replace(result, usage=usage))
    return key


async def looked_at(shown: Shown) -> MetricsScreen:
    """The view of the requests."""
    await shown.press("g", "m")
    await shown.until(lambda: isinstance(shown.app.screen, MetricsScreen))
    await shown.press("l", "l")
    await shown.sees("━[requests]━")
    screen = shown.app.screen
    assert isinstance(screen, MetricsScreen)
    return screen


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_each_request_of_a_turn_is_shown(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.cockpit(RECORDING, size=size) as shown:
        await tell(stage, shown, TOLD)
        await looked_at(shown)
        await shown.sees("2 requests")
        rows = screen_text(shown.app)
        place = next(n for n, row in enumerate(rows) if "2 requests" in row)
        assert rows[place].split()[:3] == [">one", "implement", "1"]
        assert rows[place + 1].split() == ["1", "1.2k", "1.0k", "50", "?"]
        assert rows[place + 2].split() == ["2", "34", "?", "6", "?"]
        assert {len(row) for row in rows} == {size[0]} and len(rows) == size[1]


async def test_where_none_are_told_that_is_said(stage: Stage) -> None:
    async with stage.cockpit(RECORDING) as shown:
        await shown.review()
        await looked_at(shown)
        await shown.sees("requests not told", "$0.25")
        asked = [args for what, args in shown.client.asked if what == "requests"]
        assert asked == [{"keys": [turns(shown.state)[0].key]}]


async def test_enter_on_a_request_shows_its_phase(stage: Stage) -> None:
    async with stage.cockpit(RECORDING) as shown:
        await tell(stage, shown, TOLD)
        screen = await looked_at(shown)
        await shown.sees("2 requests")
        await shown.press("j", "enter")
        await shown.until(lambda: shown.app.screen is not screen)
        cockpit = shown.app.screen
        assert isinstance(cockpit, Cockpit) and cockpit.phases.phase == "one"


async def test_an_engine_that_does_not_know_the_question_is_asked_once_a_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(queries.QUERIES, "requests")
    async with stage.cockpit(RECORDING) as shown:
        await shown.review()
        screen = await looked_at(shown)
        await shown.sees("not known yet")
        for _ in range(3):
            screen.refreshed()
        asked = [what for what, _ in shown.client.asked]
        assert asked.count("requests") == 1
        await shown.press("h", "l")
        await shown.until(lambda: [what for what, _ in shown.client.asked].count("requests") == 2)


async def test_an_answer_that_takes_only_some_is_asked_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prdrunner_tui.engine import requests as module

    monkeypatch.setattr(module, "MOST_TURNS", 1)
    async with stage.cockpit(RECORDING) as shown:
        key = await tell(stage, shown, TOLD)
        state = shown.state
        phase = state.phases["one"]
        turn = next(e for e in state.effects() if e.key == key)
        again = replace(turn, key="one/implement/9.1/turn", at=turn.at + 1)
        step = next(s for s in phase.steps if turn in s.effects)
        steps = tuple(replace(s, effects=(*s.effects, again)) if s is step else s for s in phase.steps)
        shown.app.feed.state = replace(state, phases={**state.phases, "one": replace(phase, steps=steps)})
        await looked_at(shown)
        await shown.sees("2 requests", "not known yet")
        keys = [args["keys"] for what, args in shown.client.asked if what == "requests"]
        assert keys == [[key, again.key], [again.key]]


async def answer(stage: Stage, keys: Any) -> Any:
    hosted = (await stage.open()).engine.runs["run-1"]
    return await requests(hosted, {"keys": keys})


async def test_the_engine_answers_for_turns_of_the_run_only(stage: Stage) -> None:
    async with stage.cockpit(RECORDING) as shown:
        key = await tell(stage, shown, TOLD)
        found = await answer(stage, [key, key, "../../etc", "one/verify/1.1/verify", 7])
        assert list(found["turns"]) == [key]
        assert [one["input"] for one in found["turns"][key]["requests"]] == [1200, 34]
        assert isinstance(await answer(stage, "one"), Refusal)
        assert await answer(stage, []) == {"turns": {}}


async def test_an_answer_fits_a_line(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from prdrunner_tui.engine import requests as module

    monkeypatch.setattr(module, "_ROOM", 1)
    async with stage.cockpit(RECORDING) as shown:
        key = await tell(stage, shown, TOLD)
        assert list((await answer(stage, [key]))["turns"]) == [key]
