"""What stands in the panes of the cockpit: their rows, and what their rules say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from prdrunner_tui.kernel.state import RUN_ENDED
from prdrunner_tui.tui.arrange import shape_of
from prdrunner_tui.tui.panes.detail import Shown
from prdrunner_tui.tui.rows.breakpoints import breakpoint_rows
from prdrunner_tui.tui.rows.chat import chat_rows, chat_title
from prdrunner_tui.tui.rows.commits import commit_rows
from prdrunner_tui.tui.rows.ending import ended_words
from prdrunner_tui.tui.rows.inbox import inbox_rows
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.metrics import metrics_pane
from prdrunner_tui.tui.rows.phases import Live, Shape, phase_head, phase_rows, phase_strip
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.span import Line

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp
    from prdrunner_tui.tui.panes.wide import Wide
    from prdrunner_tui.tui.patches import Patches

NAMES = {
    "phases": "Phases",
    "graph": "Plan",
    "log": "Log",
    "detail": "Detail",
    "chat": "Chat",
    "metrics": "Metrics",
    "breaks": "Breakpoints",
    "commits": "Commits",
    "inbox": "Inbox",
}
"""Each pane and what its rule calls it."""


def calm(scene: Scene) -> Scene:
    """One glyph that turns, in row 1, is enough to see life; elsewhere the clocks tell it."""
    return replace(scene, motion=False)


class Sources(NamedTuple):
    """What the rows of the panes are made from.

    Attributes:
        app: gives the app; it is not there before the screen is.
        phase: gives the phase under the cursor.
        looked_at: gives the phase that the row is about that is looked at, in whichever list.
        patches: the changes that were read.
    """

    app: Callable[[], CockpitApp]
    phase: Callable[[], str]
    looked_at: Callable[[], str]
    patches: Patches


class Contents:
    """The rows of the panes, made from what is known now."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._app = sources.app
        self._phase = sources.phase

    def phases(
        self, width: int, cursor: str, unfolded: frozenset[str], folded: frozenset[str], height: int = 0
    ) -> Sequence[Row]:
        """The phase tree; on a very small screen a row for each phase, as far as ``height`` allows."""
        app = self._app()
        if app.state.run is None:
            return ()
        live = Live(output=app.feed.output, doing=app.feed.doing, heard=app.feed.heard)
        shape: Shape | None = "list" if shape_of(*app.size) == "list" else None
        rows = phase_rows(
            app.state,
            width,
            calm(app.scene),
            live=live,
            cursor=cursor,
            unfolded=unfolded,
            folded=folded,
            shape=shape,
            room=max(0, height - 1),
        )
        return [Row("head", phase_head(app.state, width, app.scene, shape=shape), False), *rows]

    @cached_property
    def wide(self) -> Wide:
        """What only a wide screen has room for; it is imported when there is one."""
        from prdrunner_tui.tui.panes.wide import Wide

        return Wide(self._sources)

    def graph(self, width: int, height: int) -> Sequence[Line]:
        """The plan as a graph."""
        return self.wide.graph(width, height) if self._app().state.run is not None else ()

    def detail(self, width: int) -> Shown:
        """What the row is about that is looked at."""
        return self.wide.detail(width) if self._app().state.run is not None else Shown()

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
            keys = self._app().keymap
            again = f", {keys.key('run.pause')} takes it up again" if run.status == "stopped" else ""
            return (ended_words(self._app().state, keys.key("phase.retry")) + again,)
        return (f"published: git merge {run.branch}",)

    def _go(self, letter: str) -> str:
        """The keys that go to a screen."""
        return f"{self._app().keymap.key('go.menu')} {letter}"

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
            points = len(state.breakpoints)
            return (), f"{points} set, {self._go('b')} edits" if points else ""
        if pane == "detail":
            return self.wide.title() if state.run is not None else ((), "")
        if pane == "commits":
            made = sum(bool(phase.commit) for phase in state.phases.values())
            return (state.run.branch,) if state.run is not None else (), str(made) if made else ""
        if pane == "inbox":
            waiting = len(open_now(state))
            return (), f"{waiting} open" if waiting else ""
        whole = {"metrics": f"{self._go('m')} more", "graph": f"{self._go('p')} whole"}
        return (), whole.get(pane, "")
