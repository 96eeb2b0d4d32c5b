"""What the screens before a run have in common: row 1 says where one is, as long as no run is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prdrunner_tui.tui.rows.start import start_bar, start_top
from prdrunner_tui.tui.screens.viewscreen import ViewScreen

if TYPE_CHECKING:
    from prdrunner_tui.tui.start import Home


class HomeFrame(ViewScreen):
    """A screen about a repository rather than about a run."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home

    def show_rows(self) -> None:
        """The three rows."""
        super().show_rows()
        app = self.cockpit
        if app.state.run is None:
            self.top.show(lambda width: start_top(self.home.facts, width, app.scene))
            self.inbox.show(lambda width: start_bar(self.home.facts, width, app.scene))
