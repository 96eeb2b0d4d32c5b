"""What the row under the cursor is about, with its patch below; only the rows on the screen are made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prdrunner_tui.tui.rows.scene import Scene, note
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.lines import LineView

if TYPE_CHECKING:
    from prdrunner_tui.tui.rows.detail import Diff


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands there.

    Attributes:
        subject: what it is about; of another one the first row is shown.
        head: the rows above the patch.
        diff: the change whose patch stands below, if there is one.
    """

    subject: Hashable = None
    head: Sequence[Line] = ()
    diff: Diff | None = None


class DetailView(LineView):
    """Rows to read, and below them the lines of a patch.

    Args:
        make: makes what is shown for a width in cells.
        scene: gives the present and the glyphs.
    """

    has_cursor = False

    def __init__(self, make: Callable[[int], Shown], scene: Callable[[], Scene]) -> None:
        super().__init__(id="detail")
        self.place = "detail"
        self._make = make
        self._scene = scene
        self._shown = Shown()

    def remake(self) -> None:
        """What is shown changed."""
        if not self.size.width:
            return
        before, self._shown = self._shown, self._make(self.size.width)
        self.rows_changed()
        if before.subject != self._shown.subject:
            self.left = 0
            self.move_to(0)

    def on_resize(self) -> None:
        """Another width folds words in another way."""
        self.remake()

    def open_cursor(self) -> None:
        """All of it is one thing to open."""
        self.post_message(self.Opened(self, 0))

    def count(self) -> int:
        """How many rows there are."""
        diff = self._shown.diff
        return len(self._shown.head) + (len(diff.rows) + diff.cut if diff is not None and diff.rows else 0)

    def line(self, index: int, width: int) -> Line:
        """A row."""
        shown, number = self._shown, index - len(self._shown.head)
        if number < 0:
            return shown.head[index]
        if shown.diff is None or shown.diff.rows is None:
            return ()
        if number < len(shown.diff.rows):
            return shown.diff.rows.line(number, width, self._scene())
        return note(" the rest of this change is too long to be looked at here")

    def key(self, index: int) -> Hashable:
        """The part it belongs to and its number there."""
        inside = index - len(self._shown.head)
        return ("head", index) if inside < 0 else ("patch", inside)

    def index_of(self, key: Hashable, near: int) -> int | None:
        """Where the row of a key is."""
        part, number = key if isinstance(key, tuple) else ("", 0)
        index = number if part == "head" else number + len(self._shown.head)
        return index if index < self.count() and self.key(index) == key else None

    def version(self, index: int) -> Hashable:
        """The line itself above the patch; what the patch is about below."""
        shown = self._shown
        return shown.head[index] if index < len(shown.head) else shown.subject
