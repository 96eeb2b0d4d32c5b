"""How to leave while a run is going on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from prdrunner_tui.kernel.commands import PauseRun, StopRun
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.keyrow import pairs_line
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title


class LeaveScreen(Frame):
    """The ways to leave."""

    place = "leave"
    decides = True

    def __init__(self) -> None:
        super().__init__()
        self.view = RowsView(self._rows, place="leave", cursor=False)
        self.asked = False

    def body(self) -> ComposeResult:
        """The ways to leave."""
        yield Pane(self.view, title=Title((sanitize("Leave prdrunner"),)))

    def on_mount(self) -> None:
        """The keys go to the screen."""
        self.view.focus()
        self.refreshed()

    def refreshed(self) -> None:
        """The run changed."""
        self.show_rows()
        self.view.remake()

    def key_line(self, width: int) -> Line:
        """The ways to leave."""
        if self.asked:
            return pairs_line([("y", "stop the run"), ("esc", "back")], width, self.cockpit.scene)
        pairs = [("d", "detach"), ("p", "pause, then leave"), ("x", "stop"), ("esc", "stay")]
        return pairs_line(pairs, width, self.cockpit.scene)

    def act_leave_detach(self) -> None:
        """The run goes on."""
        self.dismiss("leave")

    async def act_leave_pause(self) -> str:
        """Pause the run and leave."""
        return await self._leave(await self.cockpit.give(PauseRun(self.cockpit.me), ""))

    def act_leave_stop(self) -> str:
        """Ask once more."""
        self.asked = True
        self.refreshed()
        return "agents end now, their work is kept: y stops the run"

    async def act_decide_confirm(self) -> str:
        """Stop the run and leave."""
        if not self.asked:
            return "d, p or x first"
        return await self._leave(await self.cockpit.give(StopRun(self.cockpit.me, "left"), ""))

    async def _leave(self, refused: str) -> str:
        if not refused:
            self.dismiss("leave")
        return refused

    def _rows(self, width: int) -> Sequence[Row]:
        state = self.cockpit.state
        working = sum(row.state == "running" for row in overview(state).phases)
        waiting = len(open_now(state))
        head = f"{plural(working, 'phase')} at work, {plural(waiting, 'decision')} waiting for you"
        told = (
            ("d", "detach", "the run goes on here; `prdrunner attach` comes back"),
            ("p", "pause", "agents stop at their next turn, then leave"),
            ("x", "stop", "agents end now, work is kept; asks once more"),
            ("esc", "stay", "nothing is lost in any of these"),
        )
        first = [Row("head", (*words("  "), *words(head))), Row("gap", ())]
        return first + [
            Row(key, (*words(f"  {key:<4}", "key"), *words(f" {word:<8}"), *words(f"  {what}", "muted")))
            for key, word, what in told
        ]
