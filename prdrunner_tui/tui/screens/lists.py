"""Screens that are one list: inbox, help."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import at
from prdrunner_tui.tui.panes.contents import NAMES
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.help import help_rows
from prdrunner_tui.tui.rows.inbox import inbox_head, inbox_rows, preview
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.pane import Pane, Title

_PREVIEW = 12


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
    """The keys that work at a screen, by what they are for, then those that do nothing now, and why. Enter does one.

    Args:
        below: the screen.
    """

    place = "help"

    def __init__(self, below: Frame) -> None:
        super().__init__()
        self.below = below
        self.view = RowsView(self._rows, place="help")
        here = next(place for place in below.places() if place not in ("list", "gone"))
        named = NAMES.get(here, here).lower().replace("_", " ")
        self.pane = Pane(self.view, title=Title((sanitize(f"Keys here: {named}"),)))

    def on_line_view_opened(self) -> None:
        """Do what the row is about."""
        key = self.view.cursor_key
        if isinstance(key, str):
            self.dismiss(key)

    def _rows(self, width: int) -> Sequence[Row]:
        app, below = self.cockpit, self.below
        ids = {action.id for place in below.places() for action in at(place, also=())}
        here = [action for action in app.keymap.actions if action.id in ids]
        if isinstance(below, ViewScreen):
            here = [below.as_here(action) for action in here]
        return help_rows(here, below.not_now, width, app.scene)
