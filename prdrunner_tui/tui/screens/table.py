"""What screens of one table have in common: titles above the rows, a detail of the row below them."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.runkeys import RunKeys
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, plain, words
from prdrunner_tui.tui.widgets.pane import Pane, Title
from prdrunner_tui.tui.widgets.row import Rows

_LEAST_LIST, _MOST_DETAIL = 6, 14
"""Rows that the table keeps for itself, and that the detail takes at most."""
_FRAME = 3
"""Row 1, the inbox bar and the key row."""


class TableScreen(ViewScreen, RunKeys):
    """Rows with keys. Subclasses give `place`, `rows`, and what else they show of `head`, `below` and `detail`.

    Attributes:
        name_shown: the first word of the title rule.
        empty: what stands there while there is no row.
        head_rows, below_rows: rows above and below the table.
        detailed: whether a pane below tells more of the row under the cursor.
    """

    name_shown = ""
    empty = ""
    head_rows = 1
    below_rows = 0
    detailed = False

    def __init__(self) -> None:
        super().__init__()
        self.view = RowsView(self._made, place=self.place, empty=note(f" {self.empty}"))
        self._head = _fixed(self.head_rows)
        self._below = _fixed(self.below_rows)
        self._detail = Rows()
        self.pane = Pane(self._head, self.view, self._below, title=Title())
        self.detail_pane = Pane(self._detail, title=Title())

    # What a subclass gives

    def rows(self, width: int) -> Sequence[Row]:
        """The rows for a width in cells, of a run that has started."""
        return ()

    def head(self, width: int) -> Line:
        """The titles of the columns."""
        return ()

    def below(self, width: int) -> Sequence[Line]:
        """What holds for all rows."""
        return ()

    def detail(self, width: int) -> tuple[str, Sequence[Line]]:
        """A name, and what is known of the row under the cursor."""
        return "", ()

    def titled(self) -> tuple[tuple[str, ...], str]:
        """What the title rule says behind the name, and at its right edge."""
        return (), ""

    # What they show

    def body(self) -> ComposeResult:
        """The table, and the detail where there is one."""
        yield from super().body()
        if self.detailed:
            yield self.detail_pane

    def on_mount(self) -> None:
        """The table and the detail share the room."""
        self._share()

    def on_resize(self, event: events.Resize) -> None:
        """Another height leaves another room to the detail."""
        self._share()
        self.refreshed()

    def refreshed(self) -> None:
        """The run changed."""
        super().refreshed()
        self.show_around()

    def on_line_view_moved(self) -> None:
        """The detail is that of the row under the cursor, and so are the keys."""
        self.show_keys()
        self.show_around()

    def show_around(self) -> None:
        """Bring all but the rows up to date."""
        told, right = self.titled()
        texts = tuple(sanitize(plain(self.cockpit.scene.foreign(part))) for part in (self.name_shown, *told))
        self.pane.show_title(Title(texts, words(right, "muted")))
        if self.cockpit.state.run is None:
            return
        width = max(20, self.size.width)
        self._head.show_lines((self.head(width),) if self.view.count() else ())
        self._below.show_lines(self.below(width))
        if self.detailed:
            name, lines = self.detail(width)
            self.detail_pane.show_title(Title((sanitize(plain(self.cockpit.scene.foreign(name))),)))
            self._detail.show_lines(self._fitting(lines))

    def tell(self, text: str) -> None:
        """Say in the title rule what became of a key."""
        self.say(words(plain(self.cockpit.scene.foreign(text))))

    def footer_place(self) -> str:
        """Of an empty list the keys that can fill it, or none."""
        if self.view.count():
            return super().footer_place()
        return "breakpoints.none" if self.place == "breakpoints" else "list.none"

    def item(self, kind: str) -> str:
        """The id of the row under the cursor, if it is about such a thing."""
        key = self.view.cursor_key
        return str(key[1]) if isinstance(key, tuple) and key[0] == kind else ""

    def phase_here(self) -> str:
        """The phase under the cursor."""
        return self.item("phase")

    def to_cockpit(self, phase: str) -> None:
        """Show a phase in the cockpit."""
        self.cockpit.call_later(self._to_cockpit, phase)

    async def _to_cockpit(self, phase: str) -> None:
        app = self.cockpit
        below = next((screen for screen in app.screen_stack if isinstance(screen, Cockpit)), None)
        if below is None:
            return
        while app.screen is not below:
            await app.pop_screen()
        below.phases.focus()
        below.phases.move_to_key(("phase", phase))

    def _made(self, width: int) -> Sequence[Row]:
        return self.rows(width) if self.cockpit.state.run is not None else ()

    def _fitting(self, lines: Sequence[Line]) -> Sequence[Line]:
        """As many lines of the detail as there is room for; the last one tells how many are not there."""
        room = self._room()
        if len(lines) <= room:
            return lines
        return (
            [*lines[: room - 1], note(f" and {plural(len(lines) - room + 1, 'more line')}")] if room else ()
        )

    def _room(self) -> int:
        """Rows of the detail: what the table does not need, at most half."""
        fixed = _FRAME + 1 + self.head_rows + self.below_rows
        spare = self.size.height - fixed - _LEAST_LIST - 1
        return max(0, min(_MOST_DETAIL, spare, (self.size.height - fixed) // 2))

    def _share(self) -> None:
        room = self._room()
        self.detail_pane.styles.height = room + 1
        self.detail_pane.display = room > 0


def _fixed(height: int) -> Rows:
    """Rows that stand still."""
    rows = Rows()
    rows.styles.height = height
    rows.display = height > 0
    return rows
