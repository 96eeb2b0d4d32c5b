"""The views of the metrics, and the estimate that earlier runs give; over both clients."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.metrics import MetricsScreen
from prdrunner_tui.tui.target import Target
from tests.engine import conftest as real
from tests.tui.conftest import EDITS, SIZES, Shown, Stage, screen_text

PLANS = (PhasePlan("one", "Feature one"), PhasePlan("two", "Feature two"))


async def earlier(stage: Stage) -> None:
    """A run of one phase that ended well before."""
    client = await stage.connect()
    command = real.start_command(stage.project, EDITS, phases=PLANS[:1])
    command = replace(command, run="run-0", branch="prdrunner/run-0")
    assert await client.start(command, str(stage.project / "prd.md")) == "run-0"
    driver = real.Driver(client, "run-0")
    await driver.until(real.waits)
    await driver.decide()
    await driver.until(real.over)
    engine = (await stage.open()).engine
    async with asyncio.timeout(30):
        while not ((row := engine.registry.get("run-0")) is not None and row.ended_at):
            await asyncio.sleep(0.01)


def asked(shown: Shown) -> int:
    """How often the cockpit asked for earlier runs."""
    return [what for what, _ in shown.client.asked].count("history")


async def metrics(shown: Shown) -> MetricsScreen:
    """The screen, once it is there."""
    await shown.review()
    await shown.press("g", "m")
    await shown.until(lambda: isinstance(shown.app.screen, MetricsScreen))
    screen = shown.app.screen
    assert isinstance(screen, MetricsScreen)
    return screen


async def test_earlier_runs_give_an_estimate_before_any_phase_is_done(stage: Stage) -> None:
    await earlier(stage)
    async with stage.cockpit(size=(160, 48), phases=PLANS) as shown:
        await shown.until(lambda: shown.app.earlier)
        await shown.review()
        assert not any(phase.status == "done" for phase in shown.state.phases.values())
        await shown.until(lambda: "s left" in screen_text(shown.app)[0])
        assert shown.app.left is not None
        assert asked(shown) == 1


async def test_without_history_there_is_none(cockpit: Any) -> None:
    async with cockpit(size=(120, 40), phases=PLANS) as shown:
        await shown.until(lambda: shown.app.earlier == ())
        await metrics(shown)
        await shown.sees("0/2  ? left")
        assert " left" not in screen_text(shown.app)[0]
        await shown.press("h")
        await shown.sees("━[history]━", ">run-1", "no other run of this repository has ended")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_keys_go_round_the_views(stage: Stage, size: tuple[int, int]) -> None:
    await earlier(stage)
    async with stage.cockpit(size=size, phases=PLANS) as shown:
        await metrics(shown)
        run = ("━ Metrics ━[run]━ phases ━ requests ━ history ━", "h/l switch", "Where the time went", ">one")
        phases = ("━ Metrics ━ run ━[phases]━ requests ━ history ━", ">! one", " ○ two", "   all")
        requests = ("━ Metrics ━ run ━ phases ━[requests]━ history ━", ">one", "implement 1", "enter phase")
        history = (
            "━ Metrics ━ run ━ phases ━ requests ━[history]━",
            ">run-1 ",
            "! needs you ",
            " run-0 ",
            "✓ done ",
            "estimates come from",
        )
        await shown.sees(*run)
        for key, view in (
            ("l", phases),
            ("l", requests),
            ("l", history),
            ("l", run),
            ("h", history),
            ("h", requests),
            ("left_square_bracket", phases),
        ):
            await shown.press(key)
            await shown.sees(*view)
        await shown.press("right")
        await shown.sees(*requests)
        await shown.press("right")
        await shown.sees(*history)
        rows = screen_text(shown.app)
        assert {len(row) for row in rows} == {size[0]} and len(rows) == size[1]
        assert rows[2].split()[:2] == ["run", "PRD"] or rows[2].split()[:2] == ["run", "state"]
        await shown.press("right_square_bracket")
        await shown.sees(*run)
        assert shown.text.count("phases    time") == 0


async def test_a_click_on_a_view_shows_it(stage: Stage) -> None:
    async with stage.cockpit(phases=PLANS) as shown:
        screen = await metrics(shown)
        row = screen_text(shown.app)[1]
        await shown.pilot.click(offset=(row.index("history") + 2, 1))
        await shown.sees("━[history]━")
        await shown.pilot.click(offset=(row.index("Metrics") + 2, 1))
        await shown.press("P")
        await shown.sees("paused the run")
        assert screen.showing == "history"


async def test_the_history_is_asked_for_again_when_it_is_looked_at(stage: Stage) -> None:
    async with stage.cockpit(phases=PLANS) as shown:
        await shown.until(lambda: shown.app.earlier == ())
        await metrics(shown)
        await earlier(stage)
        assert asked(shown) == 1
        await shown.press("h")
        await shown.sees(" run-0 ✓ done")
        assert asked(shown) == 2


async def test_enter_opens_another_run(stage: Stage) -> None:
    await earlier(stage)
    async with stage.cockpit(phases=PLANS) as shown:
        await metrics(shown)
        await shown.press("h")
        await shown.sees(">run-1", " run-0 ✓ done", "enter run")
        await shown.press("enter")
        await shown.sees("this is the run that is shown")
        await shown.press("j", "enter")
        await shown.sees("prdrunner attach --run-id run-0 shows it")
        target = shown.app.target

        def there(run: str) -> Target:
            return replace(target, run=run)

        shown.app.home = SimpleNamespace(target=there)  # type: ignore[assignment]
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, Cockpit) and shown.state.run is not None)
        assert shown.state.run is not None and shown.state.run.id == "run-0"
        await shown.until(lambda: shown.app.earlier == ())


async def test_enter_on_a_phase_shows_it_in_the_cockpit(stage: Stage) -> None:
    async with stage.cockpit(phases=PLANS) as shown:
        screen = await metrics(shown)
        await shown.press("l")
        await shown.sees(">! one", "enter phase")
        await shown.press("j", "enter")
        await shown.until(lambda: shown.app.screen is not screen)
        cockpit = shown.app.screen
        assert isinstance(cockpit, Cockpit) and cockpit.phases.phase == "two"


async def test_an_engine_that_knows_no_history_is_no_fault(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prdrunner_tui.engine import queries

    monkeypatch.delitem(queries.QUERIES, "history")
    async with stage.cockpit(phases=PLANS) as shown:
        await metrics(shown)
        await shown.press("h")
        await shown.sees("earlier runs are not known yet")
        assert shown.app.earlier is None
