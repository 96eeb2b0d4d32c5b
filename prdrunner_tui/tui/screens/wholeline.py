"""All of one line of the log, wrapped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.text.cut import CUT
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.logbook import LogBook, LogLine
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.loglines import whole_lines
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.search import Found
from prdrunner_tui.tui.span import plain, words
from prdrunner_tui.tui.widgets.pane import Pane, Title


class WholeLineScreen(ViewScreen):
    """A line however long, what a terminal would obey as glyphs.

    Where the log has only the beginning of it, as of one long line among many, it is asked for alone.

    Args:
        book: the rows among which it stands.
        shown: its job and its number there.
        find: what is marked in it.
    """

    place = "line"

    def __init__(self, book: LogBook, shown: Found, find: re.Pattern[str] | None) -> None:
        super().__init__()
        self.book = book
        self.shown = shown
        self.find = find
        self._alone: tuple[Found, str, str] | None = None
        """A line that was asked for alone: which, what the log has of it, and all that came."""
        self.view = RowsView(self._rows, place="line", cursor=False, empty=note("an empty line"))
        self.pane = Pane(self.view, title=Title((sanitize("Line"),)))

    def refreshed(self) -> None:
        """The run changed, or another line is shown."""
        row = self._line()
        if row is not None:
            step = f"{row.phase} {row.tag} {row.kind}"
            at = self.cockpit.scene.clock(row.at)
            told = tuple(plain(self.cockpit.scene.foreign(part)) for part in ("Line", step))
            right = words(f"{at}  line {self.shown[1] + 1}, {len(row.text):,} characters", "muted")
            self.pane.show_title(Title(tuple(map(sanitize, told)), right))
            if row.text.endswith(CUT) and not self._asked(row):
                self.run_worker(self._ask(row), exclusive=True, group="line")
        super().refreshed()

    def act_line_newer(self) -> str | None:
        """The line behind this one."""
        return self._step(1)

    def act_line_older(self) -> str | None:
        """The line before this one."""
        return self._step(-1)

    def act_view_copy(self) -> str:
        """Copy the text as it came."""
        row = self._line()
        return self.cockpit.copy(row.text) if row is not None else "not here yet"

    def _step(self, by: int) -> str | None:
        index = self.book.row_of(*self.shown)
        if index is None:
            return "this line is not shown in the log any more"
        index += by
        while 0 <= index < len(self.book):
            place = self.book.place(index)
            if place is not None:
                if self.book.row(index) is None:
                    return "not here yet; press it again"
                self.shown = place
                self.view.move_to(0)
                self.refreshed()
                return None
            index += by
        return "no line after this one" if by > 0 else "no line before this one"

    def _line(self) -> LogLine | None:
        index = self.book.row_of(*self.shown)
        row = self.book.row(index) if index is not None else None
        if not isinstance(row, LogLine):
            return None
        return replace(row, text=self._alone[2]) if self._alone is not None and self._asked(row) else row

    def _asked(self, row: LogLine) -> bool:
        """Whether the line that is shown came alone already, as it is in the log now."""
        return self._alone is not None and (
            self._alone[0] == self.shown and row.text in (self._alone[1], self._alone[2])
        )

    async def _ask(self, row: LogLine) -> None:
        """Bring as much of the line as an answer holds."""
        key, number = shown = self.shown
        answer = await self.cockpit.feed.ask("log", {"key": key, "first": number, "count": 1})
        if isinstance(answer, Refusal) or not answer["lines"]:
            return
        self._alone = shown, row.text, str(answer["lines"][0][2])
        self.refreshed()

    def _rows(self, width: int) -> Sequence[Row]:
        row = self._line()
        if row is None:
            return [Row(0, note("not here yet"))]
        lines = whole_lines(row, width, self.cockpit.scene, self.find)
        return [Row(number, line) for number, line in enumerate(lines)]
