"""A long list of lines: log, tree, table. The rows are asked for when they are on the screen, and only then."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from prdrunner_tui.tui.paint import paint
from prdrunner_tui.tui.skin import Skin
from prdrunner_tui.tui.span import Line, Span, skip, width_of
from prdrunner_tui.tui.viewport import Viewport
from prdrunner_tui.tui.widgets.painted import Painted

_KEPT_STRIPS = 1024
_WHEEL = 3
"""Rows that one notch of the wheel moves."""
_SIDEWAYS = 8
"""Cells that one step to the side moves."""


class LineView(Painted, can_focus=True):
    """Lines, of which some are on the screen. Subclasses give `count` and `line`.

    What is painted is what `rows_changed` or `refresh_rows` saw last, and only cells that differ are painted again.
    Column 0 belongs to the view when it has a cursor: lines leave it blank.

    Attributes:
        has_cursor: whether one row is the current one.
        follows: whether the view stays at its end when it is there and rows are added.
        viewport: the numbers: first row, cursor, following, unseen rows. To be read only.
    """

    DEFAULT_CSS = "LineView { width: 1fr; height: 1fr; }"

    has_cursor = True
    follows = False

    class Moved(Message):
        """The cursor, the rows on the screen, or whether the end is followed changed."""

        def __init__(self, view: LineView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> LineView:
            """The view that moved."""
            return self.view

        def can_replace(self, message: Message) -> bool:
            """The newest one tells all."""
            return isinstance(message, LineView.Moved) and message.view is self.view

    class Opened(Message):
        """The row under the cursor was clicked again, or asked to open."""

        def __init__(self, view: LineView, index: int) -> None:
            super().__init__()
            self.view = view
            self.index = index

        @property
        def control(self) -> LineView:
            """The view in which it happened."""
            return self.view

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.viewport = Viewport(cursor=self.has_cursor, follows=self.follows)
        self.left = 0
        self._cursor_key: Hashable | None = None
        self._top_key: Hashable | None = None
        self._cache: OrderedDict[tuple[Hashable, ...], Strip] = OrderedDict()
        self._skin: Skin | None = None

    # What a subclass gives

    def count(self) -> int:
        """How many rows there are."""
        return 0

    def line(self, index: int, width: int) -> Line:
        """A row, at best in `width` cells; a longer one is cropped and can be moved sideways."""
        return ()

    def key(self, index: int) -> Hashable:
        """What the row is about, whatever its place; the cursor stays on it."""
        return index

    def version(self, index: int) -> Hashable:
        """Changes when the content of a row does; rows without one are told by `refresh_rows`."""
        return 0

    def selectable(self, index: int) -> bool:
        """Whether the cursor can be on the row."""
        return True

    def index_of(self, key: Hashable, near: int) -> int | None:
        """Where the row of a key is, looked for around `near`; None when it is gone."""
        count = self.count()
        near = min(max(near, 0), max(count - 1, 0))
        for distance in range(max(near + 1, count - near)):
            for index in (near - distance, near + distance) if distance else (near,):
                if 0 <= index < count and self.key(index) == key:
                    return index
        return None

    def empty(self, width: int) -> Sequence[Line]:
        """What stands there when there are no rows."""
        return ()

    # What tells the view

    def rows_changed(self) -> None:
        """Rows came, went or changed places. The cursor stays on its item, and that on its place on the screen."""
        view = self.viewport
        before = view.state
        count = self.count()
        top, cursor = view.top, view.cursor
        if count and not view.following:
            if cursor is not None and self._cursor_key is not None:
                shown = view.shows(cursor)
                found = self.index_of(self._cursor_key, cursor)
                if found is not None and shown:
                    top += found - cursor
                cursor = cursor if found is None else found
                if not shown:
                    top = self._moved_top(top)
            else:
                top = self._moved_top(top)
        view.change(count, top, cursor)
        if view.cursor is not None and not self.selectable(view.cursor):
            view.cursor = self._selectable_near(view.cursor)
        self._changed(before)

    def remake(self) -> None:
        """What the rows are made from changed."""
        self.rows_changed()

    def refresh_rows(self, first: int, last: int | None = None) -> None:
        """The content of the rows `first` to `last` (inclusive) changed: ask for them again and paint what differs."""
        last = first if last is None else last
        keys = {self.key(index) for index in range(max(first, 0), min(last, self.count() - 1) + 1)}
        for cached in [cached for cached in self._cache if cached[0] in keys]:
            del self._cache[cached]
        self.repaint()

    def refresh_all(self) -> None:
        """The content of all rows may have changed."""
        self._cache.clear()
        self.rows_changed()

    # Moving

    @property
    def cursor(self) -> int | None:
        """The row under the cursor."""
        return self.viewport.cursor

    @property
    def cursor_key(self) -> Hashable | None:
        """The item under the cursor."""
        return self._cursor_key if self.viewport.cursor is not None else None

    def move_to(self, index: int) -> None:
        """Put the cursor (in a view without one: the top) on a row, or the nearest one that it can be on."""
        before = self.viewport.state
        if self.has_cursor and self.viewport.count:
            index = self._selectable_near(min(max(index, 0), self.viewport.count - 1))
        self.viewport.move_to(index)
        self._changed(before)

    def move_by(self, rows: int) -> None:
        """Move the cursor, or without one the list, by so many rows that the cursor can be on."""
        view = self.viewport
        if view.cursor is None:
            self.scroll_by(rows)
            return
        index, step, left = view.cursor, 1 if rows > 0 else -1, abs(rows)
        place = index
        while left and 0 <= place + step < view.count:
            place += step
            if self.selectable(place):
                index = place
                left -= 1
        if index == view.cursor and rows:
            # Rows beyond the last one that the cursor can be on are shown at least.
            self.scroll_by(step)
        else:
            self.move_to(index)

    def move_to_key(self, key: Hashable) -> bool:
        """Put the cursor on an item; False when it is not there."""
        index = self.index_of(key, self.viewport.cursor or 0)
        if index is None:
            return False
        self.move_to(index)
        return True

    def page(self, by: int) -> None:
        """A screen down (1) or up (-1)."""
        before = self.viewport.state
        self.viewport.page(by)
        cursor = self.viewport.cursor
        if cursor is not None and not self.selectable(cursor):
            self.viewport.move_to(self._selectable_near(cursor))
        self._changed(before)

    def scroll_by(self, rows: int) -> None:
        """Move the list and leave the cursor on its row."""
        before = self.viewport.state
        self.viewport.scroll(rows)
        self._changed(before)

    def scroll_sideways(self, steps: int) -> None:
        """Move the lines by steps to the right (1) or left (-1)."""
        left = max(0, self.left + steps * _SIDEWAYS)
        if left != self.left:
            self.left = left
            self.repaint()

    def toggle_follow(self) -> bool:
        """Stay at the end from now on, or no longer; whether it does now."""
        before = self.viewport.state
        self.viewport.follow(not self.viewport.following)
        self._changed(before)
        return self.viewport.following

    def open_cursor(self) -> None:
        """Ask for what the row under the cursor is about."""
        if self.viewport.cursor is not None:
            self.post_message(self.Opened(self, self.viewport.cursor))

    def navigate(self, action: str) -> bool:
        """Do the action of the table of actions if it is one of a list; whether it was."""
        move = _ACTIONS.get(action)
        if move is not None:
            move(self)
        return move is not None

    # Painting

    def reshape(self, width: int, height: int, skin: Skin) -> None:
        """Another size or skin."""
        if skin is not self._skin:
            self._cache.clear()
            self._skin = skin
        self.viewport.resize(height)
        self._remember_keys()

    def strips(self, width: int, height: int, skin: Skin) -> Sequence[Strip]:
        """The rows on the screen; those that were there before are the same objects."""
        view = self.viewport
        if not view.count:
            shown = [*self.empty(width)][:height]
            strips: list[Strip] = [
                paint(line, width, skin.theme, ellipsis=skin.glyphs.ellipsis) for line in shown
            ]
        else:
            last = min(view.top + height, view.count)
            strips = [self._strip(index, width, skin) for index in range(view.top, last)]
        return strips + [self._blank(width, skin)] * (height - len(strips))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are, where the height is left to the content."""
        return max(1, self.count() or len(self.empty(width)))

    def _strip(self, index: int, width: int, skin: Skin) -> Strip:
        at_cursor = index == self.viewport.cursor and self.selectable(index)
        lit = at_cursor and self.has_focus
        cached = (self.key(index), self.version(index), width, self.left, at_cursor, lit)
        strip = self._cache.get(cached)
        if strip is not None:
            self._cache.move_to_end(cached)
            return strip
        line = self.line(index, width)
        if self.left:
            line = skip(line, min(self.left, max(0, width_of(line) - 1)))
        if at_cursor:
            line = (Span("text", skin.glyphs.cursor), *skip(line, 1))
        strip = paint(line, width, skin.theme, cursor=lit, ellipsis=skin.glyphs.ellipsis)
        self._cache[cached] = strip
        if len(self._cache) > _KEPT_STRIPS:
            self._cache.popitem(last=False)
        return strip

    def _blank(self, width: int, skin: Skin) -> Strip:
        cached = (_BLANK, width)
        if cached not in self._cache:
            self._cache[cached] = paint((), width, skin.theme)
        return self._cache[cached]

    # Inside

    def _changed(self, before: tuple[int | None, int, bool, int]) -> None:
        self._remember_keys()
        self.repaint()
        if self.viewport.state != before:
            self.post_message(self.Moved(self))

    def _remember_keys(self) -> None:
        view = self.viewport
        self._cursor_key = self.key(view.cursor) if view.cursor is not None else None
        self._top_key = self.key(view.top) if view.count else None

    def _moved_top(self, top: int) -> int:
        found = None if self._top_key is None else self.index_of(self._top_key, top)
        return top if found is None else found

    def _selectable_near(self, index: int) -> int:
        count = self.viewport.count
        for distance in range(count):
            for place in (index + distance, index - distance):
                if 0 <= place < count and self.selectable(place):
                    return place
        return index

    def on_mount(self) -> None:
        """Take the rows that are there."""
        self.rows_changed()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor's row is lit only where the keys go."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the list, not the cursor."""
        event.stop()
        self.scroll_by(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the list, not the cursor."""
        event.stop()
        self.scroll_by(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """A click takes the cursor to the row; the second of two quick ones opens it."""
        index = self.viewport.top + event.y
        if not self.has_cursor or index >= self.viewport.count or not self.selectable(index):
            return
        event.stop()
        if event.chain == 2 and index == self.viewport.cursor:
            self.open_cursor()
        else:
            self.move_to(index)


_BLANK = object()

_ACTIONS: Mapping[str, Callable[[LineView], object]] = {
    "nav.down": lambda view: view.move_by(1),
    "nav.up": lambda view: view.move_by(-1),
    "nav.page_down": lambda view: view.page(1),
    "nav.page_up": lambda view: view.page(-1),
    "nav.top": lambda view: view.move_to(0),
    "nav.bottom": lambda view: view.move_to(view.viewport.count - 1),
    "row.open": lambda view: view.open_cursor(),
    "view.left": lambda view: view.scroll_sideways(-1),
    "view.right": lambda view: view.scroll_sideways(1),
    "log.follow": lambda view: view.toggle_follow(),
}
