"""The live log."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.logbook import GROUPS, LogAsked, LogBook, LogLine, LogRow, LogRule
from prdrunner_tui.tui.rows.loglines import log_line
from prdrunner_tui.tui.rows.scene import Scene, note
from prdrunner_tui.tui.search import LogSearch
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.lines import LineView


class LogView(LineView):
    """The rows of a `LogBook`; it stays at the end while it is there.

    Args:
        book: the rows.
        state: gives the newest state of the run.
        scene: gives the present and the glyphs.
        place: where its keys are looked up.
        search: what is looked for in it.
    """

    has_cursor = False
    follows = True

    def __init__(
        self,
        book: LogBook,
        state: Callable[[], RunState],
        scene: Callable[[], Scene],
        *,
        search: LogSearch,
        place: str = "log",
    ) -> None:
        super().__init__(id=place)
        self.place = place
        self.book = book
        self.search = search
        self._state = state
        self._scene = scene

    def count(self) -> int:
        """How many rows the book has."""
        return len(self.book)

    def line(self, index: int, width: int) -> Line:
        """A row; blank until it is here."""
        return log_line(
            self._row(index),
            self._state(),
            width,
            self._scene(),
            one_phase=bool(self.book.phase),
            find=self.search.pattern,
            found=self._is_found(index),
        )

    def version(self, index: int) -> Hashable:
        """What the row looks like by: one that was not here yet is painted when it is, a rule when its step ends."""
        row = self._row(index)
        if isinstance(row, LogAsked):
            return row.edge, row.decision.id, row.decision.status, row.decision.reason
        if not isinstance(row, LogRule):
            return row, self.book.phase, self.search.text, self._is_found(index)
        step = row.step
        return row.edge, row.phase, step.name, step.iteration, step.attempt, step.status, step.summary

    def empty(self, width: int) -> Sequence[Line]:
        """What will stand here."""
        if self.book.groups and self.book.whole:
            shown = ", ".join(group for group in GROUPS if group in self.book.groups)
            return (note(f"0 of {self.book.whole} shown by: {shown}; f a shows all"),)
        return (note("no output yet"),)

    def picked(self) -> int | None:
        """The row that a key without a cursor means: where the search stands, the newest row while it follows, else
        the first one on the screen; rules of steps are passed over."""
        if self.search.current is not None:
            index = self.book.row_of(*self.search.current)
            if index is not None and self.viewport.shows(index):
                return index
        shown = range(self.viewport.top, min(self.count(), self.viewport.top + self.size.height))
        for index in reversed(shown) if self.viewport.following else shown:
            if isinstance(self._row(index), LogLine):
                return index
        return None

    def find(self, key: str, line: int) -> None:
        """Bring a place that was found onto the screen, if it is not there, with what stands before it."""
        index = self.book.row_of(key, line)
        if index is not None and not self.viewport.shows(index):
            self.move_to(index - self.viewport.height // 3)
        self.refresh_all()

    def open_cursor(self) -> None:
        """Ask for the whole of the row that is meant."""
        index = self.picked()
        if index is not None:
            self.post_message(self.Opened(self, index))

    def _is_found(self, index: int) -> bool:
        current = self.search.current
        return current is not None and self.book.row_of(*current) == index

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
