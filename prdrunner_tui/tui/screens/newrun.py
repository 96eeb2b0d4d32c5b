"""A new run: its plan before it starts, and what a person may choose. Nothing starts but by y."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.newrun import Preview, Wish, changed, newrun_rows
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.screens.homeframe import HomeFrame
from prdrunner_tui.tui.span import Line
from prdrunner_tui.tui.widgets.entry import Entry
from prdrunner_tui.tui.widgets.pane import Pane, Title

if TYPE_CHECKING:
    from prdrunner_tui.kernel.commands import StartRun
    from prdrunner_tui.tui.newrun import Ready
    from prdrunner_tui.tui.start import Home


_LOOK_EVERY = 1.0
"""Seconds between two looks at whether the PRD was saved."""


class NewRunScreen(HomeFrame):
    """The plan of a PRD and the choices of its run."""

    place = "new_run"
    decides = True
    confirms = "start the run as it is shown"

    def __init__(self, home: Home, prd: str) -> None:
        super().__init__(home)
        self.wish = Wish(prd)
        self.prepared: Ready | None = None
        self.problem: Problem | None = None
        self.view = RowsView(self._rows, place="list")
        self.pane = Pane(self.view, title=Title((sanitize("New run"), sanitize(prd))))
        self.entry = Entry()
        self._starting = False
        self._placed = False
        self._typed = ""
        self._stamp: Hashable = None
        self._named: StartRun | None = None

    def body(self) -> ComposeResult:
        """The rows, and a field that is there while an agent is named."""
        yield from super().body()
        yield self.entry

    def on_mount(self) -> None:
        """The plan is read."""
        self.entry.place = "text"  # type: ignore[attr-defined]
        self.entry.display = False
        self._read()
        # Only as long as this screen is there: an editor beside it may save the PRD.
        self.set_interval(_LOOK_EVERY, self._look)

    def key_line(self, width: int) -> Line:
        """What the keys do."""
        if self.entry.display:
            return self.keys_line(width, ("chat.send", "take it"), ("nav.back", "back"))
        return self.keys_line(
            width,
            *([] if self._kept_back() else [("decide.confirm", "start")]),
            *self._of_field(),
            ("list.refresh", "read again"),
            ("nav.back", "back"),
            ("help.open", "keys"),
        )

    def _of_field(self) -> Sequence[tuple[str, str]]:
        """The keys of the row under the cursor."""
        key = self.view.cursor_key
        if key == ("more",):
            return (("row.open", "show all"),)
        if key == ("field", "worker"):
            return (("row.open", "name an agent"), ("field.prev field.next", "change"))
        if key == ("field", "budget"):
            return (("field.prev field.next", "change"),)
        return (("list.toggle", "on or off"),) if isinstance(key, tuple) and key[0] == "field" else ()

    def on_line_view_moved(self) -> None:
        """Other keys are the likeliest elsewhere."""
        self.show_keys()

    def act_field_next(self) -> str | None:
        """The next value of the field under the cursor."""
        return self._change(1)

    def act_field_prev(self) -> str | None:
        """The value before."""
        return self._change(-1)

    def act_list_toggle(self) -> str | None:
        """Turn the field under the cursor on or off."""
        return self._change(1)

    async def on_line_view_opened(self) -> None:
        """Name an agent, show the whole plan, or change the field. This never starts the run."""
        key = self.view.cursor_key
        if key == ("field", "worker"):
            self.entry.display = True
            self.entry.open("worker", hint=note("a profile, or a command line: sh agent.sh"), multiline=False)
            if not self.entry.text:
                self.entry.set_text(self._typed or self._command_line())
            self.entry.focus()
            self.show_rows()
        elif isinstance(key, tuple) and key[0] in ("field", "more"):
            self._change(1)

    def on_entry_submitted(self, event: Entry.Submitted) -> None:
        """An agent was named."""
        self._typed = event.text.strip()
        self._leave_entry()
        self.run_worker(self._take_agent(self._typed), exclusive=True, group="name")

    def act_nav_back(self) -> None:
        """Out of the field, or back to the start."""
        if self.entry.display:
            self._leave_entry()
        elif not self._starting:
            self.dismiss(None)

    def act_decide_confirm(self) -> str | None:
        """Start what is shown."""
        ready = self.prepared
        if ready is None or self._kept_back():
            return self._kept_back()
        self._starting = True
        self.run_worker(self._start(ready), group="start")
        return "starting"

    def act_list_refresh(self) -> str | None:
        """Read the PRD, the repository and its configuration again."""
        if self._starting:
            return "it is starting"
        self.problem = None
        self._read(anew=True)
        return "reading again"

    async def _take_agent(self, text: str) -> None:
        profiles = self.prepared.preview.profiles if self.prepared is not None else ()
        try:
            worker = await self.home.agent(text, profiles)
        except Problem as problem:
            self.problem = problem
            self.refreshed()
            return
        self._typed = ""
        self._wish(replace(self.wish, worker=worker))

    def _command_line(self) -> str:
        """The agent that is on the screen, to change it; empty for a name, in whose place another one is typed."""
        preview = self.prepared.preview if self.prepared is not None else Preview()
        agent = self.wish.worker or preview.worker
        return agent if ":" in agent and agent not in preview.profiles else ""

    def not_now(self, action: str) -> str:
        """Why it cannot start, beside what holds everywhere."""
        return self._kept_back() if action == "decide.confirm" else super().not_now(action)

    def _kept_back(self) -> str:
        """Why what is shown cannot start at this moment; empty where it can."""
        ready = self.prepared
        if self._starting:
            return "it is starting"
        if ready is None or ready.wish != self.wish:
            return "still reading what would run"
        if ready.command is not None:
            return ""
        problem = ready.preview.problem
        return f"it cannot start: {problem.message}" if problem is not None else "it cannot start as it is"

    async def _start(self, ready: Ready) -> None:
        try:
            target = await self.home.start(ready)
        except Problem as problem:
            self._starting = False
            # Everything is read anew, uncommitted files too.
            self.problem, self.prepared, self._named = problem, None, None
            self._read()
            return
        self.cockpit.show_run(target)

    def _change(self, step: int) -> str | None:
        key = self.view.cursor_key
        if self.prepared is None or not isinstance(key, tuple) or key[0] not in ("field", "more"):
            return "nothing to change here"
        if self._starting:
            return "it is starting"
        wish = changed(self.prepared.preview, self.wish, str(key[-1]), step)
        if isinstance(wish, str):
            return wish
        self._wish(wish)
        return None

    def _wish(self, wish: Wish) -> None:
        self.wish, self.problem = wish, None
        self.refreshed()
        self._read()

    def _read(self, *, anew: bool = False) -> None:
        """Read what would run; ``anew`` the uncommitted files too."""
        self.run_worker(self._reading(anew), exclusive=True, group="read")

    def _look(self) -> None:
        if self.is_current and not self._starting:
            self.run_worker(self._looking(), exclusive=True, group="look")

    async def _looking(self) -> None:
        before, now = self._stamp, await self.home.stamp(self.wish.prd)
        if before is not None and now != before and before is self._stamp and self.is_mounted:
            self.problem = None
            self._read(anew=True)

    async def _reading(self, anew: bool) -> None:
        # Taken first: what is written while it is read is read once more.
        self._stamp = await self.home.stamp(self.wish.prd)
        ready = await self.home.ready(self.wish, self.prepared if self._has_plan() and not anew else None)
        if not self.is_mounted or ready.wish != self.wish:
            return
        self._named = self._named or ready.command
        self.prepared = ready.named_as(self._named) if self._named is not None else ready
        self.refreshed()
        if not self._placed and ready.preview.plan is not None:
            self._placed = True
            self.view.move_to_key(("field", "worker"))

    def _has_plan(self) -> bool:
        return self.prepared is not None and self.prepared.preview.plan is not None

    def _leave_entry(self) -> None:
        self.entry.display = False
        self.view.focus()
        self.show_rows()

    def _rows(self, width: int) -> Sequence[Row]:
        preview: Preview | None = self.prepared.preview if self.prepared is not None else None
        if preview is not None and self.problem is not None:
            preview = replace(preview, problem=self.problem)
        return newrun_rows(preview, self.wish, width, self.cockpit.scene)
