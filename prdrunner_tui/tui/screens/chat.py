"""The chat with the agent of a phase, with a field to write in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.widget import Widget

from prdrunner_tui.kernel.commands import SendMessage, SetBreakpoint
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.chat import chat_rows, chat_title
from prdrunner_tui.tui.rows.phases import phase_strip
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.rows.steering import steering
from prdrunner_tui.tui.screens.runkeys import RunKeys
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.slash import KINDS, Do, Say, complete, read
from prdrunner_tui.tui.span import Line, width_of, words
from prdrunner_tui.tui.steers import steers_of
from prdrunner_tui.tui.widgets.entry import Entry
from prdrunner_tui.tui.widgets.pane import Pane, Title
from prdrunner_tui.tui.widgets.row import Rows


class ChatScreen(ViewScreen, RunKeys):
    """What was said to and by the agent of a phase; the keys go to the field below it, tab goes to what was said."""

    place = "chat"

    def __init__(self, phase: str) -> None:
        super().__init__()
        self.phase = phase
        self.strip = Rows(id="strip")
        self.strip.styles.height = 1
        self.kinds = Rows(id="kinds")
        self.kinds.styles.height = 1
        self.view = RowsView(self._rows, place="chat", empty=note(" nothing said yet"), follows=True)
        self.entry = Entry()
        self.pane = Pane(self.view, self.entry, self.kinds, title=Title(()), id="pane-chat")
        self._unfolded: frozenset[str] = frozenset()
        self._steers: Mapping[str, str] = {}
        self._workers: Mapping[str, WorkerChoice] = {}

    def body(self) -> ComposeResult:
        """The phases in a row, what was said, the field, and what a slash can do."""
        yield self.strip
        yield from super().body()

    def wanted_first(self) -> Widget:
        """The field."""
        return self.entry

    def on_mount(self) -> None:
        """What was begun is in the field again."""
        self.entry.place = "chat_text"  # type: ignore[attr-defined]
        purpose = f"chat:{self.phase}"
        hint = note(f"write to {self.phase}; / for commands")
        self.entry.open(purpose, hint=hint, completer=complete)
        self.entry.set_text(self.cockpit.drafts.get(purpose, ""))
        self.kinds.show_lines((self._kinds_line,))

    def chat_shown(self) -> str:
        """The phase whose chat this is."""
        return self.phase

    def phase_here(self) -> str:
        """The phase whose chat this is."""
        return self.phase

    def refreshed(self) -> None:
        """The run changed, or the agent said something."""
        app = self.cockpit
        self.show_rows()
        if app.state.run is not None:
            self.strip.show_lines(
                (lambda width: phase_strip(app.state, width, app.scene, cursor=self.phase),)
            )
        self.pane.show_title(Title((sanitize("Chat"), sanitize(chat_title(app.state, self.phase)))))
        self.view.remake()
        self.kinds.repaint()
        run = app.state.run
        if run is not None and run.settings.workers is not self._workers:
            self._workers = run.settings.workers
            self.run_worker(self._learn(run.settings.workers), exclusive=True, group="steers")

    async def _learn(self, workers: Mapping[str, WorkerChoice]) -> None:
        """Find out how the workers take messages."""
        self._steers = await asyncio.to_thread(steers_of, workers)
        self.kinds.repaint()

    def _kinds_line(self, width: int) -> Line:
        """What a message does to the turn under way, and the kinds of messages as far as there is room."""
        interrupt = self.entry.text.split(maxsplit=1)[:1] == ["/interrupt"]
        told = steering(self.cockpit.state, self.phase, self._steers, interrupt=interrupt)
        does = self.cockpit.scene.foreign(f"  {told}") if told else ()
        kinds = note("  " + " ".join(KINDS) + "   tab completes a /command")
        return (*does, *kinds) if not does or width_of((*does, *kinds)) <= width else does

    def words_came(self) -> None:
        """The agent said something."""
        self.refreshed()

    def key_line(self, width: int) -> Line:
        """What enter does in the field, or what works on what was said."""
        if self.menu:
            return super().key_line(width)
        if self.focused is self.view:
            told = (("list.delete", "withdraw"), ("row.open", "whole text"), ("view.copy", "copy"))
            return self.keys_line(width, *told, ("pane.next", "write"), ("nav.back", "back"))
        told = (("chat.send", "send"), ("alt+enter", "line"), ("up", "history"))
        turn = (("tab", "look back"), ("nav.back", "back (draft is kept)"))
        return self.keys_line(width, *told, *turn)

    def act_chat_turn(self) -> None:
        """From the field to what was said."""
        self.view.focus()

    def act_pane_next(self) -> None:
        """Back to the field."""
        self.entry.focus()

    act_pane_prev = act_pane_next

    def act_chat_page_up(self) -> None:
        """A page up in what was said; the field keeps the keys."""
        self.view.page(-1)

    def act_chat_page_down(self) -> None:
        """A page down."""
        self.view.page(1)

    def on_descendant_focus(self) -> None:
        """Other keys work now."""
        self.show_rows()

    async def on_entry_submitted(self, event: Entry.Submitted) -> None:
        """Send it, or do it; what is refused stays in the field."""
        meant = read(event.text)
        if isinstance(meant, Say):
            command = SendMessage(self.phase, meant.kind, meant.text, self.cockpit.me)
            sent = f"{meant.kind} sent"
            told = await self.cockpit.give(command, sent)
            if told != sent:
                self.entry.set_text(event.text)
        elif isinstance(meant, Do):
            told = await self._do(meant)
        else:
            told = meant.reason
            self.entry.set_text(event.text)
        if told:
            self.say(words(sanitize(told)))

    async def _do(self, meant: Do) -> str:
        if meant.action == "phase.break":
            done = f"{self.phase} stops {meant.when} {meant.step}"
            return await self.cockpit.give(SetBreakpoint(meant.when, meant.step, self.phase), done)
        await super().do(self.cockpit.keymap.get(meant.action))
        return ""

    def on_entry_changed(self, event: Entry.Changed) -> None:
        """Keep it for the next time."""
        self.cockpit.drafts[event.purpose] = event.text
        self.kinds.repaint()

    # What was said

    async def act_list_delete(self) -> str:
        """Take a message back that did not go out yet."""
        return await self.withdraw(self.view.cursor_key)

    def on_line_view_opened(self) -> None:
        """Show the whole of a long text, or its beginning again."""
        key = self.view.cursor_key
        if isinstance(key, tuple) and key[0] in ("message", "said"):
            self._unfolded = self._unfolded ^ {str(key[1])}
            self.view.remake()

    def act_view_copy(self) -> str:
        """Copy a message."""
        key = self.view.cursor_key
        message = self.cockpit.state.messages.get(str(key[1])) if isinstance(key, tuple) else None
        said = self.cockpit.sayings.text(str(key[1])) if isinstance(key, tuple) else ""
        text = message.text if message is not None else said
        return self.cockpit.copy(text) if text else "no text here"

    def _rows(self, width: int) -> Sequence[Row]:
        app = self.cockpit
        return chat_rows(
            app.state,
            width,
            app.scene,
            phase=self.phase,
            said=app.sayings.of(self.phase),
            steps=True,
            unfolded=self._unfolded,
        )
