"""The graph of the plan. It has no cursor of its own: it shows that of the phases, and its keys move that one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.lines import LineView


class GraphView(RowsView):
    """The graph in the rows that there are for it.

    Args:
        make: makes the lines for a width and a height.
        phases: the list whose cursor is moved.
    """

    def __init__(self, make: Callable[[int, int], Sequence[Line]], phases: LineView) -> None:
        self._make_graph = make
        self._phases = phases
        super().__init__(self._rows_for, place="graph", cursor=False)

    def navigate(self, action: str) -> bool:
        """Move the cursor of the phases; whether the action is one of a list."""
        return super().navigate(action) if action == "row.open" else self._phases.navigate(action)

    def open_cursor(self) -> None:
        """All of it is one thing to open."""
        self.post_message(self.Opened(self, 0))

    def _rows_for(self, width: int) -> Sequence[Row]:
        lines = self._make_graph(width, self.size.height)
        return [Row(number, line, False) for number, line in enumerate(lines)]
