from __future__ import annotations

from typing import Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot

from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.widgets.lines import LineView
from tests.tui.listapp import Items, ListApp, Tail, names, skin

SIZE = (80, 24)


class Painted:
    """Which regions of a view are painted from now on."""

    def __init__(self, view: LineView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.regions: list[Region] = []
        self.whole = 0
        refresh = view.refresh

        def spy(*regions: Region, **options: Any) -> LineView:
            self.regions.extend(regions)
            self.whole += not regions
            return refresh(*regions, **options)

        monkeypatch.setattr(view, "refresh", spy)

    @property
    def rows(self) -> set[int]:
        return {y for region in self.regions for y in region.line_range}


async def ready(pilot: Pilot[Any], view: LineView) -> None:
    view.focus()
    await pilot.pause()


@pytest.mark.parametrize("count", [1_000, 100_000])
async def test_only_rows_on_the_screen_are_asked_for(count: int) -> None:
    view = Items(names(count))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        await pilot.press("end", "home", "down")
        assert len(view.asked) < 24 * 6


async def test_moving_the_cursor_paints_two_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items(names(100_000))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        painted = Painted(view, monkeypatch)
        await pilot.press("down")
        assert painted.rows == {0, 1} and not painted.whole
        assert view.texts()[:3] == [" item-000000", ">item-000001", " item-000002"]
        painted.regions.clear()
        await pilot.press("down", "up", "up")
        assert painted.rows == {0, 1, 2}


async def test_the_list_moves_by_half_a_screen_at_the_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items(names(1000))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        await pilot.press(*["down"] * 24)
        assert view.viewport.top == 13 and view.cursor == 24
        painted = Painted(view, monkeypatch)
        await pilot.press("down")
        assert len(painted.rows) == 2


async def test_the_row_under_the_cursor_has_a_ground_only_with_the_focus() -> None:
    view, other = Items(names(5)), Items(names(5))
    async with ListApp(view, other).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        cursor = pilot.app.skin.theme.cursor_style("text").bgcolor  # type: ignore[attr-defined]
        assert {style.bgcolor for _, style, _ in view.render_line(0) if style} == {cursor}
        assert cursor not in {style.bgcolor for _, style, _ in other.render_line(0) if style}
        assert other.texts()[0].startswith(">")
        other.focus()
        await pilot.pause()
        assert cursor not in {style.bgcolor for _, style, _ in view.render_line(0) if style}
        assert {style.bgcolor for _, style, _ in other.render_line(0) if style} == {cursor}


async def test_without_colours_the_cursor_row_is_reversed() -> None:
    view = Items(names(5))
    async with ListApp(view, skin_=skin(depth=Depth.NONE)).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        assert all(style.reverse for _, style, _ in view.render_line(0) if style)
        assert not any(style.reverse for _, style, _ in view.render_line(1) if style)


async def test_the_cursor_stays_on_its_item_and_that_on_its_place() -> None:
    view = Items(names(100))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        view.move_to(50)
        before = view.texts()
        view.items[10:10] = ["new-1", "new-2", "new-3"]
        view.rows_changed()
        assert view.cursor == 53 and view.cursor_key == "item-000050"
        assert view.texts() == before
        del view.items[:13]
        view.rows_changed()
        assert view.cursor_key == "item-000050" and view.texts() == before
        await pilot.pause()
        # The item itself goes: the next one takes its place.
        view.items.remove("item-000050")
        view.rows_changed()
        assert view.cursor_key == "item-000051"


async def test_rows_that_change_are_painted_where_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items([f"{name}:  2m 30s" for name in names(10)])
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        painted = Painted(view, monkeypatch)
        view.items[4] = "item-000004:  2m 31s"
        view.refresh_rows(4)
        assert painted.regions == [Region(19, 4, 1, 1)]
        view.refresh_rows(0, 9)
        assert painted.regions == [Region(19, 4, 1, 1)] and not painted.whole
        assert view.texts()[4] == " item-000004:  2m 31s"


async def test_new_rows_below_the_screen_paint_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items(names(100))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        painted = Painted(view, monkeypatch)
        asked = len(view.asked)
        view.items.extend(["more"] * 1000)
        view.rows_changed()
        assert not painted.regions and not painted.whole and len(view.asked) == asked


async def test_what_is_painted_is_what_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items(names(5))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        before = view.texts()
        view.items.clear()
        assert view.texts() == before
        view.rows_changed()
        assert view.texts()[0] == "nothing yet" and view.cursor is None
        view.items.append("first")
        view.rows_changed()
        assert view.texts()[:2] == [">first", ""]


async def test_the_cursor_passes_over_rows_it_cannot_be_on() -> None:
    view = Items(names(10))
    view.skipped = {"item-000000", "item-000002", "item-000003", "item-000009"}
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        assert view.cursor == 1
        await pilot.press("down")
        assert view.cursor == 4
        await pilot.press("up", "up")
        assert view.cursor == 1
        await pilot.press("end")
        assert view.cursor == 8


async def test_a_log_stays_at_its_end_until_someone_looks_back() -> None:
    view = Tail(names(100))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        assert view.texts()[-1] == " item-000099"
        view.items.append("new-1")
        view.rows_changed()
        assert view.texts()[-1] == " new-1"
        await pilot.press("up")
        view.items.extend(["new-2", "new-3"])
        view.rows_changed()
        assert view.texts()[-1] == " item-000099" and view.viewport.unseen == 2
        await pilot.press("end")
        assert view.texts()[-1] == " new-3" and view.viewport.following and not view.viewport.unseen
        await pilot.press("space")
        view.items.append("new-4")
        view.rows_changed()
        assert view.texts()[-1] == " new-3"
        await pilot.press("space")
        assert view.texts()[-1] == " new-4"


async def test_a_log_that_loses_its_oldest_lines_does_not_jump() -> None:
    view = Tail(names(100))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        view.scroll_by(-30)
        before = view.texts()
        del view.items[:20]
        view.rows_changed()
        assert view.texts() == before


async def test_the_wheel_moves_the_list_and_a_click_the_cursor() -> None:
    view = Items(names(100))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        view.scroll_by(6)
        assert view.cursor == 0 and view.texts()[0] == " item-000006"
        await pilot.click(view, offset=(4, 3))
        assert view.cursor == 9 and not view.opened
        await pilot.click(view, offset=(4, 3), times=2)
        assert view.opened == [9]
        await pilot.press("down")
        assert view.cursor == 10


async def test_long_lines_are_cropped_and_can_be_moved_sideways() -> None:
    view = Items(["x" * 70 + "0123456789" * 3])
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        assert view.texts()[0].endswith("012345678…"[:8] + "…")
        view.scroll_sideways(1)
        assert view.texts()[0].startswith(">xxx") and view.texts()[0].endswith("5…")
        view.scroll_sideways(-1)
        view.scroll_sideways(-1)
        assert view.left == 0


async def test_ascii_crops_without_a_sign() -> None:
    view = Items(["x" * 200])
    async with ListApp(view, skin_=skin(ascii=True)).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        assert view.texts()[0].endswith("x...") and view.texts()[0].isascii()


async def test_another_skin_and_another_size_are_painted_anew() -> None:
    view = Items(names(30))
    app = ListApp(view)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        dark = list(view.render_line(1))
        app.skin = skin("light")
        view.refresh()
        assert list(view.render_line(1)) != dark
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert len(view.texts()) == 10 and view.render_line(0).cell_length == 40
        await pilot.press("end")
        assert view.texts()[-1] == ">item-000029"


async def test_whoever_watches_is_told_of_moves_only() -> None:
    view = Items(names(30))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        view.moved = 0
        await pilot.press("up")
        view.rows_changed()
        await pilot.pause()
        assert view.moved == 0
        await pilot.press("down")
        await pilot.press("enter")
        assert view.moved == 1 and view.opened == [1]


async def test_hostile_text_reaches_no_terminal() -> None:
    view = Items(["a\x1b]52;c;aGk=\x07b\u202ec [bold]no markup[/]"])
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        assert view.texts()[0] == ">a␛]52;c;aGk=^Gb‹U+202E›c [bold]no markup[/]"


async def test_there_is_nothing_to_repaint_when_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    view = Items(names(30))
    async with ListApp(view).run_test(size=SIZE) as pilot:
        await ready(pilot, view)
        painted = Painted(view, monkeypatch)
        view.rows_changed()
        view.refresh_all()
        view.move_to(0)
        await pilot.pause()
        assert not painted.regions and not painted.whole
