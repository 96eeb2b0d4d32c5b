"""That much of a limit is used, said once and true for as long as it stands; over both clients."""

from __future__ import annotations

from typing import Any

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.settings import Allowance
from prdrunner_tui.tui.screens import frame
from prdrunner_tui.tui.screens.metrics import MetricsScreen
from tests.engine.conftest import ADA
from tests.tui.conftest import Shown


def happens(shown: Shown, *made: events.Event) -> None:
    """Let the cockpit hear of events that the engine did not make."""
    feed = shown.app.feed
    for event in made:
        feed.state = evolve(feed.state, events.Recorded(feed.state.seq + 1, feed.state.at, event))
    shown.app.live.changed(frozenset(("state",)))


def turn() -> events.Event:
    """Another turn of the first phase was booked."""
    return events.UsageRecorded("one", "implement", 10, 10, 0.0)


def warned(used: float) -> events.Event:
    """As the engine tells it when four of five turns are used."""
    return events.BudgetWarned("run/turns/0", "run", "turns", used, 5.0)


@pytest.fixture(autouse=True)
def read_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said stands until the test has seen it, on a slow machine too."""
    monkeypatch.setattr(frame, "SAID", 600.0)


async def told_of_four(shown: Shown) -> None:
    """The warning stands; one turn of the run has ended by itself."""
    await shown.review()
    assert shown.state.budget.spent.turns == 1
    happens(shown, turn(), turn(), turn(), warned(4.0))
    await shown.sees("budget: 4 of 5 turns used (80%)")


async def test_the_figure_is_that_of_now_while_the_warning_stands(cockpit: Any) -> None:
    async with cockpit(size=(120, 40), allowance=Allowance(turns=5)) as shown:
        await told_of_four(shown)
        happens(shown, turn())
        await shown.sees("budget: 5 of 5 turns used (100%)")
        assert "4 of 5 turns used" not in shown.text


async def test_one_that_was_read_does_not_come_back(cockpit: Any) -> None:
    async with cockpit(size=(120, 40), allowance=Allowance(turns=5)) as shown:
        await told_of_four(shown)
        await shown.press("j")
        await shown.until(lambda: "budget:" not in shown.text)
        happens(shown, turn())
        await shown.sees("5 of 5 turns")
        assert "budget:" not in shown.text


async def test_it_goes_when_the_limit_is_raised(cockpit: Any) -> None:
    async with cockpit(size=(120, 40), allowance=Allowance(turns=5)) as shown:
        await told_of_four(shown)
        happens(shown, events.BudgetRaised(ADA, "run"))
        await shown.until(lambda: "budget:" not in shown.text)


async def test_below_another_screen_it_stays_true(cockpit: Any) -> None:
    async with cockpit(size=(120, 40), allowance=Allowance(turns=5)) as shown:
        await told_of_four(shown)
        await shown.app.push_screen(MetricsScreen())
        await shown.until(lambda: isinstance(shown.app.screen, MetricsScreen))
        happens(shown, turn())
        await shown.until(lambda: shown.app.live._warning is not None and "5 of 5" in warning(shown))
        await shown.app.pop_screen()
        await shown.sees("budget: 5 of 5 turns used (100%)")


def warning(shown: Shown) -> str:
    """What the screen that was told first says."""
    told = shown.app.live._warning
    return "".join(text for _, text in told[2]) if told is not None else ""
