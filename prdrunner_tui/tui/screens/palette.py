"""The palette: find an action by its words and do it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.widget import Widget

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import Action
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.keyrow import pairs_line
from prdrunner_tui.tui.rows.palette import elsewhere, offered, palette_rows
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.entry import Entry
from prdrunner_tui.tui.widgets.pane import Pane, Title

_MOVES = {
    "down": "nav.down",
    "ctrl+n": "nav.down",
    "up": "nav.up",
    "ctrl+p": "nav.up",
    "pagedown": "nav.page_down",
    "pageup": "nav.page_up",
}


class Filter(Entry):
    """A field of one line that leaves enter and the keys of the list to its screen."""

    place = "text"

    def _take(self, event: events.Key) -> bool:
        if event.key == "enter" or event.key in _MOVES:
            return False
        return super()._take(event)


class PaletteScreen(ViewScreen):
    """All actions, fewer as one types. Dismissed with the id of the one that was chosen.

    Args:
        below: where it was opened: what works there can be chosen, of the rest it says why not or where it does.
    """

    place = "palette"

    def __init__(self, below: Frame) -> None:
        super().__init__()
        self.below = below
        self.filter = Filter()
        self._taken = ""
        self.view = RowsView(self._rows, place="palette", empty=note(" no command has these words"))
        self.pane = Pane(self.view, self.filter, title=Title((sanitize("Commands"),)))

    def wanted_first(self) -> Widget:
        """The field."""
        return self.filter

    def on_mount(self) -> None:
        """The field is empty."""
        self.filter.open(
            "palette", prompt=words(":", "key"), hint=note("some words of a command"), multiline=False
        )

    def key_line(self, width: int) -> Line:
        """What the keys do."""
        pairs = [("enter", "do it"), ("up/down", "choose"), ("type", "narrow it down"), ("esc", "back")]
        return pairs_line(pairs, width, self.cockpit.scene)

    def on_entry_changed(self) -> None:
        """Other words: the list begins anew."""
        self._take_text()

    def refreshed(self) -> None:
        """The run changed."""
        self.show_rows()
        self._show()

    def on_line_view_opened(self) -> None:
        """A row was clicked twice."""
        self._choose()

    async def on_key(self, event: events.Key) -> None:
        """Keys of the list, though the field has the focus."""
        if event.key == "enter" or event.key in _MOVES:
            event.stop()
            event.prevent_default()
            self._take_text()
            if event.key == "enter":
                self._choose()
            else:
                self.view.navigate(_MOVES[event.key])
        elif self.focused is not self.filter and event.character is not None and event.is_printable:
            # Typed before the field was there: no key of a list must take it.
            event.stop()
            event.prevent_default()
            self.filter.set_text(self.filter.text + event.character)

    def places(self) -> Sequence[str]:
        """Only the keys of a text, whatever has the focus."""
        return ("text",)

    def _take_text(self) -> None:
        """Show what fits the text; a key may come before the news that the text is another one."""
        if self.filter.text != self._taken:
            self._taken = self.filter.text
            self._show()
            self.view.move_to(0)

    def _show(self) -> None:
        self.view.remake()
        count = len(self._offered())
        self.pane.show_title(Title((sanitize("Commands"),), words(plural(count, "command"), "muted")))

    def _choose(self) -> None:
        key = self.view.cursor_key
        action = next((one for one in self._offered() if one.id == key), None)
        if action is None:
            self.say(words("no command has these words"))
            return
        if why := self._why_not(action):
            self.say(words(sanitize(f"{action.label or action.id}: {why}")))
        else:
            self.dismiss(action.id)

    def _offered(self) -> list[Action]:
        return offered(self.cockpit.keymap.actions, self.filter.text, self.below.places())

    def _why_not(self, action: Action) -> str:
        return elsewhere(action, self.below.places()) or self.below.not_now(action.id)

    def _rows(self, width: int) -> Sequence[Row]:
        go = self.cockpit.keymap.key("go.menu")
        return palette_rows(self._offered(), self._why_not, width, self.cockpit.scene, go=go)
