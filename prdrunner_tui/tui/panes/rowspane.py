"""A pane whose rows a pure function makes from the state; the phase tree and the small lists are such panes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.lines import LineView

_UNSEEN = 80
"""The width for rows of a pane that is not shown: its cursor is on an item all the same."""

MakeRows = Callable[[int], Sequence[Row]]
"""Makes the rows for a width in cells."""


class RowsView(LineView):
    """Rows with keys, made anew when what they show changes or the width does.

    Attributes:
        place: where its keys are looked up.
    """

    def __init__(
        self, make: MakeRows, *, place: str, empty: Line = (), cursor: bool = True, follows: bool = False
    ) -> None:
        self.has_cursor = cursor
        self.follows = follows
        super().__init__(id=place)
        self.place = place
        self._make = make
        self._empty = empty
        self._rows: Sequence[Row] = ()
        self._width = 0

    def count(self) -> int:
        """How many rows there are."""
        self._made_for(self.size.width or self._width)
        return len(self._rows)

    def line(self, index: int, width: int) -> Line:
        """A row."""
        self._made_for(width)
        return self._rows[index].line if index < len(self._rows) else ()

    def key(self, index: int) -> Hashable:
        """What the row is about."""
        return self._rows[index].key if index < len(self._rows) else index

    def version(self, index: int) -> Hashable:
        """The row itself: equal rows look equal."""
        return self._rows[index].line if index < len(self._rows) else ()

    def selectable(self, index: int) -> bool:
        """Whether the row is one that the cursor stops at."""
        return index < len(self._rows) and self._rows[index].stop

    def empty(self, width: int) -> Sequence[Line]:
        """What will stand here."""
        return (self._empty,) if self._empty else ()

    def remake(self) -> None:
        """What the rows show changed."""
        width = self.size.width or _UNSEEN
        self._rows, self._width = self._make(width), width
        self.rows_changed()

    def on_resize(self) -> None:
        """Another width may take another number of rows; before the first one there is none at all."""
        self.remake()

    def _made_for(self, width: int) -> None:
        if width and width != self._width:
            self._rows, self._width = self._make(width), width
