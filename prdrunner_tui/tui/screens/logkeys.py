"""What screens with a log have in common: search, filter, whole lines, steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events

from prdrunner_tui.tui.actions import FILTER
from prdrunner_tui.tui.logbook import GROUPS, LogBook, LogLine
from prdrunner_tui.tui.panes.log import LogView
from prdrunner_tui.tui.rows.keyrow import pairs_line
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.screens.wholeline import WholeLineScreen
from prdrunner_tui.tui.search import LogSearch
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.entry import Entry


class LogKeys(Frame):
    """A screen with a log: the run's, unless `log_book` is another. Subclasses put `make_log`'s view into a pane, with
    `field` below it."""

    def __init__(self) -> None:
        super().__init__()
        self.log_view: LogView | None = None
        self.search: LogSearch | None = None
        self.field = Entry()
        self.field.place = "text"  # type: ignore[attr-defined]

    def log_book(self) -> LogBook:
        """The rows of the log."""
        return self.cockpit.book

    def filter_phase(self) -> str:
        """The phase that `f` `p` shows alone; empty where there is only one."""
        return ""

    def log_titled(self) -> None:
        """What is said of the log beside its lines changed."""
        self.show_rows()

    def make_log(self, place: str) -> LogView:
        """The view of the log."""
        app = self.cockpit
        self.search = LogSearch(app.feed.ask, self._found)
        self.log_view = LogView(
            self.log_book(), lambda: app.state, lambda: app.scene, search=self.search, place=place
        )
        self.field.display = False
        return self.log_view

    def on_screen_resume(self) -> None:
        """On top again: the log has gone on below the other screen."""
        self.output_came()

    def output_came(self) -> None:
        """The log has more rows."""
        if self.log_view is not None:
            self.log_view.rows_changed()
        self.log_titled()

    def log_words(self) -> tuple[str, ...]:
        """What is shown alone and what is looked for, for the title."""
        book, found = self.log_book(), ""
        shown = ", ".join(group for group in GROUPS if group in book.groups)
        if self.search is not None:
            found = self.search.words(book.row_of)
        return tuple(filter(None, (found, shown)))

    def following(self) -> str:
        """Whether the end of the log is followed, for the title."""
        if self.log_view is None:
            return ""
        view = self.log_view.viewport
        if view.following:
            return "following"
        return f"{view.unseen} new, space follows" if view.unseen else "space follows"

    # Search

    def act_search_start(self) -> str | None:
        """Write what to look for."""
        if not self.log_book().jobs():
            return "no text here"
        self.field.display = True
        self.field.open("search", prompt=words("/", "key"), multiline=False)
        self.field.focus()
        return None

    def on_entry_submitted(self, event: Entry.Submitted) -> None:
        """Look for it; the search before it ends."""
        if event.entry is not self.field or self.search is None:
            return
        event.stop()
        self._close_field()
        keys = self.log_book().jobs()
        self.run_worker(self.search.run(event.text, keys), exclusive=True, group="search")

    def act_search_next(self) -> str | None:
        """The next older place."""
        return self._to_found(1)

    def act_search_prev(self) -> str | None:
        """The next newer place."""
        return self._to_found(-1)

    def end_search(self) -> bool:
        """Close the field, or end the search; whether there was one."""
        if self.field.display:
            self._close_field()
            return True
        if self.search is None or not self.search.text:
            return False
        self.workers.cancel_group(self, "search")
        self.search.end()
        self._repaint_log()
        return True

    def likely_now(self) -> Sequence[str]:
        """While there is a search its places are gone to, and escape ends it."""
        return ("search.next", "search.prev", "nav.back") if self._searching else super().likely_now()

    def labels(self) -> Mapping[str, str]:
        """What the keys of a search do."""
        told = {"search.next": "older", "search.prev": "newer", "nav.back": "ends the search"}
        return {**super().labels(), **(told if self._searching else {})}

    @property
    def _searching(self) -> bool:
        return self.search is not None and bool(self.search.text) and self.focused is self.log_view

    def _close_field(self) -> None:
        self.field.display = False
        if self.log_view is not None:
            self.log_view.focus()

    def _found(self) -> None:
        if self.search is not None and self.search.current is None and self.search.found:
            self._to_found(1)
        self._repaint_log()

    def _to_found(self, by: int) -> str | None:
        search, view = self.search, self.log_view
        if search is None or view is None or not search.text:
            return "/ looks for a text first"
        place = search.move(by, self.log_book().row_of)
        if place is None:
            return "searching" if search.busy else "nowhere"
        view.find(*place)
        self.log_titled()
        return None

    def _repaint_log(self) -> None:
        if self.log_view is not None and self.is_mounted:
            self.log_view.refresh_all()
            self.log_titled()
            self.show_keys()

    # Filter

    def act_filter_menu(self) -> None:
        """Show the letters of what can be shown alone in the key row."""
        self.menu = "filter"
        self.show_rows()

    def key_line(self, width: int) -> Line:
        """The key row; after ``f`` the letters of what can be shown alone."""
        if self.menu == "filter":
            pairs = [
                (letter, word) for letter, word in FILTER.items() if letter != "p" or self.filter_phase()
            ]
            return pairs_line([*pairs, ("esc", "back")], width, self.cockpit.scene)
        if self.field.display:
            pairs = [("enter", "search"), ("then n", "older"), ("N", "newer"), ("esc", "ends the search")]
            return pairs_line(pairs, width, self.cockpit.scene)
        return super().key_line(width)

    async def chosen(self, menu: str, event: events.Key) -> None:
        """A key after ``f`` or ``g``."""
        if menu != "filter":
            await super().chosen(menu, event)
            return
        word, book = FILTER.get(event.character or "", ""), self.log_book()
        if word == "this phase" and self.filter_phase():
            book.show(self.cockpit.state, "" if book.phase else self.filter_phase())
        elif word in GROUPS:
            book.only(book.groups ^ {word})
        elif word == "all":
            book.only(frozenset())
            if self.filter_phase():
                book.show(self.cockpit.state, "")
        self._repaint_log()

    # Lines and steps

    def open_line(self, index: int) -> None:
        """Show all of a row."""
        place = self.log_book().place(index)
        if place is not None and self.search is not None:
            self.app.push_screen(WholeLineScreen(self.log_book(), place, self.search.pattern))

    def copy_line(self) -> str:
        """Copy the row that is meant."""
        index = self.log_view.picked() if self.log_view is not None else None
        row = self.log_book().row(index) if index is not None else None
        return self.cockpit.copy(row.text) if isinstance(row, LogLine) else "no text here"

    def act_log_next_step(self) -> str | None:
        """Where the next step begins."""
        return self.log_view.to_step(1) if self.log_view else None

    def act_log_prev_step(self) -> str | None:
        """Where the step before begins."""
        return self.log_view.to_step(-1) if self.log_view else None
