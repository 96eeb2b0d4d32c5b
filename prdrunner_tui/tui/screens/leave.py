"""How to leave while a run is going on."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.kernel.commands import PauseRun, StopRun
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.pausing import at_work
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, spaces, width_of, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

_WAYS = (
    ("detach", "detach", "the run goes on here; `prdrunner attach` comes back"),
    ("pause", "pause", "agents stop at their next turn, then leave"),
    ("stop", "stop", "agents end now, work is kept; asks once more"),
)
"""The action below ``leave.``, its word, and what becomes of the run."""


class LeaveScreen(ViewScreen):
    """The ways to leave. Its result is what then becomes of the run, in words."""

    place = "leave"
    decides = True
    confirms = "stop the run, once that was asked"

    def __init__(self) -> None:
        super().__init__()
        self.view = RowsView(self._rows, place="leave", cursor=False)
        self.pane = Pane(self.view, title=Title((sanitize("Leave prdrunner"),)))
        self.asked = False

    def key_line(self, width: int) -> Line:
        """The ways to leave."""
        if self.asked:
            return self.keys_line(width, ("decide.confirm", "stop the run"), ("nav.back", "stay"))
        ways = ((f"leave.{way}", label) for way, label, _ in _WAYS)
        return self.keys_line(width, *ways, ("nav.back", "stay"))

    def act_leave_detach(self) -> None:
        """The run goes on."""
        self.dismiss(f"goes on; come back: prdrunner attach{self.cockpit.target.aside}")

    async def act_leave_pause(self) -> str:
        """Pause the run and leave."""
        refused = await self.cockpit.give(PauseRun(self.cockpit.me), "")
        return self._leave(refused, f"is paused; go on: prdrunner resume{self.cockpit.target.aside}")

    def act_leave_stop(self) -> str:
        """Ask once more."""
        self.asked = True
        self.refreshed()
        yes = self.cockpit.keymap.key("decide.confirm")
        return f"agents end now, their work is kept: {yes} stops the run"

    async def act_decide_confirm(self) -> str:
        """Stop the run and leave."""
        if not self.asked:
            return "pick a way to leave first"
        refused = await self.cockpit.give(StopRun(self.cockpit.me, "left"), "")
        again = f"prdrunner resume{self.cockpit.target.aside}"
        return self._leave(refused, f"is stopped; take it up again: {again}")

    def _leave(self, refused: str, word: str) -> str:
        if not refused:
            self.dismiss(word)
        return refused

    def _rows(self, width: int) -> Sequence[Row]:
        state = self.cockpit.state
        working = len(at_work(state))
        waiting = sum(not decision.by_itself for decision in open_now(state))
        head = f"{plural(working, 'phase')} at work, {plural(waiting, 'decision')} waiting for you"
        told = [(f"leave.{way}", label, what) for way, label, what in _WAYS]
        if self.cockpit.target.aside:
            # The command with the directory is long; it stands in the shell then.
            told[0] = (*told[0][:2], "the run goes on here; the last line says how to come back")
        told.append(("nav.back", "stay", "nothing is lost in any of these"))
        key, scene = self.cockpit.keymap.key, self.cockpit.scene
        rows: list[Row] = []
        for id, word, what in told:
            name = (*words(f" {key(id):<4}", "key"), *words(f"{word:<8}"))
            indent = width_of(name)
            for number, line in enumerate(scene.wrap(words(what, "muted"), max(12, width - indent))):
                before = words(spaces(indent)) if number else name
                rows.append(Row((id, number), scene.fit((*before, *line), width)))
        if len(rows) + 2 > self.view.size.height:
            return rows  # On a small screen the ways matter more than how much is at work.
        return [Row("head", scene.fit((*words(" "), *words(head)), width)), Row("gap", ()), *rows]
