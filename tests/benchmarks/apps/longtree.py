"""``python -m tests.benchmarks.apps.longtree lines|phases COUNT``: many rows, in an app of their own.

``lines`` is the list widget with rows as of phases, ``phases`` the pane of the cockpit with a run of so many. The
program says ``made`` before the app begins, so that making its data is not counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.tui import private
from prdrunner_tui.tui.driver import CockpitDriver
from prdrunner_tui.tui.panes.phases import PhasesView
from prdrunner_tui.tui.rows.phases import phase_rows
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.widgets.lines import LineView
from tests.simulated import Simulation, start
from tests.tui.listapp import ListApp, Table, names, skin

KEYS = {"j": "nav.down", "k": "nav.up", "G": "nav.bottom", "less_than_sign": "nav.top"}


class TreeApp(ListApp):
    """One list, and the keys of the cockpit."""

    def __init__(self, view: LineView) -> None:
        super().__init__(view)
        self.driver_class = CockpitDriver

    def on_key(self, event: object) -> None:
        """Move."""
        action = KEYS.get(getattr(event, "key", ""))
        if action and isinstance(self.focused, LineView):
            self.focused.navigate(action)


def phases(count: int) -> PhasesView:
    """The pane of a run with so many phases, none of which has begun."""
    simulation = Simulation()
    simulation.take(start(*names(count)))
    scene = Scene(time.time(), skin().glyphs, Actor("person", "bench"))

    def make(
        width: int, cursor: str, unfolded: frozenset[str], folded: frozenset[str], _height: int
    ) -> Sequence[Row]:
        return phase_rows(simulation.state, width, scene, cursor=cursor, unfolded=unfolded, folded=folded)

    return PhasesView(make)


if __name__ == "__main__":
    private.narrow_updates()
    wanted = int(sys.argv[2])
    view: LineView = phases(wanted) if sys.argv[1] == "phases" else Table(names(wanted))
    print("made", flush=True)
    TreeApp(view).run()
