"""Screens that are one list: inbox, help."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import at
from prdrunner_tui.tui.keymap import shown
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.inbox import inbox_head, inbox_rows, preview
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

_PREVIEW = 12
_KEYS = 12


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


class HelpScreen(ViewScreen):
    """The keys that work at some places, by what they are for."""

    place = "help"

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__()
        self._places = places
        self.view = RowsView(self._rows, place="help")
        named = f"Keys here: {places[0].replace('_', ' ')}"
        self.pane = Pane(self.view, title=Title((sanitize(named),)))

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
