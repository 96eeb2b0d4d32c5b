"""Small screens with one question: a message to an agent, how to leave."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from prdrunner_tui.kernel.commands import PauseRun, SendMessage, StopRun
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.chat import chat_rows
from prdrunner_tui.tui.rows.keyrow import pairs_line
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.entry import Entry
from prdrunner_tui.tui.widgets.pane import Pane, Title


class MessageScreen(Frame):
    """The chat with a phase's agent, and a field to write in."""

    place = "chat"

    def __init__(self, phase: str) -> None:
        super().__init__()
        self.phase = phase
        self.view = RowsView(self._rows, place="chat", empty=note(" nothing said yet"), cursor=False)
        self.entry = Entry()

    def body(self) -> ComposeResult:
        """What was said, and the field."""
        yield Pane(self.view, title=Title((sanitize("Chat"), sanitize(self.phase))))
        yield self.entry

    def on_mount(self) -> None:
        """The keys go to the field."""
        self.entry.place = "text"  # type: ignore[attr-defined]
        purpose = f"chat:{self.phase}"
        self.entry.open(purpose, hint=note(f"write to {self.phase}"))
        self.entry.set_text(self.cockpit.drafts.get(purpose, ""))
        self.entry.focus()
        self.refreshed()

    def refreshed(self) -> None:
        """The run changed."""
        self.show_rows()
        self.view.remake()

    def key_line(self, width: int) -> Line:
        """What enter does."""
        pairs = [("enter", "send"), ("alt+enter", "line"), ("up", "history"), ("esc", "back (draft is kept)")]
        return pairs_line(pairs, width, self.cockpit.scene)

    async def on_entry_submitted(self, event: Entry.Submitted) -> None:
        """Send it; what is refused stays in the field."""
        command = SendMessage(self.phase, "message", event.text, self.cockpit.me)
        told = await self.cockpit.give(command, "sent")
        if told != "sent":
            self.entry.set_text(event.text)
        self.say(words(sanitize(told)))

    def on_entry_changed(self, event: Entry.Changed) -> None:
        """Keep it for the next time."""
        self.cockpit.drafts[event.purpose] = event.text

    def _rows(self, width: int) -> Sequence[Row]:
        return chat_rows(self.cockpit.state, width, self.cockpit.scene, phase=self.phase)


class LeaveScreen(Frame):
    """How to leave while a run is going on."""

    place = "leave"

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
        told = (
            ("d", "detach", "the run goes on here; `prdrunner attach` comes back"),
            ("p", "pause", "agents stop at their next turn, then leave"),
            ("x", "stop", "agents end now, work is kept; asks once more"),
            ("esc", "stay", "nothing is lost in any of these"),
        )
        return [
            Row(key, (*words(f"  {key:<4}", "key"), *words(f" {word:<8}"), *words(f"  {what}", "muted")))
            for key, word, what in told
        ]
