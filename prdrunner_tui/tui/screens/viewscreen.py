"""What screens of one pane have in common."""

from __future__ import annotations

from dataclasses import replace

from textual.app import ComposeResult
from textual.widget import Widget

from prdrunner_tui.tui.actions import Action
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.widgets.lines import LineView
from prdrunner_tui.tui.widgets.pane import Pane


class ViewScreen(Frame):
    """A screen of one pane. Subclasses set both attributes before it is shown.

    Attributes:
        view: what takes the keys, and is made anew when the run changed.
        pane: what the view is in.
    """

    view: LineView
    pane: Pane
    confirms = ""
    """What a yes does here, for the help; empty where nothing is asked."""

    def body(self) -> ComposeResult:
        """The pane."""
        yield self.pane

    def wanted_first(self) -> Widget:
        """What the keys go to first: the view."""
        return self.view

    def on_mount(self) -> None:
        """The keys go where they are wanted first."""
        self.wanted_first().focus()
        self.refreshed()

    def as_here(self, action: Action) -> Action:
        """An action as the help of this screen tells it: fewer keys, or words that say more here."""
        if action.id == "decide.confirm" and self.confirms:
            return replace(action, help=self.confirms)
        return action

    def refreshed(self) -> None:
        """What it shows changed."""
        self.show_rows()
        self.view.remake()
