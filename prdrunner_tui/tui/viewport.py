"""Which rows of a long list are on the screen, and which one the cursor is on. Rows are counted from 0."""

from __future__ import annotations


class Viewport:
    """A window of some rows over a list. It holds numbers only; who owns it paints.

    Attributes:
        count: rows of the list.
        height: rows on the screen.
        top: the first row on the screen.
        cursor: the row under the cursor; None in a list without one, and in an empty one.
        follows: whether it stays at the end when rows are added while it is there.
        following: whether it does so now.
        unseen: rows added behind the end while it was not followed.
    """

    def __init__(self, *, cursor: bool = True, follows: bool = False) -> None:
        self.count = 0
        self.height = 0
        self.top = 0
        self.has_cursor = cursor
        self.cursor: int | None = None
        self.follows = follows
        self.following = follows
        self.unseen = 0

    @property
    def last_top(self) -> int:
        """The `top` at which the last row is at the bottom."""
        return max(0, self.count - max(self.height, 1))

    @property
    def state(self) -> tuple[int | None, int, bool, int]:
        """What a person may notice of a change: cursor, top, following, unseen."""
        return self.cursor, self.top, self.following, self.unseen

    def shows(self, index: int | None) -> bool:
        """Whether a row is on the screen."""
        return index is not None and self.top <= index < self.top + self.height

    def resize(self, height: int) -> None:
        """Another height. The cursor stays on the screen if it was there."""
        seen = self.shows(self.cursor) or not self.height
        self.height = max(0, height)
        if self.following:
            self.top = self.last_top
        else:
            self.top = min(self.top, self.last_top)
        if seen and self.height and self.cursor is not None and not self.following:
            self._into_view(self.cursor)

    def change(self, count: int, top: int, cursor: int | None) -> None:
        """The list is another one now.

        Args:
            count: its rows.
            top: where the row that stood at the top is now.
            cursor: where the row under the cursor is now.
        """
        added = count - self.count
        self.count = count
        self.cursor = min(max(cursor or 0, 0), count - 1) if self.has_cursor and count else None
        if self.following:
            self._to_end()
        else:
            self.top = min(max(top, 0), self.last_top)
            if self.follows:
                self.unseen = min(max(0, self.unseen + added), count)
                # What is on the screen is seen.
                self.unseen = min(self.unseen, max(0, count - self.top - self.height))

    def move_to(self, index: int) -> None:
        """Put the cursor on a row. At an edge the list moves by half a screen, so that this is seldom."""
        if not self.count:
            return
        index = min(max(index, 0), self.count - 1)
        if not self.has_cursor:
            self.scroll_to(index)
            return
        self.cursor = index
        self._into_view(index)
        self._settle(index == self.count - 1)

    def scroll_to(self, top: int) -> None:
        """Put a row at the top, as far as there are rows to fill the screen."""
        self.top = min(max(top, 0), self.last_top)
        self._settle(self.top == self.last_top)

    def scroll(self, by: int) -> None:
        """Move the list by some rows; the cursor stays on its row."""
        self.scroll_to(self.top + by)

    def page(self, by: int) -> None:
        """A screen down (1) or up (-1); one row of the old one stays to be recognised."""
        step = by * max(1, self.height - 1)
        if self.has_cursor and self.cursor is not None:
            if not self.shows(self.cursor):
                self.cursor = self.top
            self.top = min(max(self.top + step, 0), self.last_top)
            self.move_to(self.cursor + step)
        else:
            self.scroll(step)

    def follow(self, on: bool) -> None:
        """Stay at the end from now on, or no longer."""
        self.following = on and self.follows
        if self.following:
            self._to_end()

    def _to_end(self) -> None:
        self.top = self.last_top
        self.unseen = 0
        if self.has_cursor and self.count:
            self.cursor = self.count - 1

    def _settle(self, at_end: bool) -> None:
        if self.follows:
            self.following = at_end
        if at_end:
            self.unseen = 0
        self.unseen = min(self.unseen, max(0, self.count - self.top - self.height))

    def _into_view(self, index: int) -> None:
        height = max(self.height, 1)
        half = max(height // 2, 1)
        if index < self.top:
            self.top = max(0, min(index, index - height + half))
        elif index >= self.top + height:
            self.top = max(min(self.last_top, index - half + 1), index - height + 1)
