"""Whether a phase is stopped; only y does it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from prdrunner_tui.kernel.commands import StopPhase
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.rows.stopping import stopping_lines
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, plain
from prdrunner_tui.tui.widgets.pane import Pane, Title

_STAYS = frozenset(("decide.confirm", "nav.back", "help.open", "app.interrupt", "go.menu"))


class StopPhaseScreen(ViewScreen):
    """What ends and what is kept when a phase is stopped."""

    place = "stop"
    decides = True
    confirms = "stop the phase"

    def __init__(self, phase: str) -> None:
        super().__init__()
        self.phase = phase
        self.view = RowsView(self._rows, place="stop", cursor=False)
        self.pane = Pane(self.view, title=Title((sanitize("Stop a phase"),)))

    def phase_here(self) -> str:
        """The phase."""
        return self.phase

    def key_line(self, width: int) -> Line:
        """The two ways out."""
        if self.menu:
            return super().key_line(width)
        named = plain(self.cockpit.scene.foreign(f"stop {self.phase}"))
        told = (("decide.confirm", named), ("nav.back", "back, nothing happens"), ("help.open", "keys"))
        return self.keys_line(width, *told)

    async def on_key(self, event: events.Key) -> None:
        """Any key but y and those for looking is meant for something else: then nothing is stopped."""
        action = self.cockpit.keymap.find(event.key, self.places())
        stays = action is not None and (action.id in _STAYS or action.group == "move")
        if stays or self.menu or self.gone:
            await super().on_key(event)
            return
        event.stop()
        event.prevent_default()
        self.dismiss("nothing was stopped")

    async def act_decide_confirm(self) -> str | None:
        """Stop it."""
        refused = await self.cockpit.give(StopPhase(self.phase, self.cockpit.me), "")
        if refused:
            return refused
        self.dismiss(f"{plain(self.cockpit.scene.foreign(self.phase))} ends")
        return None

    def _rows(self, width: int) -> Sequence[Row]:
        app = self.cockpit
        phase = app.state.phases.get(self.phase)
        if phase is None:
            return ()
        lines = stopping_lines(app.state, phase, width, app.scene, retry=app.keymap.key("phase.retry"))
        return [Row(number, line) for number, line in enumerate(lines)]
