"""What stands in the panes of the cockpit: their rows, and what their rules say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prdrunner_tui.kernel.state import RUN_ENDED
from prdrunner_tui.tui.arrange import shape_of
from prdrunner_tui.tui.rows.breakpoints import breakpoint_rows
from prdrunner_tui.tui.rows.chat import chat_rows, chat_title
from prdrunner_tui.tui.rows.commits import commit_rows
from prdrunner_tui.tui.rows.inbox import inbox_rows
from prdrunner_tui.tui.rows.metrics import metrics_pane
from prdrunner_tui.tui.rows.phases import Live, Shape, phase_head, phase_rows, phase_strip
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.span import Line

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp

NAMES = {
    "phases": "Phases",
    "log": "Log",
    "chat": "Chat",
    "metrics": "Metrics",
    "breaks": "Breakpoints",
    "commits": "Commits",
    "inbox": "Inbox",
}
"""Each pane and what its rule calls it."""


class Contents:
    """The rows of the panes, made from what the app knows now.

    Args:
        app: gives the app; it is not there before the screen is.
        phase: gives the phase under the cursor.
    """

    def __init__(self, app: Callable[[], CockpitApp], phase: Callable[[], str]) -> None:
        self._app = app
        self._phase = phase

    def phases(
        self, width: int, cursor: str, unfolded: frozenset[str], folded: frozenset[str], height: int = 0
    ) -> Sequence[Row]:
        """The phase tree; on a very small screen a row for each phase, as far as ``height`` allows."""
        app = self._app()
        if app.state.run is None:
            return ()
        # One glyph that turns, in row 1, is enough to see life; here the clocks tell it.
        calm = replace(app.scene, motion=False)
        live = Live(output=app.feed.output, doing=app.feed.doing)
        shape: Shape | None = "list" if shape_of(*app.size) == "list" else None
        rows = phase_rows(
            app.state,
            width,
            calm,
            live=live,
            cursor=cursor,
            unfolded=unfolded,
            folded=folded,
            shape=shape,
            room=max(0, height - 1),
        )
        return [Row("head", phase_head(app.state, width, app.scene, shape=shape), False), *rows]

    def chat(self, width: int) -> Sequence[Row]:
        """The conversation with the agent of the phase under the cursor."""
        app = self._app()
        phase = self._phase()
        return chat_rows(app.state, width, app.scene, phase=phase, said=app.sayings.of(phase), steps=True)

    def metrics(self, width: int) -> Sequence[Row]:
        """The run in numbers."""
        app = self._app()
        if app.state.run is None:
            return ()
        lines = metrics_pane(app.state, width, app.scene, left=app.left)
        return [Row(number, line) for number, line in enumerate(lines)]

    def breaks(self, width: int) -> Sequence[Row]:
        """The breakpoints."""
        return breakpoint_rows(self._app().state, width, self._app().scene)

    def commits(self, width: int) -> Sequence[Row]:
        """The commits of the run's branch."""
        return commit_rows(self._app().state, width, self._app().scene)

    def inbox(self, width: int) -> Sequence[Row]:
        """What waits for a decision."""
        return inbox_rows(self._app().state, width, self._app().scene)

    def strip(self, width: int) -> Line:
        """All phases in one row."""
        app = self._app()
        return phase_strip(app.state, width, app.scene, cursor=self._phase()) if app.state.run else ()

    def _ending(self) -> tuple[str, ...]:
        """Where the work of a run that is over is."""
        run = self._app().state.run
        if run is None or run.status not in RUN_ENDED:
            return ()
        if not run.published:
            return (f"the run is {run.status}",)
        return (f"published: git merge {run.branch}",)

    def title(self, pane: str, below: str = "") -> tuple[tuple[str, ...], str]:
        """The parts of a pane's rule behind its name, and what stands at its right edge; not of the log.

        ``below`` tells how much of the pane is under its last row.
        """
        state = self._app().state
        if pane == "phases":
            done = sum(phase.status == "done" for phase in state.phases.values())
            return self._ending(), ", ".join(filter(None, (f"{done}/{len(state.phases)}", below)))
        if pane == "chat":
            return (chat_title(state, self._phase()),), ""
        if pane == "breaks":
            return (), f"{len(state.breakpoints)} set" if state.breakpoints else ""
        return (), ""
