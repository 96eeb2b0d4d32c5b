"""A widget that paints strips of its own and has only those cells painted again that differ."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from prdrunner_tui.tui.damage import damage
from prdrunner_tui.tui.paint import paint
from prdrunner_tui.tui.skin import Skin, skin_of

_FEW = 6
"""Up to so many changed rows are compared cell by cell."""


class Painted(Widget):
    """What is on the screen is what `strips` gave last: when the widget was shown, resized, or `repaint` was called."""

    ALLOW_SELECT = False

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._on_screen: Sequence[Strip] = ()
        self._painted_for: tuple[int, int, Skin] | None = None

    def strips(self, width: int, height: int, skin: Skin) -> Sequence[Strip]:
        """As many rows as there is `height`, each of `width` cells. One that did not change may be the same object.

        Blank rows, unless a subclass gives others.
        """
        return [paint((), width, skin.theme)] * height

    def reshape(self, width: int, height: int, skin: Skin) -> None:
        """The size or the skin is another one than before; `strips` is asked next."""

    def repaint(self) -> None:
        """Ask for the rows anew and have painted what differs."""
        if not self.is_mounted or not self.size:
            return
        before = self._on_screen
        if self._fill_if_stale():
            self.refresh()
            return
        width, height = self.size
        now = self._on_screen = self.strips(width, height, skin_of(self.app))
        changed = [y for y in range(height) if before[y] is not now[y] and before[y] != now[y]]
        regions = [
            Region(start, y, end - start, 1)
            for y in changed
            for start, end in (damage(before[y], now[y]) if len(changed) <= _FEW else [(0, width)])
        ]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """A row of the screen."""
        self._fill_if_stale()
        if 0 <= y < len(self._on_screen):
            return self._on_screen[y]
        return paint((), self.size.width, skin_of(self.app).theme)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows of the screen for the compositor, as they are: without CSS, filters and their caches."""
        self._fill_if_stale()
        shown = self._on_screen
        strips = [shown[y] if 0 <= y < len(shown) else self.render_line(y) for y in crop.line_range]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _fill_if_stale(self) -> bool:
        """Ask for the rows if those that are there are for another size or skin; whether they were."""
        wanted = (*self.size, skin_of(self.app))
        if wanted == self._painted_for:
            return False
        self._painted_for = wanted
        self.reshape(*wanted)
        self._on_screen = self.strips(*wanted)
        return True
