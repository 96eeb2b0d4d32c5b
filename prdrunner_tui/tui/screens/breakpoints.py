"""All breakpoints of the run, and a new one."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.kernel.commands import RemoveBreakpoint, SetBreakpoint, SwitchBreakpoint
from prdrunner_tui.kernel.state import Breakpoint
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.breakpoints import (
    Draft,
    breakpoint_head,
    breakpoint_rows,
    breakpoint_words,
    changed_draft,
    draft_rows,
    stopped_at,
)
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

_NONE = "none; n sets one"


class BreakpointsScreen(TableScreen):
    """Where the run stops, how often it did, and which of them are off."""

    place = "breakpoints"
    name_shown = "Breakpoints"
    empty = "none; n sets one, b on a phase too"

    def __init__(self) -> None:
        super().__init__()
        self.removed: list[Breakpoint] = []
        """What was removed here, the newest last."""
        self._to_switch_off: list[tuple[str, str, str]] = []

    def rows(self, width: int) -> Sequence[Row]:
        """The breakpoints."""
        state = self.cockpit.state
        rows = breakpoint_rows(state, width, self.cockpit.scene)
        return rows if rows[0].key != "none" else ()

    def head(self, width: int) -> Line:
        """The titles of the columns."""
        return breakpoint_head(width, self.cockpit.scene)

    def titled(self) -> tuple[tuple[str, ...], str]:
        """How many there are."""
        points = self.cockpit.state.breakpoints.values()
        off = sum(not point.enabled for point in points)
        return (f"{len(points)} set" + (f", {off} off" if off else "") if points else "",), ""

    def phase_here(self) -> str:
        """The phase that the breakpoint is for; empty where it is for all."""
        point = self._point()
        return point.phase if point is not None else ""

    def refreshed(self) -> None:
        """The run changed; what was off before it was removed is switched off again."""
        super().refreshed()
        for point in self.cockpit.state.breakpoints.values():
            if (place := _place(point)) in self._to_switch_off:
                self._to_switch_off.remove(place)
                self.run_worker(self.cockpit.give(SwitchBreakpoint(point.id, False), ""), group="switch")

    def not_now(self, action: str) -> str:
        """There is nothing to set again before something was removed."""
        if action == "list.undo" and not self.removed:
            return "nothing was removed here"
        return super().not_now(action)

    async def on_line_view_opened(self) -> None:
        """Open the decision of the phase that it stopped."""
        point = self._point()
        waiting = stopped_at(self.cockpit.state, point.id) if point is not None else []
        if waiting:
            await self.cockpit.open_decision(waiting[0].id)
        else:
            self.tell("no phase waits at it" if point is not None else _NONE)

    async def act_list_toggle(self) -> str:
        """Turn it on or off."""
        point = self._point()
        if point is None:
            return _NONE
        on = not point.enabled
        return await self.cockpit.give(
            SwitchBreakpoint(point.id, on), f"{point.id} is {'on' if on else 'off'}"
        )

    async def act_list_delete(self) -> str:
        """Remove it; it can be set again."""
        point = self._point()
        if point is None:
            return _NONE
        done = f"removed {breakpoint_words(point)}, u sets it again"
        told = await self.cockpit.give(RemoveBreakpoint(point.id), done)
        if told == done:
            self.removed.append(point)
        return told

    async def act_list_undo(self) -> str:
        """Set again what was removed last."""
        point = self.removed[-1]
        done = f"set {breakpoint_words(point)} again; its hits count from 0"
        if not point.enabled:
            self._to_switch_off.append(_place(point))
        told = await self.cockpit.give(SetBreakpoint(point.when, point.step, point.phase), done)
        if told == done:
            self.removed.pop()
        elif not point.enabled:
            self._to_switch_off.remove(_place(point))
        return told

    def act_list_new(self) -> None:
        """Pick where a new one stops."""
        self.cockpit.push_screen(NewBreakpointScreen(), self._set)

    def _set(self, draft: object) -> None:
        if not isinstance(draft, Draft):
            return
        self.tell(f"set {breakpoint_words(draft)}" + (f", {draft.phase}" if draft.phase else ", all phases"))
        for point in self.cockpit.state.breakpoints.values():
            if _place(point) == (draft.when, draft.step, draft.phase):
                self.view.remake()
                self.view.move_to_key(("breakpoint", point.id))

    def _point(self) -> Breakpoint | None:
        return self.cockpit.state.breakpoints.get(self.item("breakpoint"))


class NewBreakpointScreen(ViewScreen):
    """Before or after, which step, which phase. Enter sets it."""

    place = "new_breakpoint"

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft()
        self.view = RowsView(self._rows, place="new_breakpoint")
        self.pane = Pane(self.view, title=Title((sanitize("New breakpoint"),)))

    def key_line(self, width: int) -> Line:
        """What enter does here."""
        if self.menu:
            return super().key_line(width)
        return self.keys_line(
            width,
            ("row.open", "set it"),
            ("field.prev field.next", "change"),
            ("nav.down nav.up", "field"),
            ("nav.back", "back"),
            ("help.open", "keys"),
        )

    def act_field_next(self) -> None:
        """The next value of the field under the cursor."""
        self._change(1)

    def act_field_prev(self) -> None:
        """The value before."""
        self._change(-1)

    async def on_line_view_opened(self) -> None:
        """Set it; what is refused stays here with the reason."""
        draft = self.draft
        command = SetBreakpoint(draft.when, draft.step, draft.phase)
        refused = await self.cockpit.give(command, "")
        if refused:
            self.say(words(sanitize(refused)))
        else:
            self.dismiss(draft)

    def _change(self, by: int) -> None:
        key = self.view.cursor_key
        if isinstance(key, tuple) and key[0] == "field":
            self.draft = changed_draft(self.cockpit.state, self.draft, str(key[1]), by)
            self.refreshed()

    def _rows(self, width: int) -> Sequence[Row]:
        return draft_rows(self.cockpit.state, self.draft, width, self.cockpit.scene)


def _place(point: Breakpoint) -> tuple[str, str, str]:
    return point.when, point.step, point.phase
