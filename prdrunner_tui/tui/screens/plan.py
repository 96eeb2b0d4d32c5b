"""The plan of the run: batches, what comes after what, and the chain that holds the end up."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from prdrunner_tui.projections.history import earlier_seconds
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.contents import calm
from prdrunner_tui.tui.panes.graph import GraphView
from prdrunner_tui.tui.rows.metrics import left_words
from prdrunner_tui.tui.rows.plan import phase_detail, plan_head, plan_rows, plan_summary
from prdrunner_tui.tui.rows.plangraph import plan_graph
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.pane import Pane, Title

_GRAPH_FROM = 100
"""From this width on the graph stands below the table, where it has the rows for all of it."""
_LEAST_DETAIL = 5
"""Rows that the graph leaves to the detail."""
_AROUND = 7
"""The three rows of each screen, the rule of the table, its titles and the two lines below it."""


class PlanScreen(TableScreen):
    """The phases by batch, with what is planned for the one under the cursor; on a wide screen as a graph too."""

    place = "plan"
    name_shown = "Plan"
    empty = "the phases stand here once the run has begun"
    below_rows = 2
    detailed = True

    def __init__(self) -> None:
        super().__init__()
        self.graph = GraphView(self._graph_lines, self.view)
        self.graph.can_focus = False
        self.graph_pane = Pane(self.graph, title=Title((sanitize("Graph"),)))

    def body(self) -> ComposeResult:
        """The table, the graph below it, and the detail."""
        yield self.pane
        yield self.graph_pane
        yield self.detail_pane

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

    def refreshed(self) -> None:
        """The run changed: with its phases the rows that each part needs."""
        self._share()
        super().refreshed()

    def show_around(self) -> None:
        """The graph too: it has the mark of the cursor."""
        super().show_around()
        if self.graph_pane.display:
            self.graph.remake()

    def _graph_lines(self, width: int, height: int) -> Sequence[Line]:
        app = self.cockpit
        if app.state.run is None:
            return ()
        # Without its last two rows: they say what stands below the table too.
        whole = plan_graph(app.state, width, calm(app.scene), room=height + 2, here=self.phase_here())
        return whole[:height]

    def _graph_rows(self) -> int:
        """Rows of the whole graph; 0 where there is no room for it."""
        width, phases = self.size.width, len(self.cockpit.state.phases)
        room = self.size.height - _AROUND - phases - 2 - _LEAST_DETAIL
        if width < _GRAPH_FROM or room < 1 or phases < 2:
            return 0
        rows = len(plan_graph(self.cockpit.state, width, self.cockpit.scene, room=room + 3)) - 2
        return rows if 0 < rows <= room else 0

    def _room(self) -> int:
        graph = self._graph_rows()
        if not graph:
            return super()._room()
        return min(super()._room(), self.size.height - _AROUND - len(self.cockpit.state.phases) - graph - 2)

    def _share(self) -> None:
        super()._share()
        graph = self._graph_rows()
        self.graph_pane.styles.height = graph + 1
        self.graph_pane.display = graph > 0
