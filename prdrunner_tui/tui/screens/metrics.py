"""The run in numbers: bars, the cost by minute, where the time went, and every phase."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.tui.rows.metrics import metrics_rows, metrics_title
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen


class MetricsScreen(TableScreen):
    """The numbers, with the phases as a table."""

    place = "numbers"
    name_shown = "Metrics"
    empty = "numbers stand here as soon as the run has begun"
    head_rows = 0

    def rows(self, width: int) -> Sequence[Row]:
        """The sums, the charts, the phases."""
        app = self.cockpit
        return metrics_rows(app.state, width, app.scene, left=app.left)

    def titled(self) -> tuple[tuple[str, ...], str]:
        """The run and how long it has been under way."""
        app = self.cockpit
        run = app.state.run
        return ((run.id,) if run is not None else ()), metrics_title(app.state, app.scene.now)

    def on_line_view_opened(self) -> None:
        """Show the phase in the cockpit."""
        if phase := self.phase_here():
            self.to_cockpit(phase)
