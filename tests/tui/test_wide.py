"""The cockpit on a wide screen: the plan as a graph, and the detail of the row that is looked at; over both clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.kernel.settings import Criterion, PhasePlan
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.decision import DecisionScreen
from prdrunner_tui.tui.screens.plan import PlanScreen
from tests.tui.conftest import BUSY, Shown, screen_text

WIDE = [(160, 50), (200, 60)]
PLANS = (
    PhasePlan("one", "Feature one", source="prd.md:3"),
    PhasePlan("two", "Feature two", deps=("one",), criteria=(Criterion("A-1", "adds 9"),)),
    PhasePlan("three", "Feature three", deps=("one",)),
)
BREAKS = """\
recording: an agent that breaks the tests, each time in another way
default:
  implement:
    default:
      - command: printf 'def add(a, b):\\n    return 4 + %s\\n' "$PRDRUNNER_ITERATION" > calc.py
"""


def inside(shown: Shown, pane: str) -> list[str]:
    """The rows of a pane, its rule first."""
    screen: Any = shown.app.screen
    region = screen.panes[pane].region
    rows = screen_text(shown.app)[region.y : region.bottom]
    return [row[region.x : region.right].rstrip() for row in rows]


async def holds(shown: Shown, pane: str, *texts: str) -> None:
    """Wait until a pane shows all of these."""
    await shown.until(lambda: all(any(text in row for row in inside(shown, pane)) for text in texts))


async def approved(shown: Shown) -> None:
    """Approve the first review, and come back."""
    await shown.open_review()
    await shown.press("a")
    await shown.until(lambda: shown.state.phases["one"].commit)
    await shown.until(lambda: isinstance(shown.app.screen, Cockpit))


@pytest.mark.parametrize("size", WIDE, ids=str)
async def test_plan_and_detail_stand_beside_the_rest(cockpit: Any, size: tuple[int, int]) -> None:
    async with cockpit(size=size, phases=PLANS) as shown:
        await shown.review()
        await holds(
            shown, "graph", "─ Plan ─", "g p whole", ">! one ─┬─ · two", "└─ · three", "critical path  one > "
        )
        await holds(shown, "detail", "─ Detail ─ one ─ changes so far ─", " enter review ─")
        await holds(
            shown, "detail", "1 file  +1/-0  needs you: review", "── calc.py  M  +1/-0 ─", '+ x = "one 1"'
        )
        before = {name: pane.region for name, pane in shown.app.screen.panes.items() if pane.display}
        await approved(shown)
        await holds(shown, "graph", "✓ one ─┬─")
        await holds(shown, "detail", "─ Detail ─ one ─ the change ─", "committed as", '+ x = "one 1"')
        after = {name: pane.region for name, pane in shown.app.screen.panes.items() if pane.display}
        assert after == before, "nothing moves when data comes"


async def test_the_detail_goes_with_the_cursor(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        await holds(shown, "detail", '+ x = "one 1"')
        await shown.press("j")
        await holds(shown, "detail", "─ Detail ─ two ─ what is planned ─", "waits for one", "A-1 adds 9")
        await holds(shown, "graph", "─┬─>· two")
        assert not any("x =" in row for row in inside(shown, "detail"))
        await shown.press("k")
        await holds(shown, "detail", "─ Detail ─ one ─", '+ x = "one 1"')


async def test_a_phase_at_work_says_what_is_known(cockpit: Any) -> None:
    async with cockpit(BUSY, size=(160, 50), phases=PLANS) as shown:
        await shown.sees("I wait for words")
        await holds(shown, "detail", "─ Detail ─ one ─ no change yet", "it is recorded when", " now  ")


async def test_a_failure_stands_in_the_detail(cockpit: Any) -> None:
    async with cockpit(BREAKS, size=(200, 60)) as shown:
        await shown.until(lambda: any(one.kind == "stuck" for one in shown.state.open_decisions()))
        await holds(
            shown,
            "detail",
            "─ Detail ─ one ─ verify, iteration ",
            "enter decision",
            "✗ exit 1",
            "AssertionError",
        )


async def test_enter_shows_all_of_it(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        screen = shown.app.screen
        await holds(shown, "detail", "needs you: review")
        await shown.press("semicolon", "d")
        assert screen.focused is screen.views["detail"]
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, DecisionScreen))
        await shown.press("escape", "semicolon", "p", "j", "semicolon", "d", "enter")
        await shown.until(lambda: isinstance(shown.app.screen, PlanScreen))
        await shown.press("escape", "semicolon", "p", "k")
        await approved(shown)
        await shown.press("semicolon", "d")
        await holds(shown, "detail", "committed as")
        await shown.press("enter")
        assert set(screen.shown().places) == {"detail"}
        await shown.press("enter")
        await shown.sees("this is all of it; esc goes back")
        await shown.press("escape")
        assert "log" in screen.shown().places and screen.focused is screen.views["detail"]


async def test_the_keys_of_the_plan_move_the_cursor_of_the_phases(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        screen = shown.app.screen
        await shown.press("semicolon", "g")
        assert screen.focused is screen.views["graph"]
        await shown.press("j")
        assert screen.phases.phase == "two"
        await holds(shown, "graph", "─┬─>· two")
        await holds(shown, "detail", "─ Detail ─ two ─")
        await holds(shown, "chat", "─ Chat ─ two")
        await shown.press("G")
        assert screen.phases.phase == "three"
        await shown.press("enter")
        await shown.until(lambda: isinstance(shown.app.screen, PlanScreen))


async def test_the_detail_is_about_the_list_that_had_the_keys_last(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        await approved(shown)
        await shown.until(lambda: shown.state.open_decisions("two"))
        await shown.press("j", "j")
        await holds(shown, "detail", "─ Detail ─ three ─")
        await shown.press("semicolon", "k")
        await holds(shown, "detail", "─ Detail ─ one ─ the change", "committed as")
        await shown.press("semicolon", "i", "home")
        await holds(shown, "detail", "─ Detail ─ two ─ changes so far", "needs you: review")
        await shown.press("semicolon", "d")
        await holds(shown, "detail", "━ Detail ━ two ━")
        assert shown.app.screen.phases.phase == "three"
        await shown.press("semicolon", "p")
        await holds(shown, "detail", "─ Detail ─ three ─")


async def test_a_change_that_cannot_be_read_says_so(cockpit: Any) -> None:
    async def broken(old: str, new: str) -> bytes:
        raise Problem("there is no such tree")

    async with cockpit(BUSY, size=(200, 60), phases=PLANS) as shown:
        shown.app.target = replace(shown.app.target, patch=broken)
        await shown.sees("I wait for words")
        await shown.press("m", "g", "o", "enter", "escape")
        await shown.press("m", "o", "n", "enter", "escape")
        await shown.review()
        await holds(shown, "detail", "needs you: review", "the change cannot be read: there is no such tree")


async def test_no_change_is_read_where_it_is_not_shown(cockpit: Any) -> None:
    async with cockpit(size=(120, 40), phases=PLANS) as shown:
        asked: list[tuple[str, str]] = []
        patch = shown.app.target.patch

        async def noted(old: str, new: str) -> bytes:
            asked.append((old, new))
            data: bytes = await patch(old, new)
            return data

        shown.app.target = replace(shown.app.target, patch=noted)
        await shown.review()
        await shown.sees("needs you: review")
        assert not asked
        await shown.pilot.resize_terminal(160, 50)
        await holds(shown, "detail", '+ x = "one 1"')
        assert len(asked) == 1


async def test_titles_count_and_name_the_keys(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        assert inside(shown, "metrics")[0].endswith(" g m more ─")
        assert inside(shown, "inbox")[0].endswith(" 1 open ─")
        assert inside(shown, "breaks")[0].endswith("──")
        assert inside(shown, "commits")[0].startswith("─ Commits ─ prdrunner/run-1 ──")
        await shown.press("b", "v")
        await shown.until(lambda: inside(shown, "breaks")[0].endswith(" 1 set, g b edits ─"))
        await approved(shown)
        await shown.until(lambda: inside(shown, "commits")[0].endswith(" 1 ─"))


async def test_the_detail_takes_rows_from_the_log(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        panes = shown.app.screen.panes
        heights = panes["log"].region.height, panes["detail"].region.height
        await shown.press("semicolon", "d", "=")
        await shown.until(lambda: panes["detail"].region.height == heights[1] + 2)
        assert panes["log"].region.height == heights[0] - 2
        await shown.press("semicolon", "l", "=")
        await shown.until(lambda: panes["detail"].region.height == heights[1])
        width = panes["graph"].region.width
        await shown.press("semicolon", "g", "=")
        await shown.until(lambda: panes["graph"].region.width == width + 2)


async def test_what_waits_stands_at_the_top_of_an_inbox_that_nobody_is_in(cockpit: Any) -> None:
    async with cockpit(size=(160, 50), phases=PLANS) as shown:
        await shown.review()
        for phase in ("one", "two"):
            await shown.until(lambda phase=phase: shown.state.open_decisions(phase))
            await holds(shown, "inbox", f"{phase}  ")
            await shown.open_review()
            await shown.press("a")
            await shown.until(lambda phase=phase: shown.state.phases[phase].commit)
        await shown.until(lambda: shown.state.open_decisions("three"))
        await shown.until(
            lambda: inside(shown, "inbox")[1].startswith(">!") and "three" in inside(shown, "inbox")[1]
        )
        await shown.until(lambda: "two" in inside(shown, "commits")[1])
        await shown.press("semicolon", "i", "G")
        await shown.press("semicolon", "d")
        cursor = shown.app.screen.views["inbox"].cursor_key
        shown.app.screen.refreshed()
        assert shown.app.screen.views["inbox"].cursor_key == cursor, "who looks at a row keeps it"
