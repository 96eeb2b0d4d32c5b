"""The run in numbers, in four views: sums, charts and phases; the phases alone; the turns with the requests of each;
this run beside earlier ones."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.projections.requests import TurnRequests, requests_from_json, turns
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.rows.history import history_head, history_rows
from prdrunner_tui.tui.rows.metrics import metrics_rows, phases_head, phases_rows
from prdrunner_tui.tui.rows.requests import requests_head, requests_rows
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

if TYPE_CHECKING:
    from textual.worker import WorkType

_VIEWS = ("run", "phases", "requests", "history")
_AT_ONCE = 50
"""Turns whose requests are asked for at once; an engine answers with no more."""


class MetricsScreen(TableScreen):
    """The numbers."""

    place = "numbers"
    name_shown = "Metrics"
    empty = "numbers stand here once the run has begun"

    def __init__(self) -> None:
        super().__init__()
        self.showing = _VIEWS[0]
        self._rows_left: dict[str, Hashable] = {}
        """Where the cursor was when a view was left."""
        self._requests: dict[str, TurnRequests] = {}
        self._asked: set[str] = set()
        """Turns of which an engine told nothing, until the view is looked at anew."""
        self._asking = False

    def rows(self, width: int) -> Sequence[Row]:
        """Those of the view."""
        app = self.cockpit
        if self.showing == "history":
            return history_rows(app.state, app.earlier, width, app.scene)
        if self.showing == "phases":
            return phases_rows(app.state, width, app.scene)
        if self.showing == "requests":
            return requests_rows(app.state, self._requests, width, app.scene)
        return metrics_rows(app.state, width, app.scene, left=app.left)

    def head(self, width: int) -> Line:
        """The titles of the columns; those of the first view stand further below."""
        app = self.cockpit
        if self.showing == "history":
            return history_head(app.state, app.earlier, width, app.scene)
        if self.showing == "requests":
            return requests_head(app.state, width, app.scene)
        return phases_head(app.state, width, app.scene) if self.showing == "phases" else ()

    def refreshed(self) -> None:
        """The run changed: a turn may have ended, whose requests are known now."""
        super().refreshed()
        if self.showing == "requests":
            self._ask_requests()

    def show_around(self) -> None:
        """The views in the title rule, the one that is shown in brackets, and the titles of the columns."""
        keys = "/".join(self.cockpit.keymap.key(id) for id in ("numbers.prev", "numbers.next"))
        tabs = tuple(map(sanitize, (self.name_shown, *_VIEWS)))
        active = 1 + _VIEWS.index(self.showing)
        self.pane.show_title(Title((), words(sanitize(f"{keys} switch"), "muted"), tabs, active))
        begun = self.cockpit.state.run is not None
        self._head.display = begun and self.showing != "run"
        self._head.show_lines((self.head(max(20, self.size.width)),) if begun else ())

    def labels(self) -> Mapping[str, str]:
        """What enter opens."""
        return {"row.open": "run" if self.showing == "history" else "phase"}

    def act_numbers_next(self) -> None:
        """The next view."""
        self._turn(1)

    def act_numbers_prev(self) -> None:
        """The view before."""
        self._turn(-1)

    def on_pane_tab_chosen(self, event: Pane.TabChosen) -> None:
        """A view was clicked; the first word is the name of the screen."""
        if event.tab:
            self._show(_VIEWS[event.tab - 1])

    def on_line_view_opened(self) -> None:
        """Show the phase in the cockpit, or another run."""
        if phase := self.phase_here():
            self.to_cockpit(phase)
        elif run := self.item("run"):
            self._open(run)

    def _turn(self, by: int) -> None:
        self._show(_VIEWS[(_VIEWS.index(self.showing) + by) % len(_VIEWS)])

    def _show(self, view: str) -> None:
        self._rows_left[self.showing] = self.view.cursor_key
        self.showing = view
        if view == "history":
            # Runs of this repository that go on beside this one may have ended since.
            self.cockpit.ask_earlier()
        self._asked.clear()
        self.refreshed()
        if not self.view.move_to_key(self._rows_left.get(view)):
            self.view.move_to(0)

    def _ask_requests(self) -> None:
        """Ask the engine for the requests of the turns that have ended, as many turns as it answers with at once."""
        feed = self.cockpit.feed

        def wanted() -> list[str]:
            known = self._requests.keys() | self._asked
            return [turn.key for turn in turns(feed.state) if turn.over and turn.key not in known]

        async def ask() -> None:
            try:
                while keys := wanted()[:_AT_ONCE]:
                    answer = await feed.ask("requests", {"keys": keys})
                    found = {} if isinstance(answer, Refusal) else requests_from_json(answer)
                    # An answer takes only so much: what is missing is asked for again, unless nothing comes any more.
                    self._requests.update(found)
                    if not found.keys() & set(keys):
                        self._asked.update(keys)
            finally:
                self._asking = False
            if self.is_mounted and feed is self.cockpit.feed:
                self.refreshed()

        if wanted() and not self._asking:
            self._asking = True
            work: WorkType[None] = ask
            self.run_worker(work, group="requests")

    def _open(self, run: str) -> None:
        app = self.cockpit
        if run == app.target.run:
            self.tell("this is the run that is shown")
        elif app.home is None:
            self.tell(f"prdrunner attach --run-id {run} shows it")
        else:
            app.show_run(app.home.target(run))
