"""Why a phase or a decision waits."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.rows.why import why_decision, why_phase
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.widgets.pane import Pane, Title


class WhyScreen(ViewScreen):
    """What a phase does or waits for, or all that is known of a decision. One of the two is given, the other empty."""

    place = "why"

    def __init__(self, phase: str, decision: str = "") -> None:
        super().__init__()
        self.phase = phase
        self.decision = decision
        self.view = RowsView(self._rows, place="why", empty=note(" nothing is known of it"))
        self.pane = Pane(self.view, title=Title((sanitize("Why"), sanitize(decision or phase))))

    async def on_line_view_opened(self) -> None:
        """Open the decision of the row, or the one that this is about."""
        key = self.view.cursor_key
        id = str(key[1]) if isinstance(key, tuple) and key[0] == "decision" else self.decision
        await self.cockpit.open_decision(id)

    def _rows(self, width: int) -> Sequence[Row]:
        app = self.cockpit
        decision = app.state.decisions.get(self.decision)
        if decision is not None:
            return why_decision(app.state, decision, width, app.scene)
        return why_phase(app.state, self.phase, width, app.scene, app.feed.doing, app.feed.heard)
