"""The facts of a decision with the patch below them; only the rows on the screen are made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from prdrunner_tui.tui.rows.difflines import Patch, patch_line
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.lines import LineView

_BODY = 72
"""Cells that the facts take at most: text is not read in longer lines."""


class DecisionView(LineView):
    """Rows of the body, a blank one, and the lines of the patch.

    Args:
        make_body: makes the lines above the patch for a width in cells.
        scene: gives the present and the glyphs.
    """

    has_cursor = False

    def __init__(self, make_body: Callable[[int], Sequence[Line]], scene: Callable[[], Scene]) -> None:
        super().__init__(id="decision")
        self.place = "decision"
        self._make_body = make_body
        self._scene = scene
        self._body: Sequence[Line] = ()
        self._patch: Patch | None = None

    @property
    def patch(self) -> Patch | None:
        """The patch, once it was read."""
        return self._patch

    @patch.setter
    def patch(self, patch: Patch) -> None:
        self._patch = patch
        self.refresh_all()

    def remake(self) -> None:
        """The facts changed; the patch of a decision never does."""
        if self.size.width:
            self._body = [(*words(" "), *line) for line in self._make_body(min(self.size.width - 2, _BODY))]
            self.rows_changed()

    def on_resize(self) -> None:
        """Another width folds the facts in another way."""
        self.remake()

    def count(self) -> int:
        """How many rows there are."""
        return len(self._body) + (1 + len(self._patch) if self._patch is not None else 0)

    def line(self, index: int, width: int) -> Line:
        """A row."""
        if index < len(self._body):
            return self._body[index]
        number = index - len(self._body) - 1
        return patch_line(self._patch, number, self._scene()) if self._patch and number >= 0 else ()

    def key(self, index: int) -> Hashable:
        """The part it belongs to and its number there."""
        inside = index - len(self._body)
        return ("body", index) if inside < 0 else ("patch", inside)

    def index_of(self, key: Hashable, near: int) -> int | None:
        """Where the row of a key is."""
        part, number = key if isinstance(key, tuple) else ("", 0)
        index = number if part == "body" else number + len(self._body)
        return index if index < self.count() and self.key(index) == key else None

    def version(self, index: int) -> Hashable:
        """The line itself in the body; the patch stays as it is."""
        return self._body[index] if index < len(self._body) else ()
