"""The three rows that never move: row 1, the inbox bar, the keys. What is in them is decided elsewhere."""

from __future__ import annotations

from prdrunner_tui.tui.widgets.row import Content, Rows


class Bar(Rows):
    """One row over the whole width."""

    DEFAULT_CSS = "Bar { width: 1fr; height: 1; }"

    def show(self, content: Content) -> None:
        """Show a line, or what makes one for the width that there is."""
        self.show_lines((content,))


class TopRow(Bar):
    """Row 1: repository, PRD, run, state, money, decisions."""

    DEFAULT_CSS = "TopRow { dock: top; }"


class InboxBar(Bar):
    """The last row but one: what waits for a decision."""


class KeyRow(Bar):
    """The last row: the keys that work here and now."""
