"""What stands in the panes that only a wide screen has: the plan as a graph, and the detail."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.panes.contents import Sources, calm
from prdrunner_tui.tui.panes.detail import Shown
from prdrunner_tui.tui.rows.detail import Detail, detail_lines, detail_of, detail_title, detail_way
from prdrunner_tui.tui.rows.plangraph import plan_graph
from prdrunner_tui.tui.span import Line

_RULES = len("- Detail -  -  -  -")
"""Cells of the rule of the detail that are neither the phase, nor what is shown of it, nor the key."""


class Wide:
    """The rows of both, made from what is known now of a run that has started."""

    def __init__(self, sources: Sources) -> None:
        self._app = sources.app
        self._phase = sources.phase
        self._looked_at = sources.looked_at
        self._patches = sources.patches
        self._width = 0

    def graph(self, width: int, height: int) -> Sequence[Line]:
        """The plan as a graph."""
        app = self._app()
        more = f"{app.keymap.key('go.menu')} p"
        here = self._phase()
        return plan_graph(app.state, width, calm(app.scene), room=height, here=here, left=app.left, more=more)

    @property
    def looked_at(self) -> Detail | None:
        """What there is to show of the phase that is looked at."""
        return detail_of(self._app().state, self._looked_at())

    def detail(self, width: int) -> Shown:
        """What the row is about that is looked at; its change is read and shown when it is there."""
        self._width = width
        app, detail = self._app(), self.looked_at
        diff = self._patches.want(detail.trees if detail is not None else None)
        if detail is None:
            return Shown()
        newest = (line for line in reversed(app.feed.output.get(detail.phase, ())) if line.strip())
        doing = app.feed.doing.get(detail.phase, "") or next(newest, "")
        head = detail_lines(app.state, detail, width, calm(app.scene), diff=diff, doing=doing)
        return Shown((detail.phase, detail.kind, detail.trees), head, diff)

    def title(self) -> tuple[tuple[str, ...], str]:
        """The parts of the rule of the detail behind its name, and what stands at its right edge."""
        app, detail = self._app(), self.looked_at
        if detail is None:
            return (), ""
        way = detail_way(app.state, detail, app.keymap.key("row.open"))
        room = self._width - _RULES - cells(detail.phase) - cells(way)
        return detail_title(app.state, detail, max(1, room) if self._width else 0), way
