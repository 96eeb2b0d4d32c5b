"""A screen of panes: where they stand, which has the keys, how much room each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual import events
from textual.widget import Widget

from prdrunner_tui.tui.actions import JUMP
from prdrunner_tui.tui.arrange import TABS, Arrangement, Layout, Wish, arrange
from prdrunner_tui.tui.panes.contents import NAMES
from prdrunner_tui.tui.panes.layout import PanesBody, PanesLayout
from prdrunner_tui.tui.rows.keyrow import pairs_line
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.pane import Divider, Pane
from prdrunner_tui.tui.widgets.row import Rows

_FRAME_ROWS = 3
"""Row 1, the inbox bar and the key row."""


class PanesScreen(Frame):
    """A screen whose panes stand where `arrange` says.

    Subclasses fill `views` (what takes the keys, by the pane's name), give `panes` of them to `stand`, and say in
    `arranged` what follows when other panes are shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wish = Wish()
        self.views: dict[str, Widget] = {}
        self.panes: dict[str, Widget] = {}
        self.strip = Rows(id="strip")
        self.dividers = (Divider(), Divider())
        self._holder = PanesBody()

    def frame_body(self) -> Widget:
        """The panes stand where their arrangement says."""
        return self._holder

    def stand(self, wish: Wish) -> None:
        """Place the panes for the first time, as they stood when they were last seen."""
        self.wish = wish
        self._holder.panes_layout = PanesLayout(self._arranged_in, self.panes, self.dividers)
        self._arrange()

    def arranged(self) -> None:
        """Other panes may be shown now."""

    def remember(self) -> None:
        """How the panes stand is another now."""

    def shown(self) -> Arrangement:
        """Where the panes are now."""
        return arrange(self.size.width, self.size.height, self.wish)

    def on_resize(self, event: events.Resize) -> None:
        """Other panes may be shown now."""
        self._arrange()

    def _arranged_in(self, width: int, height: int) -> Arrangement:
        return arrange(width, height + _FRAME_ROWS, self.wish)

    def _arrange(self, wish: Wish | None = None) -> None:
        if wish is not None and wish != self.wish:
            self.wish = wish
            self.remember()
        shown = self.shown()
        for name, pane in self.panes.items():
            pane.display = name in shown.places
        for number, divider in enumerate(self.dividers):
            divider.display = number < len(shown.dividers)
        # Asked for by a child: what a widget remembers of its own arrangement, its own request leaves as it is.
        self.strip.refresh(layout=True)
        here = self.focus_place()
        if here not in shown.places and (self.focused is None or self.focused in self.views.values()):
            first = next((name for name in shown.order if name in self.views), "")
            if first:
                self.views[first].focus()
        self.arranged()

    def on_pane_tab_chosen(self, event: Pane.TabChosen) -> None:
        """A tab was clicked."""
        self._show_tab(TABS[event.tab])

    def on_divider_dragged(self, event: Divider.Dragged) -> None:
        """The line at the right of the phases was taken elsewhere."""
        if event.divider is self.dividers[0]:
            self._grow("phases", event.by)

    def on_descendant_focus(self) -> None:
        """Other keys work now."""
        self.show_rows()

    def _show_tab(self, tab: str) -> None:
        self._arrange(replace(self.wish, tab=tab))
        self.views[tab].focus()

    def _layout(self, layout: Layout) -> None:
        same = self.wish.layout == layout
        self._arrange(replace(self.wish, layout="overview" if same else layout, zoomed=""))
        if not same and layout in self.views:
            self.views[layout].focus()

    # Keys

    def step_back(self) -> bool:
        """Out of the zoom, or to the layout with all panes; whether there was such a way back."""
        if self.wish.zoomed:
            self._arrange(replace(self.wish, zoomed=""))
        elif self.wish.layout != "overview":
            self._layout("overview")
        else:
            return False
        return True

    def act_pane_next(self) -> str | None:
        """The next pane."""
        return self._to_pane(1)

    def act_pane_prev(self) -> str | None:
        """The pane before."""
        return self._to_pane(-1)

    def _to_pane(self, by: int) -> str | None:
        shown = [name for name in self.shown().order if name in self.views]
        if len(shown) < 2:
            return "one pane only: 1 shows the others"
        here = self.focus_place()
        self.views[shown[(shown.index(here) + by) % len(shown)] if here in shown else shown[0]].focus()
        return None

    def act_tab_next(self) -> str | None:
        """The next tab."""
        return self._to_tab(1)

    def act_tab_prev(self) -> str | None:
        """The tab before."""
        return self._to_tab(-1)

    def _to_tab(self, by: int) -> str | None:
        if not self.shown().tabs:
            return "all panes stand here already"
        self._show_tab(TABS[(TABS.index(self.wish.tab) + by) % len(TABS)])
        return None

    def act_layout_overview(self) -> None:
        """All panes that fit."""
        self._layout("overview")

    def act_layout_log(self) -> None:
        """The log with the phases as a strip; again goes back."""
        self._layout("log")

    def act_pane_zoom(self) -> None:
        """The focused pane fills the body."""
        self._arrange(replace(self.wish, zoomed=self.focus_place()))

    def act_pane_unzoom(self) -> str | None:
        """All panes again."""
        if not self.wish.zoomed:
            return "nothing is zoomed"
        self._arrange(replace(self.wish, zoomed=""))
        return None

    def act_pane_grow(self) -> str | None:
        """More room."""
        return self._resize(2)

    def act_pane_shrink(self) -> str | None:
        """Less room."""
        return self._resize(-2)

    def _resize(self, by: int) -> str | None:
        here, shown = self.focus_place(), self.shown()
        if shown.tabs:
            return self._grow("phases", by if here == "phases" else -by)
        if here in ("log", "detail"):
            return self._grow("log", by if here == "log" else -by)
        at_left = here in shown.places and not shown.places[here].x
        return self._grow("phases", by if at_left else -by)

    def _grow(self, name: str, by: int) -> str | None:
        wish = replace(self.wish, grown={**self.wish.grown, name: self.wish.grown.get(name, 0) + by})
        if arrange(self.size.width, self.size.height, wish) == self.shown():
            return "no room to share"
        self._arrange(wish)
        return None

    def act_jump_panes(self) -> None:
        """Show the letters of the panes in the key row."""
        self.menu = "jump"
        self.show_rows()

    def key_line(self, width: int) -> Line:
        """The key row; after ``;`` the letters of the panes."""
        if self.menu != "jump":
            return super().key_line(width)
        return pairs_line([*self._letters().items(), ("esc", "back")], width, self.cockpit.scene)

    async def chosen(self, menu: str, event: events.Key) -> None:
        """A key after ``;`` or another menu."""
        if menu != "jump":
            await super().chosen(menu, event)
            return
        letter = event.character or ""
        if letter in self._letters():
            pane = JUMP[letter]
            if pane in self.shown().places:
                self.views[pane].focus()
            else:
                self._show_tab(pane)

    def _letters(self) -> Mapping[str, str]:
        """The letters of the panes that are here or in a tab, and what the panes are called."""
        shown = self.shown()
        here = (*shown.places, *(TABS if shown.tabs else ()))
        return {letter: NAMES[pane] for letter, pane in JUMP.items() if pane in here}
