"""The live log."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.logbook import LogBook, LogLine, LogRow, LogRule
from prdrunner_tui.tui.rows.loglines import log_line
from prdrunner_tui.tui.rows.scene import Scene, note
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.lines import LineView


class LogView(LineView):
    """The rows of a `LogBook`; it stays at the end while it is there.

    Args:
        book: the rows.
        state: gives the newest state of the run.
        scene: gives the present and the glyphs.
    """

    place = "log"
    has_cursor = False
    follows = True

    def __init__(self, book: LogBook, state: Callable[[], RunState], scene: Callable[[], Scene]) -> None:
        super().__init__(id="log")
        self.book = book
        self._state = state
        self._scene = scene

    def count(self) -> int:
        """How many rows the book has."""
        return len(self.book)

    def line(self, index: int, width: int) -> Line:
        """A row; blank until it is here."""
        return log_line(
            self._row(index), self._state(), width, self._scene(), one_phase=bool(self.book.phase)
        )

    def version(self, index: int) -> Hashable:
        """What the row looks like by: one that was not here yet is painted when it is, a rule when its step ends."""
        row = self._row(index)
        if not isinstance(row, LogRule):
            return row
        step = row.step
        return row.edge, row.phase, step.name, step.iteration, step.attempt, step.status, step.summary

    def empty(self, width: int) -> Sequence[Line]:
        """What will stand here."""
        return (note("no output yet"),)

    def first_line(self) -> LogLine | None:
        """The first line of output on the screen."""
        for index in range(self.viewport.top, min(self.count(), self.viewport.top + self.size.height)):
            row = self._row(index)
            if isinstance(row, LogLine):
                return row
        return None

    def to_step(self, by: int) -> str | None:
        """Go to where the next (1) or the last (-1) step begins; the reason when there is none."""
        edges = self.book.step_edges()
        top = self.viewport.top
        found = [edge for edge in edges if (edge > top if by > 0 else edge < top)]
        if not found:
            return "no step after this one" if by > 0 else "no step before this one"
        self.move_to(found[0] if by > 0 else found[-1])
        return None

    def _row(self, index: int) -> LogRow | None:
        return self.book.row(index) if index < len(self.book) else None
