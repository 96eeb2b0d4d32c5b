"""An app around the line widgets, for tests; run as a module it shows a list in the terminal it is started in."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence

from textual.app import App, ComposeResult
from textual.widget import Widget

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.skin import Skin
from prdrunner_tui.tui.span import Line, width_of, words
from prdrunner_tui.tui.themefile import load_theme
from prdrunner_tui.tui.widgets.lines import LineView

KEYS = {
    "down": "nav.down",
    "up": "nav.up",
    "pagedown": "nav.page_down",
    "pageup": "nav.page_up",
    "home": "nav.top",
    "end": "nav.bottom",
    "enter": "row.open",
    "space": "log.follow",
}


def skin(theme: str = "dark", depth: Depth = Depth.TRUE, *, ascii: bool = False) -> Skin:
    return Skin(load_theme(theme, depth, {}), Glyphs(ascii))


class Items(LineView):
    """A list of names; what was asked for is counted."""

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__()
        self.items = list(items)
        self.asked: list[int] = []
        self.skipped: set[str] = set()
        self.moved = 0
        self.opened: list[int] = []

    def count(self) -> int:
        return len(self.items)

    def line(self, index: int, width: int) -> Line:
        self.asked.append(index)
        return (*words(" "), *words(self.items[index], "ok"))

    def key(self, index: int) -> Hashable:
        return self.items[index].partition(":")[0]

    def selectable(self, index: int) -> bool:
        return self.items[index] not in self.skipped

    def empty(self, width: int) -> Sequence[Line]:
        return [words("nothing yet", "muted")]

    def on_line_view_moved(self, _event: LineView.Moved) -> None:
        self.moved += 1

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        self.opened.append(event.index)

    def texts(self) -> list[str]:
        """What the rows of the screen say."""
        return [self.render_line(y).text.rstrip() for y in range(self.size.height)]


class Tail(Items):
    """The same as a log."""

    has_cursor = False
    follows = True


class ListApp(App[None]):
    """Some widgets one above the other; keys go to the one with the focus."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { layout: vertical; }"

    def __init__(self, *widgets: Widget, skin_: Skin | None = None) -> None:
        super().__init__(ansi_color=True)
        self.skin = skin_ or skin()
        self.widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self.widgets

    def key_q(self) -> None:
        self.exit()

    def on_key(self, event: object) -> None:
        action = KEYS.get(getattr(event, "key", ""))
        if action and isinstance(self.focused, LineView):
            self.focused.navigate(action)


def names(count: int) -> list[str]:
    return [f"item-{number:06d}" for number in range(count)]


class Table(Items):
    """Rows as of phases: two of three are done, one has failed."""

    def line(self, index: int, width: int) -> Line:
        name = words(f" {self.items[index]} ")
        if index % 3:
            done = (*words(" "), *words("✓", "ok"), *name, *words("✓✓✓✓✓  ", "ok"))
            line = (*done, *words("1  done  4be1c02  +212/-40"))
        else:
            failed = (*words(" "), *words("✗", "fail"), *name, *words("✓✓", "ok"), *words("✗", "fail"))
            line = (*failed, *words("··  ", "muted"), *words("2  verify failed: exit 1"))
        return line + words(sanitize("2m 30s  $0.38").pad(width - width_of(line), right=True), "muted")


if __name__ == "__main__":
    ListApp(Table(names(int(sys.argv[1])))).run()
