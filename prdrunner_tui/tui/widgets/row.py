"""A fixed number of rows that show what they are given and paint only what changed of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from prdrunner_tui.tui.paint import paint
from prdrunner_tui.tui.skin import Skin
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.painted import Painted

Content = Line | Callable[[int], Line]
"""A line, or what makes one for a width in cells."""


class Rows(Painted):
    """Lines in a widget of any height; rows without a line are blank."""

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

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What stands in the rows. A subclass that knows better gives its own, and calls `repaint`."""
        return [content(width) if callable(content) else content for content in self._contents[:height]]

    def show_lines(self, contents: Sequence[Content]) -> None:
        """Show these lines."""
        self._contents = contents
        self.repaint()

    def strips(self, width: int, height: int, skin: Skin) -> Sequence[Strip]:
        """The lines as strips."""
        shown = [*self.lines(width, height)][:height]
        shown += [()] * (height - len(shown))
        return [paint(line, width, skin.theme, ellipsis=skin.glyphs.ellipsis) for line in shown]

    def on_click(self, event: events.Click) -> None:
        """Tell where."""
        self.post_message(self.Pressed(self, event.x, event.y))
