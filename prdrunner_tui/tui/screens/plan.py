"""The plan of the run: batches, what comes after what, and the chain that holds the end up."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.projections.history import earlier_seconds
from prdrunner_tui.tui.rows.metrics import left_words
from prdrunner_tui.tui.rows.plan import phase_detail, plan_head, plan_rows, plan_summary
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.span import Line


class PlanScreen(TableScreen):
    """The phases by batch, with what is planned for the one under the cursor."""

    place = "plan"
    name_shown = "Plan"
    empty = "the phases stand here as soon as the run has begun"
    below_rows = 2
    detailed = True

    def rows(self, width: int) -> Sequence[Row]:
        """The phases."""
        return plan_rows(self.cockpit.state, width, self.cockpit.scene)

    def head(self, width: int) -> Line:
        """The titles of the columns."""
        return plan_head(self.cockpit.state, width, self.cockpit.scene)

    def below(self, width: int) -> Sequence[Line]:
        """How many phases, and the longest chain."""
        app = self.cockpit
        earlier = earlier_seconds(app.earlier or (), app.state)
        return plan_summary(app.state, app.scene, width, earlier=earlier)

    def detail(self, width: int) -> tuple[str, Sequence[Line]]:
        """What is planned for the phase."""
        state = self.cockpit.state
        phase = state.phases.get(self.phase_here())
        return (phase.id, phase_detail(state, phase, width, self.cockpit.scene)) if phase else ("", ())

    def titled(self) -> tuple[tuple[str, ...], str]:
        """What is left."""
        left = self.cockpit.left
        return (), left_words(left) if left is not None else ""

    def on_line_view_opened(self) -> None:
        """Show the phase in the cockpit."""
        if phase := self.phase_here():
            self.to_cockpit(phase)
