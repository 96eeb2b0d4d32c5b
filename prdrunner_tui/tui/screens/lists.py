"""Screens that are one list: inbox, help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult

from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import at
from prdrunner_tui.tui.keymap import shown
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.inbox import inbox_head, inbox_rows, preview
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

_PREVIEW = 12
_KEYS = 12


@dataclass(frozen=True, slots=True)
class Listing:
    """A list screen: its place for keys, its title, and what makes its rows."""

    place: str
    title: str
    rows: Callable[[RunState, int, Scene], Sequence[Row]]
    empty: str


class ListScreen(Frame):
    """A list over the whole body."""

    def __init__(self, listing: Listing) -> None:
        super().__init__()
        self.listing = listing
        self.place = listing.place
        self.view = RowsView(self._rows, place=listing.place, empty=note(listing.empty))

    def body(self) -> ComposeResult:
        """The list with its title."""
        yield Pane(self.view, title=Title((sanitize(self.listing.title),)))

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.view.focus()
        self.refreshed()

    def refreshed(self) -> None:
        """The run changed."""
        self.show_rows()
        self.view.remake()

    def _rows(self, width: int) -> Sequence[Row]:
        app = self.cockpit
        return self.listing.rows(app.state, width, app.scene) if app.state.run is not None else ()


class InboxScreen(TableScreen):
    """Everything that waits, with a preview. From a list one can open, not approve."""

    place = "inbox"
    name_shown = "Inbox"
    detailed = True

    def rows(self, width: int) -> Sequence[Row]:
        """What waits, and what was decided in the last hour."""
        return inbox_rows(self.cockpit.state, width, self.cockpit.scene)

    def head(self, width: int) -> Line:
        """The titles of the columns."""
        return inbox_head(self.cockpit.state, width, self.cockpit.scene)

    def detail(self, width: int) -> tuple[str, Sequence[Line]]:
        """What the row is about."""
        decision = self.cockpit.state.decisions.get(self.item("decision"))
        if decision is None:
            return "Preview", ()
        return "Preview", preview(self.cockpit.state, decision, width, self.cockpit.scene, most=_PREVIEW)

    def titled(self) -> tuple[tuple[str, ...], str]:
        """How many wait."""
        return (f"{len(open_now(self.cockpit.state))} open",), "oldest first"

    def decision_meant(self) -> str:
        """The decision under the cursor."""
        return self.item("decision")

    async def on_line_view_opened(self) -> None:
        """Open the decision of the row."""
        await self.cockpit.open_decision(self.item("decision"))


class HelpScreen(ListScreen):
    """The keys that work at some places, by what they are for."""

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(Listing("help", f"Keys here: {places[0].replace('_', ' ')}", lambda *_: (), ""))
        self._places = places

    def _rows(self, width: int) -> Sequence[Row]:
        app, rows = self.cockpit, []
        ids = {action.id for place in self._places for action in at(place, also=())}
        for group in ("decide", "act", "edit", "look", "move", "everywhere"):
            actions = [a for a in app.keymap.actions if a.id in ids and a.group == group and a.keys]
            if actions:
                rows.append(Row(group, words(f" {group.upper()}", "muted")))
            for action in actions:
                keys = " ".join(shown(key) for key in action.keys)
                line = (*words(f"  {keys:<{_KEYS}}", "key"), *words(f" {action.help}"))
                rows.append(Row(action.id, app.scene.fit(line, width)))
        return rows
