from __future__ import annotations

from typing import Any

import pytest
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.span import Line, plain, sides, width_of, words
from prdrunner_tui.tui.widgets.bars import InboxBar, KeyRow, TopRow
from prdrunner_tui.tui.widgets.pane import Divider, Pane, Title, tab_at, title_rule
from prdrunner_tui.tui.widgets.row import Rows
from tests.tui.listapp import Items, ListApp, names

TABS = tuple(map(sanitize, ("Log", "Chat", "Metrics", "Breakpoints")))
LOG = Title(tuple(map(sanitize, ("Log", "all phases", "all levels"))), words("following"))


def rule(title: Title, width: int, *, focused: bool = False, ascii: bool = False, result: Line = ()) -> str:
    line = title_rule(title, width, Glyphs(ascii), focused=focused, result=result)
    assert width_of(line) == width
    return plain(line)


@pytest.mark.parametrize(
    ("title", "width", "options", "drawn"),
    [
        (LOG, 50, {}, "─ Log ─ all phases ─ all levels ────── following ─"),
        (LOG, 50, {"focused": True}, "━ Log ━ all phases ━ all levels ━━━━━━ following ━"),
        (LOG, 50, {"ascii": True}, "- Log - all phases - all levels ------ following -"),
        (LOG, 50, {"ascii": True, "focused": True}, "= Log = all phases = all levels ====== following ="),
        (LOG, 40, {}, "─ Log ─ all phases ───────── following ─"),
        (LOG, 24, {}, "─ Log ────── following ─"),
        (LOG, 12, {}, "─ Log ─ f… ─"),
        (LOG, 9, {}, "─ Log ───"),
        (
            LOG,
            50,
            {"result": words("approved 2/7, u undo")},
            "─ Log ─ all phases ──────── approved 2/7, u undo ─",
        ),
        (LOG, 20, {"result": words("approved 2/7, u undo")}, "─ Log ─ approved … ─"),
        (Title(tabs=TABS), 40, {}, "─[Log]─ Chat ─ Metrics ─ Breakpoints ───"),
        (Title(tabs=TABS, active=1), 40, {}, "─ Log ─[Chat]─ Metrics ─ Breakpoints ───"),
        (Title(), 10, {}, "──────────"),
    ],
)
def test_the_rule_of_a_pane(title: Title, width: int, options: dict[str, Any], drawn: str) -> None:
    assert rule(title, width, **options) == drawn


@pytest.mark.parametrize("width", range(60))
def test_a_narrow_rule_keeps_its_width(width: int) -> None:
    for title in (
        LOG,
        Title(tabs=TABS, right=words("x" * 30)),
        Title((sanitize("n" * 300),), words("right")),
    ):
        rule(title, width)
        rule(title, width, focused=True, result=words("approved 2/7, u undo"))


def test_which_tab_is_where() -> None:
    title = Title(tabs=TABS)
    shown = rule(title, 40)
    for place, tab in enumerate(TABS):
        at = shown.index(tab)
        assert tab_at(title, at) == tab_at(title, at - 1) == tab_at(title, at + len(tab)) == place
    assert tab_at(title, 0) is None and tab_at(title, 39) is None


class Cockpit(ListApp):
    """Two panes between the three rows."""

    def compose(self) -> ComposeResult:
        yield TopRow()
        with Horizontal():
            yield Pane(Items(names(30)), title=LOG, id="left")
            yield Divider()
            yield Pane(Items(names(30)), Items(names(3)), title=Title(tabs=TABS), id="right")
        yield InboxBar()
        yield KeyRow()

    chosen = -1

    def on_pane_tab_chosen(self, event: Pane.TabChosen) -> None:
        self.chosen = event.tab


def rows(widget: Rows) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (60, 16)])
async def test_the_three_rows_stand_where_they_stand(size: tuple[int, int]) -> None:
    app = Cockpit()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        width, height = size
        assert app.query_one(TopRow).region == Region(0, 0, width, 1)
        assert app.query_one(InboxBar).region == Region(0, height - 2, width, 1)
        assert app.query_one(KeyRow).region == Region(0, height - 1, width, 1)
        assert app.query_one(Divider).region.height == height - 3
        assert set(rows(app.query_one(Divider))) == {"│"}


async def test_the_rule_is_heavy_where_the_keys_go() -> None:
    app = Cockpit()
    async with app.run_test(size=(80, 24)) as pilot:
        left, right = (app.query_one(f"#{name}", Pane) for name in ("left", "right"))
        titles = [pane.query_one("TitleRow", Rows) for pane in (left, right)]
        left.query(Items).first().focus()
        await pilot.pause()
        assert rows(titles[0])[0].startswith("━ Log") and rows(titles[1])[0].startswith("─[Log]")
        left.say(words("paused tags"))
        assert " paused tags ━" in rows(titles[0])[0]
        right.query(Items).first().focus()
        await pilot.pause()
        assert rows(titles[0])[0].startswith("─ Log") and rows(titles[1])[0].startswith("━[Log]")
        assert "paused" not in rows(titles[0])[0]
        right.show_title(Title(tabs=TABS, active=2))
        assert "[Metrics]" in rows(titles[1])[0]


async def test_a_click_on_a_tab_asks_for_it() -> None:
    app = Cockpit()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        title = app.query_one("#right TitleRow", Rows)
        await pilot.click(title, offset=(9, 0))
        await pilot.pause()
        assert app.chosen == 1 and app.focused is app.query("#right Items").first()


async def test_a_bar_paints_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Cockpit()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        bar = app.query_one(TopRow)
        bar.show(lambda width: sides(words("running 14m 20s", "running"), words("! 2", "needs-you"), width))
        await pilot.pause()
        assert rows(bar) == ["running 14m 20s" + " " * 62 + "! 2"]
        painted: list[Region] = []
        monkeypatch.setattr(bar, "refresh", lambda *regions, **_: painted.extend(regions or [bar.region]))
        bar.show(lambda width: sides(words("running 14m 21s", "running"), words("! 2", "needs-you"), width))
        assert painted == [Region(13, 0, 1, 1)]
        bar.show(sides(words("running 14m 21s", "running"), words("! 2", "needs-you"), 80))
        assert len(painted) == 1


async def test_a_bar_fits_another_width() -> None:
    app = Cockpit()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        bar = app.query_one(KeyRow)
        bar.show(lambda width: sides(words("a approve"), words("? keys"), width))
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        assert rows(bar) == ["a approve" + " " * 25 + "? keys"]
