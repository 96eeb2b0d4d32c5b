"""What the screens before a run have in common: row 1 says where one is, as long as no run is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prdrunner_tui.tui.rows.inboxbar import inbox_bar
from prdrunner_tui.tui.rows.start import elsewhere_words, start_bar, start_top
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, width_of, words

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
            self.inbox.show(lambda width: start_bar(self.home.facts, width, app.scene, writing=self.writing))
        elif others := elsewhere_words(self.home.facts, app.state.run.id):
            self.inbox.show(lambda width: self._with_others(others, width))

    def _with_others(self, others: str, width: int) -> Line:
        """The inbox bar of the run that is shown, with what waits in other runs at its end."""
        end = words(f"   ! {others}", "needs-you")
        room = max(20, width - width_of(end))
        here = inbox_bar(self.cockpit.state, room, self.cockpit.scene, writing=self.writing)
        return self.cockpit.scene.fit((*here, *end), width)
