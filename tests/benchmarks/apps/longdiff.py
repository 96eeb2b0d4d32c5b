"""``python -m tests.benchmarks.apps.longdiff LINES``: a diff as a decision shows it, in an app of its own."""

from __future__ import annotations

import sys
import time

from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.tui import private
from prdrunner_tui.tui.driver import CockpitDriver
from prdrunner_tui.tui.panes.decisionview import DecisionView
from prdrunner_tui.tui.rows.difflines import Patch
from prdrunner_tui.tui.rows.scene import Scene
from tests.tui.listapp import ListApp, skin

_HUNK = 20
_FILE = 5 * _HUNK + 3


def patch(lines: int) -> bytes:
    """A patch of about so many lines, in files of five hunks."""
    made: list[str] = []
    for number in range(lines // _FILE):
        name = f"src/package_{number % 97}/module_{number}.py"
        made += [f"diff --git a/{name} b/{name}", f"--- a/{name}", f"+++ b/{name}"]
        for hunk in range(5):
            at = 1 + 40 * hunk
            made.append(f"@@ -{at},13 +{at},13 @@")
            made += [f"     value = function_{number}(argument, {hunk}, {line})" for line in range(3)]
            made += [f"-    value = function_{number}(argument, {hunk}, {line})" for line in range(3, 10)]
            made += [f"+    computed = function_{number}(argument, {hunk}, {line})" for line in range(3, 10)]
            made += [f"     value = function_{number}(argument, {hunk}, {line})" for line in range(10, 12)]
    return "\n".join(made).encode()


KEYS = {"j": "nav.down", "k": "nav.up", "G": "nav.bottom", "<": "nav.top", "less_than_sign": "nav.top"}


class DiffApp(ListApp):
    """The widget with the rows of a patch."""

    def __init__(self, lines: int) -> None:
        look = skin()
        scene = Scene(time.time(), look.glyphs, Actor("person", "bench"))
        self.view = DecisionView(lambda width: (), lambda: scene)
        self.lines = lines
        super().__init__(self.view, skin_=look)
        self.driver_class = CockpitDriver

    def on_mount(self) -> None:
        """The keys go to the diff."""
        self.view.patch = Patch(patch(self.lines))
        self.view.focus()

    def on_key(self, event: object) -> None:
        """Move."""
        action = KEYS.get(getattr(event, "key", ""))
        if action:
            self.view.navigate(action)


if __name__ == "__main__":
    private.narrow_updates()
    DiffApp(int(sys.argv[1])).run()
