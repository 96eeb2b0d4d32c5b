"""The cockpit: phases, plan, log, detail, chat, metrics, breakpoints, commits and inbox of one run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from textual import events
from textual.app import ComposeResult

from prdrunner_tui.kernel.commands import RemoveBreakpoint, SwitchBreakpoint
from prdrunner_tui.kernel.state import PHASE_ENDED
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.arrange import TABS
from prdrunner_tui.tui.pacing import is_remote
from prdrunner_tui.tui.panes.contents import NAMES, Contents, Sources
from prdrunner_tui.tui.panes.detail import DetailView
from prdrunner_tui.tui.panes.graph import GraphView
from prdrunner_tui.tui.panes.phases import PhasesView
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.patches import Patches
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.scene import note
from prdrunner_tui.tui.screens.logkeys import LogKeys
from prdrunner_tui.tui.screens.panes import PanesScreen
from prdrunner_tui.tui.screens.runkeys import RunKeys
from prdrunner_tui.tui.span import words
from prdrunner_tui.tui.widgets.lines import LineView
from prdrunner_tui.tui.widgets.pane import Pane, Title

_TICKING = 50
"""Phases up to which all of them are looked at each second."""
_LISTS = ("phases", "commits", "inbox")
"""The panes whose rows are about a phase that the detail shows."""
_NEWS = ("commits", "inbox")
"""The lists whose first row says most; as long as nobody is in one it stands at its top."""


class Cockpit(PanesScreen, RunKeys, LogKeys):
    """The screen of a run: the panes and what stands in them."""

    place = "phases"

    def __init__(self) -> None:
        super().__init__()
        self.patches = Patches(self._read_patch, self._patch_came)
        self.contents = Contents(
            Sources(lambda: self.cockpit, self.phase_here, self._looked_at, self.patches)
        )
        self.phases = PhasesView(self.contents.phases, self._under_way)
        self.graph = GraphView(self.contents.graph, self.phases)
        self.detail = DetailView(self.contents.detail, lambda: self.cockpit.scene)
        self._list = "phases"

    def body(self) -> ComposeResult:
        """All panes; the arrangement says which are shown."""
        self.views = {
            "phases": self.phases,
            "graph": self.graph,
            "log": self.make_log("log"),
            "detail": self.detail,
            "chat": RowsView(
                self.contents.chat,
                place="chat",
                empty=note(" m writes to the agent of a phase"),
                follows=True,
            ),
            "metrics": RowsView(self.contents.metrics, place="metrics", cursor=False),
            "breaks": RowsView(
                self.contents.breaks, place="breaks", empty=note(" none; b on a phase sets one")
            ),
            "commits": RowsView(self.contents.commits, place="commits", empty=note(" no commit yet")),
            "inbox": RowsView(self.contents.inbox, place="inbox"),
        }
        below = {"log": (self.field,)}
        self.panes = {
            name: Pane(view, *below.get(name, ()), title=Title(), id=f"pane-{name}")
            for name, view in self.views.items()
        }
        self.panes["strip"] = self.strip
        yield from self.panes.values()
        yield from self.dividers

    def on_mount(self) -> None:
        """Place the panes as they stood the last time, and take what is there."""
        wish, groups = self.cockpit.memory.read()
        self.cockpit.book.only(groups)
        self.stand(wish)
        self.phases.focus()
        self.refreshed()
        self.run_worker(self.patches.run(), group="patches")

    def refreshed(self) -> None:
        """The run changed."""
        self.show_rows()
        for name, view in self.views.items():
            if isinstance(view, RowsView) and (self.panes[name].display or view is self.phases):
                view.remake()
                if name in _NEWS and name != self._list:
                    view.move_to(0)
        self._show_detail()
        self.strip.show_lines((self.contents.strip,))
        self._titles()

    def ticked(self) -> None:
        """Row 1, and the clocks of the phases where bytes are cheap."""
        super().ticked()
        if not is_remote(os.environ):
            self.last_lines_came()

    def last_lines_came(self) -> None:
        """They stand below their phase."""
        if len(self.cockpit.state.phases) <= _TICKING and self.panes["phases"].display:
            self.phases.remake()
        if self.panes["detail"].display and self.cockpit.state.run is not None:
            detail = self.contents.wide.looked_at
            if detail is not None and detail.kind == "begun":
                self.detail.remake()

    def arrived(self) -> None:
        """The run is there for the first time: the cursor goes to what is under way, or waits; of a run that has ended
        to what a person can take up again."""
        self.refreshed()
        run = self.cockpit.state.run
        over = run is not None and run.status in ("done", "failed")
        for phase in self.cockpit.state.phases.values():
            if phase.status in ("failed", "stopped") if over else phase.status not in PHASE_ENDED:
                self.phases.move_to_key(("phase", phase.id))
                return

    def footer_place(self) -> str:
        """Other keys are the likeliest when the phase or the run is over or paused."""
        place, state = self.focus_place(), self.cockpit.state
        phase = state.phases.get(self.phases.phase)
        if place != "phases" or phase is None or state.run is None:
            return place
        if phase.status in ("failed", "stopped"):
            return "phases.failed"
        if phase.status in PHASE_ENDED or state.run.status in ("done", "failed"):
            return "phases.ended"
        if state.run.status in ("paused", "stopped"):
            return "phases.run_paused"
        return "phases.paused" if phase.status == "paused" else place

    def labels(self) -> Mapping[str, str]:
        """What is paused can go on."""
        state = self.cockpit.state
        phase = state.phases.get(self.phases.phase)
        told = {**super().labels()}
        if phase is not None and phase.status == "paused":
            told["phase.pause"] = "resume phase"
        if state.run is not None and state.run.status in ("paused", "stopped"):
            told["run.pause"] = "resume run"
        return told

    def chat_shown(self) -> str:
        """The phase under the cursor, where its chat stands."""
        return self.phases.phase if self.panes["chat"].display else ""

    def phase_here(self) -> str:
        """The phase under the cursor."""
        return self.phases.phase

    def filter_phase(self) -> str:
        """The phase under the cursor."""
        return self.phases.phase

    def _looked_at(self) -> str:
        """The phase that the row is about that is looked at: in the list that had the keys last."""
        view = self.views.get(self._list)
        key = view.cursor_key if isinstance(view, RowsView) else None
        kind, id = key if isinstance(key, tuple) and len(key) == 2 else ("", "")
        state, found = self.cockpit.state, ""
        if kind == "decision" and id in state.decisions:
            found = state.decisions[id].phase
        elif kind == "commit":
            found = next((phase.id for phase in state.phases.values() if phase.commit == id), "")
        return found or self.phases.phase

    async def _read_patch(self, old: str, new: str) -> bytes:
        return await self.cockpit.target.patch(old, new)

    def _patch_came(self) -> None:
        if self.is_mounted:
            self._show_detail()

    def _show_detail(self) -> None:
        if self.panes["detail"].display:
            self.detail.remake()

    def on_descendant_focus(self) -> None:
        """The detail is about the list that has the keys."""
        here = self.focus_place()
        if here in _LISTS and here != self._list:
            self._list = here
            self._show_detail()
            self._titles(("detail",))

    def _under_way(self, phase: str) -> bool:
        found = self.cockpit.state.phases.get(phase)
        return found is not None and found.status in ("running", "paused")

    def log_titled(self) -> None:
        """The title of the log."""
        self._titles(("log",))

    def words_came(self) -> None:
        """The chat has more."""
        chat = self.views["chat"]
        if isinstance(chat, RowsView) and self.panes["chat"].display:
            chat.remake()

    def _titles(self, names: Iterable[str] = ()) -> None:
        shown = self.shown()
        for name in names or self.views:
            pane = self.panes[name]
            if not isinstance(pane, Pane) or name not in shown.places:
                continue
            below = self.phases.below() if name == "phases" else ""
            told, right = self._log_title() if name == "log" else self.contents.title(name, below)
            texts = tuple(sanitize(part) for part in told)
            at_right = words(right, "muted")
            if name == shown.tabs:
                tabs = tuple(sanitize(NAMES[tab]) for tab in TABS)
                pane.show_title(Title(texts, at_right, tabs, TABS.index(name)))
            else:
                pane.show_title(Title((sanitize(NAMES[name]), *texts), at_right))

    def _log_title(self) -> tuple[tuple[str, ...], str]:
        said = self.log_words()
        return (*said[:1], self.cockpit.book.phase or "all phases", *said[1:]), self.following()

    def arranged(self) -> None:
        """Other panes may be shown now."""
        self.cockpit.want_sayings(self.chat_shown())
        self.call_after_refresh(self.refreshed)

    def remember(self) -> None:
        """Keep how the panes stand, and which lines of the log are shown."""
        self.cockpit.memory.write(self.wish, self.cockpit.book.groups)

    async def chosen(self, menu: str, event: events.Key) -> None:
        """A key after one that opened a menu."""
        await super().chosen(menu, event)
        if menu == "filter":
            self.remember()

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """The chat is that of the phase under the cursor; where the log follows, its title says so."""
        if event.view is self.log_view:
            # In a flood this comes with each frame.
            self._titles(("log",))
            return
        if event.view is self.detail:
            return
        self.show_keys()
        chat = self.views["chat"]
        if isinstance(chat, RowsView) and event.view is self.phases:
            chat.remake()
            self.cockpit.want_sayings(self.chat_shown())
            if self.panes["graph"].display:
                self.graph.remake()
        self._show_detail()
        self._titles()
        if self.strip.display:
            self.strip.show_lines((self.contents.strip,))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """A row was opened."""
        if event.view is self.log_view:
            self.open_line(event.index)
        else:
            self.cockpit.call_later(self._open)

    async def _open(self) -> None:
        state = self.cockpit.state
        if self.focused is self.graph:
            await self.do(self.cockpit.keymap.get("go.plan"))
            return
        if self.focused is self.detail:
            await self._open_detail()
            return
        if isinstance(self.focused, RowsView) and self.focused.place == "inbox":
            key = self.focused.cursor_key
            if isinstance(key, tuple):
                await self.cockpit.open_decision(str(key[1]))
            return
        waiting = state.open_decisions(self.phases.phase)
        if self.focused is self.phases and waiting:
            await self.cockpit.open_decision(waiting[0].id)
        elif self.focused is self.phases:
            phase = state.phases.get(self.phases.phase)
            if phase is not None and phase.status == "failed":
                self.cockpit.open_failure(phase.id)
            else:
                self.act_nav_unfold()

    async def _open_detail(self) -> None:
        """Show all of what the detail is about: on a screen of its own, or in all of this one."""
        detail = self.contents.wide.looked_at
        if detail is None:
            return
        if detail.decision:
            await self.cockpit.open_decision(detail.decision)
        elif detail.kind == "failed":
            self.cockpit.open_failure(detail.phase)
        elif detail.kind == "changes" and not self.wish.zoomed:
            self.act_pane_zoom()
        elif detail.kind == "changes":
            self.say(words("this is all of it; esc goes back"))
        else:
            await self.do(self.cockpit.keymap.get("go.plan"))

    # Keys

    def act_nav_back(self) -> str | None:
        """Out of the search, the zoom or the layout; at the top it says how to leave."""
        if self.end_search():
            return None
        return None if self.step_back() else f"this is the top; {self.cockpit.keymap.key('app.leave')} leaves"

    def act_nav_unfold(self) -> str | None:
        """Show the steps of the phase."""
        return self.phases.fold(away=False)

    def act_nav_fold(self) -> str | None:
        """Hide the steps of the phase."""
        return self.phases.fold(away=True)

    def act_layout_review(self) -> None:
        """The review of the phase under the cursor, or the oldest one."""
        reviews = [one for one in open_now(self.cockpit.state) if one.kind == "review"]
        here = next((one for one in reviews if one.phase == self.phases.phase), reviews[0])
        self.cockpit.call_later(self.cockpit.open_decision, here.id)

    def act_row_open(self) -> None:
        """Open what the row is about."""
        self.cockpit.call_later(self._open)

    async def act_run_new(self) -> None:
        """The start screen, once this run is over."""
        await self.do(self.cockpit.keymap.get("go.start"))

    async def act_list_toggle(self) -> str:
        """Turn the breakpoint on or off."""
        point = self.cockpit.state.breakpoints.get(self._breakpoint())
        if point is None:
            return "none; b on a phase sets one"
        command = SwitchBreakpoint(point.id, not point.enabled)
        return await self.cockpit.give(command, "off" if point.enabled else "on")

    async def act_list_delete(self) -> str:
        """Remove the breakpoint, or take a message back."""
        chat = self.views["chat"]
        if self.focused is chat and isinstance(chat, RowsView):
            return await self.withdraw(chat.cursor_key)
        id = self._breakpoint()
        if not id:
            return "none; b on a phase sets one"
        return await self.cockpit.give(RemoveBreakpoint(id), "removed")

    async def act_list_new(self) -> None:
        """A breakpoint at a step of the phase under the cursor."""
        await self.do(self.cockpit.keymap.get("phase.break"))

    def _breakpoint(self) -> str:
        view = self.views["breaks"]
        key = view.cursor_key if isinstance(view, RowsView) else None
        found = key[-1] if isinstance(key, tuple) else key
        return str(found) if found in self.cockpit.state.breakpoints else ""

    def act_view_copy(self) -> str:
        """Copy the row under the cursor."""
        if self.focused is self.log_view:
            return self.copy_line()
        return self.cockpit.copy(self.phases.phase) if self.phases.phase else "no text here"
