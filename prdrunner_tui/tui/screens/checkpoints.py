"""The checkpoints of the run: what each holds, what came since, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from prdrunner_tui.kernel.commands import RollBack
from prdrunner_tui.kernel.state import Checkpoint
from prdrunner_tui.projections.changed import change_of, held_trees, later_trees
from prdrunner_tui.projections.metrics import Change
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.decisionview import DecisionView
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.checkpoints import (
    checkpoint_head,
    checkpoint_rows,
    kept_back,
    restore_lines,
    restored,
    to_undo,
)
from prdrunner_tui.tui.rows.difflines import Patch
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.screens.table import TableScreen
from prdrunner_tui.tui.screens.viewscreen import ViewScreen
from prdrunner_tui.tui.span import Line, plain, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

Side = Literal["since then", "what it holds"]
_SIDES: tuple[Side, ...] = ("since then", "what it holds")
_NOTHING_TO_UNDO = "nothing was restored in this run"


class CheckpointsScreen(TableScreen):
    """All checkpoints, newest first."""

    place = "checkpoints"
    name_shown = "Checkpoints"
    empty = "none yet; one is taken before implement"

    def __init__(self) -> None:
        super().__init__()
        self._awaited = ""

    def rows(self, width: int) -> Sequence[Row]:
        """The checkpoints."""
        state = self.cockpit.state
        return checkpoint_rows(state, width, self.cockpit.scene) if state.checkpoints else ()

    def head(self, width: int) -> Line:
        """The titles of the columns."""
        return checkpoint_head(self.cockpit.state, width, self.cockpit.scene)

    def titled(self) -> tuple[tuple[str, ...], str]:
        """How many there are."""
        count = len(self.cockpit.state.checkpoints)
        return ("all phases",), f"{count} kept" if count else ""

    def phase_here(self) -> str:
        """The phase of the checkpoint."""
        one = self._one()
        return one.phase if one is not None else ""

    def refreshed(self) -> None:
        """The run changed; what came of a return is said once it is known."""
        super().refreshed()
        phase = self.cockpit.state.phases.get(self._awaited)
        if phase is None:
            return
        told, saved = restored(phase)
        if told:
            self._awaited = ""
            self.tell(f"{told}; u brings {saved} back" if saved else told)

    def not_now(self, action: str) -> str:
        """A return needs a checkpoint, and taking one back a return."""
        one = self._one()
        if action == "checkpoint.restore":
            return kept_back(self.cockpit.state, one) if one is not None else self.empty
        if action == "list.undo" and not to_undo(self.cockpit.state):
            return _NOTHING_TO_UNDO
        return super().not_now(action)

    def on_line_view_opened(self) -> None:
        """Show what it holds and what came since."""
        one = self._one()
        if one is not None:
            self.cockpit.push_screen(CheckpointScreen(one), self._asked)

    def act_checkpoint_restore(self) -> str | None:
        """Ask whether its phase goes back to it."""
        one = self._one()
        return self._ask(one) if one is not None else self.empty

    def act_list_undo(self) -> str | None:
        """Ask whether the phase goes back to where it stood before the last return."""
        one = self.cockpit.state.checkpoints.get(to_undo(self.cockpit.state))
        return self._ask(one) if one is not None else _NOTHING_TO_UNDO

    def _ask(self, one: Checkpoint) -> str | None:
        if reason := kept_back(self.cockpit.state, one):
            return reason
        self.cockpit.push_screen(RestoreScreen(one), self._asked)
        return None

    def _asked(self, phase: object) -> None:
        """A return was begun, or not."""
        if isinstance(phase, str) and phase:
            self._awaited = phase
            self.tell(f"{phase} goes back")
            self.refreshed()

    def _one(self) -> Checkpoint | None:
        return self.cockpit.state.checkpoints.get(self.item("checkpoint"))


class RestoreScreen(ViewScreen):
    """What goes and what is kept when a phase goes back; only y does it. Its result is the phase that goes back."""

    place = "restore"
    decides = True
    confirms = "go back to the checkpoint"

    def __init__(self, one: Checkpoint) -> None:
        super().__init__()
        self.one = one
        self._lost: Change | str = ""
        self.view = RowsView(self._rows, place="restore", cursor=False)
        self.pane = Pane(self.view, title=Title((sanitize(f"Restore {one.id}"),)))

    def on_mount(self) -> None:
        """What goes is read."""
        self.run_worker(self._read(), exclusive=True)

    def key_line(self, width: int) -> Line:
        """The two ways out."""
        if self.menu:
            return super().key_line(width)
        told = (("decide.confirm", f"restore {self.one.id}"), ("nav.back", "back, nothing happens"))
        return self.keys_line(width, *told, ("help.open", "keys"))

    async def act_decide_confirm(self) -> str | None:
        """Go back."""
        if reason := kept_back(self.cockpit.state, self.one):
            return reason
        refused = await self.cockpit.give(RollBack(self.one.id, self.cockpit.me), "")
        if refused:
            return refused
        self.dismiss(self.one.phase)
        return None

    async def _read(self) -> None:
        trees = later_trees(self.cockpit.state, self.one)
        if trees is None:
            self._lost = "what the agent has changed since"
        else:
            try:
                self._lost = change_of(await self.cockpit.target.patch(*trees))
            except Problem as problem:
                self._lost = f"unknown: {problem.message}"
        self.view.remake()

    def _rows(self, width: int) -> Sequence[Row]:
        app = self.cockpit
        lines = restore_lines(app.state, self.one, width, app.scene, lost=self._lost)
        return [Row(number, line) for number, line in enumerate(lines)]


class CheckpointScreen(ViewScreen):
    """The patch from a checkpoint to the newest tree of its phase, or that which the checkpoint itself holds."""

    place = "changes"
    view: DecisionView

    def __init__(self, one: Checkpoint) -> None:
        super().__init__()
        self.one = one
        self.side: Side = "since then"
        self.view = DecisionView(self._facts, lambda: self.cockpit.scene)
        self.view.place = self.place
        self.pane = Pane(self.view, title=Title())
        self._told = ""

    def on_mount(self) -> None:
        """The patch is read."""
        self._show(self.side)

    def refreshed(self) -> None:
        """The run changed."""
        tabs = tuple(sanitize(side) for side in _SIDES)
        name = plain(self.cockpit.scene.foreign(f"{self.one.id} {self.one.phase}"))
        self.pane.show_title(
            Title((sanitize(name),), words(self._told, "muted"), tabs, _SIDES.index(self.side))
        )
        super().refreshed()

    def act_tab_next(self) -> None:
        """The other patch."""
        self._turn()

    def act_tab_prev(self) -> None:
        """The other patch."""
        self._turn()

    def on_pane_tab_chosen(self, event: Pane.TabChosen) -> None:
        """A tab was clicked."""
        self._show(_SIDES[event.tab])

    def act_checkpoint_restore(self) -> str | None:
        """Ask whether its phase goes back to it."""
        if reason := kept_back(self.cockpit.state, self.one):
            return reason
        self.cockpit.push_screen(RestoreScreen(self.one), self._asked)
        return None

    def _asked(self, phase: object) -> None:
        if phase:
            self.dismiss(phase)

    def _turn(self) -> None:
        self._show(_SIDES[1 - _SIDES.index(self.side)])

    def _show(self, side: Side) -> None:
        self.side, self._told = side, ""
        self.view.patch = Patch(b"")
        self.view.move_to(0)
        self.refreshed()
        self.run_worker(self._read(), exclusive=True)

    async def _read(self) -> None:
        state, later = self.cockpit.state, self.side == "since then"
        trees = later_trees(state, self.one) if later else held_trees(state, self.one)
        if trees is None:
            self._told = "nothing is known of it yet"
        else:
            try:
                data = await self.cockpit.target.patch(*trees)
            except Problem as problem:
                self._told = f"cannot be read: {problem.message}"
            else:
                change = change_of(data)
                self._told = plural(change.files, "file") if change.files else "no change"
                self.view.patch = Patch(data)
        self.refreshed()

    def _facts(self, width: int) -> Sequence[Line]:
        scene = self.cockpit.scene
        against = (
            "from it to the newest state of the phase that is known"
            if self.side == "since then"
            else "from the commit that the phase builds on to it"
        )
        return [scene.foreign(self.one.label), note(against)]
