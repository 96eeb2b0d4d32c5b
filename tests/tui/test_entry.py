from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.offer import Offer
from prdrunner_tui.tui.span import words
from prdrunner_tui.tui.widgets.entry import Entry, Offers
from tests.tui.listapp import Items, ListApp, names, skin


class Chat(ListApp):
    """A field below a list."""

    def __init__(self, **options: Any) -> None:
        self.entry = Entry()
        self.list = Items(names(50))
        super().__init__(self.list, self.entry, **options)
        self.sent: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.changes = 0

    def on_entry_submitted(self, event: Entry.Submitted) -> None:
        self.sent.append((event.purpose, event.text))

    def on_entry_changed(self, _event: Entry.Changed) -> None:
        self.changes += 1

    def on_key(self, event: events.Key) -> None:  # type: ignore[override]
        self.keys.append(event.key)


async def opened(pilot: Pilot[Any], app: Chat, purpose: str = "chat:tags", **options: Any) -> Entry:
    app.entry.open(purpose, **options)
    app.entry.focus()
    await pilot.pause()
    return app.entry


async def typed(pilot: Pilot[Any], text: str) -> None:
    names = {" ": "space", "/": "slash", "\\": "backslash", "-": "minus"}
    await pilot.press(*[names.get(character, character) for character in text])


def rows(entry: Entry) -> list[str]:
    return [entry.render_line(y).text.rstrip() for y in range(entry.size.height)]


async def test_what_is_typed_is_sent_with_enter() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app, hint=words("m to write", "muted"))
        assert rows(entry) == [">  m to write"]
        await typed(pilot, "use qj 1")
        assert rows(entry) == ["> use qj 1"] and not app.keys
        await pilot.press("enter")
        assert app.sent == [("chat:tags", "use qj 1")] and entry.text == ""
        await pilot.press("enter")
        assert len(app.sent) == 1
        assert app.is_running


async def test_keys_that_mean_nothing_here_go_on() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a", "escape", "f1", "tab", "ctrl+c")
        assert app.keys[:2] == ["escape", "f1"] and "a" not in app.keys


async def test_it_grows_to_four_rows_and_no_further() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app)
        for count in range(1, 7):
            await pilot.pause()
            assert entry.size.height == min(count, 4)
            assert app.list.size.height == 24 - min(count, 4)
            await typed(pilot, f"line{count}")
            await pilot.press("alt+enter")
        await pilot.pause()
        assert rows(entry) == ["  line4", "  line5", "  line6", ""] or rows(entry)[:3] == [
            "  line4",
            "  line5",
            "  line6",
        ]
        await pilot.press(*["up"] * 6)
        await pilot.pause()
        assert rows(entry)[0] == "> line1"
        await pilot.press("ctrl+u")
        entry.clear()
        await pilot.pause()
        await pilot.pause()
        assert entry.size.height == 1


async def test_a_long_line_wraps_and_a_backslash_begins_another() -> None:
    app = Chat()
    async with app.run_test(size=(40, 24)) as pilot:
        entry = await opened(pilot, app)
        await typed(pilot, "a" * 45)
        await pilot.pause()
        assert rows(entry) == ["> " + "a" * 38, "  " + "a" * 7]
        await typed(pilot, "\\")
        await pilot.press("enter")
        await typed(pilot, "b")
        assert entry.text == "a" * 45 + "\nb" and not app.sent


async def test_drafts_and_earlier_texts_belong_to_their_purpose() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app, "chat:tags")
        await typed(pilot, "one")
        await pilot.press("enter")
        await typed(pilot, "half")
        await opened(pilot, app, "reason", multiline=False)
        assert entry.text == ""
        await pilot.press("up")
        assert entry.text == ""
        await opened(pilot, app, "chat:tags")
        assert rows(entry)[0] == "> half" and entry.drafts() == {"chat:tags": "half"}
        await pilot.press("up")
        assert entry.text == "one"
        await pilot.press("down")
        assert entry.text == "half"


async def test_readline_keys() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app)
        await typed(pilot, "one two")
        await pilot.press("ctrl+w", "ctrl+a")
        await typed(pilot, "x")
        await pilot.press("ctrl+e", "ctrl+y")
        assert entry.text == "xone two"


def commands(text: str, caret: int) -> Sequence[Offer]:
    known = ("/requirement", "/constraint", "/correct")
    found = [name for name in known if text.startswith("/") and name.startswith(text[:caret])]
    return [Offer(0, f"{name} ", sanitize(f"{name[1:]} it is")) for name in found]


async def test_completions_stand_above_and_move_nothing() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app, completer=commands)
        popup = app.query_one(Offers)
        assert not popup.display
        await typed(pilot, "/")
        await pilot.pause()
        assert popup.display and popup.region.height == 3
        assert popup.region.bottom == entry.region.y and app.list.size.height == 23
        shown = [popup.render_line(y).text.rstrip() for y in range(3)]
        assert shown[0].startswith("> /requirement") and "requirement it is" in shown[0]
        await typed(pilot, "c")
        await pilot.press("down")
        await pilot.pause()
        assert [popup.render_line(y).text[:1] for y in range(2)] == [" ", ">"]
        await pilot.press("tab")
        await pilot.pause()
        assert entry.text == "/correct " and not popup.display
        entry.set_text("/r")
        await pilot.press("escape")
        assert not popup.display and app.keys == []
        await pilot.press("escape")
        assert app.keys == ["escape"] and entry.text == "/r"


async def test_enter_sends_and_never_completes() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, completer=commands)
        await typed(pilot, "/r")
        await pilot.press("enter")
        assert app.sent == [("chat:tags", "/r")]


async def test_a_paste_is_taken_as_it_is() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app)
        entry.post_message(events.Paste("one\r\ntwo\x1b[2J\u202e"))
        await pilot.pause()
        await pilot.pause()
        assert entry.text == "one\ntwo\x1b[2J\u202e"
        assert rows(entry) == ["> one", "  two␛[2J‹U+202E›"]
        theme = app.skin.theme
        danger = [text for text, style, _ in entry.render_line(1) if style == theme.style("danger")]
        assert danger == ["␛", "‹U+202E›"]
        await opened(pilot, app, "search", multiline=False)
        entry.post_message(events.Paste("one\ntwo"))
        await pilot.pause()
        assert entry.text == "one two"


async def test_a_click_puts_the_caret_there() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app)
        await typed(pilot, "hello")
        await pilot.click(entry, offset=(4, 0))
        await typed(pilot, "X")
        assert entry.text == "heXllo"


@pytest.mark.parametrize("depth", [Depth.TRUE, Depth.FEW, Depth.NONE])
async def test_the_caret_is_seen_only_with_the_focus(depth: Depth) -> None:
    app = Chat(skin_=skin(depth=depth))
    async with app.run_test(size=(80, 24)) as pilot:
        entry = await opened(pilot, app)
        await typed(pilot, "hi")
        await pilot.press("left")
        caret = app.skin.theme.style("caret")
        assert [text for text, style, _ in entry.render_line(0) if style == caret] == ["i"]
        assert app.cursor_position == (3, 23)
        app.list.focus()
        await pilot.pause()
        assert caret not in [style for _, style, _ in entry.render_line(0)]


async def test_changes_are_told() -> None:
    app = Chat()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await typed(pilot, "ab")
        await pilot.press("left")
        await pilot.pause()
        assert app.changes == 2
        assert app.entry.clear() and not app.entry.clear()
        await pilot.press("up")
        assert app.entry.text == "ab"
