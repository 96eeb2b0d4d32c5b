"""The phase tree."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.phases import below_words
from prdrunner_tui.tui.rows.scene import Row

MakePhases = Callable[[int, str, frozenset[str], frozenset[str], int], Sequence[Row]]
"""Makes the rows for a width, the phase under the cursor, the unfolded and the folded phases, and a height."""


class PhasesView(RowsView):
    """Phases with their steps. The cursor stands on phases only; its phase shows its steps while it is under way.

    Args:
        make: makes the rows.
        under_way: whether the rows of a phase depend on the cursor; without it those of every phase do.
    """

    def __init__(self, make: MakePhases, under_way: Callable[[str], bool] = lambda phase: True) -> None:
        self._under_way = under_way
        self._made_with = ""
        self._make_phases = make
        self._unfolded: frozenset[str] = frozenset()
        self._folded: frozenset[str] = frozenset()
        super().__init__(self._rows_for, place="phases")

    @property
    def phase(self) -> str:
        """The phase under the cursor."""
        key = self.cursor_key
        return str(key[1]) if isinstance(key, tuple) else ""

    def selectable(self, index: int) -> bool:
        """Whether the row is that of a phase."""
        key: Hashable = self.key(index)
        return isinstance(key, tuple) and key[0] == "phase"

    def fold(self, *, away: bool) -> str | None:
        """Show or hide the steps of the phase under the cursor; the reason when nothing changes."""
        phase = self.phase
        if not phase:
            return "nothing inside"
        self._folded = self._folded | {phase} if away else self._folded - {phase}
        self._unfolded = self._unfolded - {phase} if away else self._unfolded | {phase}
        self.remake()
        return None

    def on_line_view_moved(self) -> None:
        """The steps shown go with the cursor; where neither phase shows any, no row is another one."""
        phase = self.phase
        if phase != self._made_with and (self._under_way(phase) or self._under_way(self._made_with)):
            self.remake()
        self._made_with = phase

    def _rows_for(self, width: int) -> Sequence[Row]:
        return self._make_phases(width, self.phase, self._unfolded, self._folded, self.size.height)

    def below(self) -> str:
        """How many phases are under the last row."""
        return below_words(self._rows, self.viewport.top, self.size.height)
