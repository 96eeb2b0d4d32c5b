"""A fixed number of rows that show what they are given and paint only what changed of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from prdrunner_tui.tui.damage import damage
from prdrunner_tui.tui.paint import paint
from prdrunner_tui.tui.skin import Skin, skin_of
from prdrunner_tui.tui.span import Line

Content = Line | Callable[[int], Line]
"""A line, or what makes one for a width in cells."""


class Rows(Widget):
    """Lines in a widget of any height; rows without a line are blank."""

    ALLOW_SELECT = False

    class Pressed(Message):
        """A cell was clicked."""

        def __init__(self, rows: Rows, x: int, y: int) -> None:
            super().__init__()
            self.rows = rows
            self.x = x
            self.y = y

        @property
        def control(self) -> Rows:
            """The widget that was clicked."""
            return self.rows

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._contents: Sequence[Content] = ()
        self._on_screen: list[Strip] = []
        self._painted_for: tuple[int, int, Skin] | None = None

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What stands in the rows. A subclass that knows better gives its own, and calls `changed`."""
        return [content(width) if callable(content) else content for content in self._contents[:height]]

    def show_lines(self, contents: Sequence[Content]) -> None:
        """Show these lines."""
        self._contents = contents
        self.changed()

    def changed(self) -> None:
        """The lines may be others now: paint what differs."""
        if not self.is_mounted or not self.size:
            return
        if self._painted_for is None or self._painted_for[:2] != tuple(self.size):
            self.refresh()
            return
        before = self._on_screen
        self._painted_for = None
        self._fill_if_stale()
        regions = [
            Region(start, y, end - start, 1)
            for y, (old, new) in enumerate(zip(before, self._on_screen, strict=True))
            for start, end in damage(old, new)
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
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def on_click(self, event: events.Click) -> None:
        """Tell where."""
        self.post_message(self.Pressed(self, event.x, event.y))

    def _fill_if_stale(self) -> None:
        width, height = self.size
        skin = skin_of(self.app)
        if self._painted_for == (width, height, skin):
            return
        self._painted_for = width, height, skin
        shown = [*self.lines(width, height)][:height]
        shown += [()] * (height - len(shown))
        self._on_screen = [paint(line, width, skin.theme, ellipsis=skin.glyphs.ellipsis) for line in shown]
