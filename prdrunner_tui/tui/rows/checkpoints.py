"""The checkpoints of a run, newest first: what each can bring back."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Checkpoint, RunState
from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import step_words
from prdrunner_tui.tui.span import Cell, Line, words

_LONGEST_PHASE = 16
_STEP_FROM = 100


def checkpoint_head(state: RunState, width: int, scene: Scene) -> Line:
    """The titles of the columns, in exactly ``width`` cells."""
    titles = ("id", "phase", "taken", "step", "state it holds")
    return _columns([words(title, "muted") for title in titles], state, width, scene)


def checkpoint_rows(state: RunState, width: int, scene: Scene, *, phase: str = "") -> list[Row]:
    """A row each, of all phases or one, in exactly ``width`` cells; column 0 stays free for the cursor.

    Keys: ``("checkpoint", id)``.
    """
    found = [one for one in state.checkpoints.values() if phase in ("", one.phase)]
    if not found:
        return [Row("none", scene.fit(note(" none yet; one is taken before implement"), width), False)]
    found.sort(key=lambda one: one.at, reverse=True)
    return [Row(("checkpoint", one.id), _row(state, one, width, scene)) for one in found]


def _row(state: RunState, one: Checkpoint, width: int, scene: Scene) -> Line:
    phase = state.phases.get(one.phase)
    label = one.label
    if phase is not None and phase.commit:
        label = f"{label}; committed as {phase.commit[:7]}"
    told = [
        words(one.id),
        scene.foreign(one.phase),
        words(scene.clock(one.at)),
        words(f"{step_words(one.step)} it {one.iteration}"),
        scene.foreign(label),
    ]
    return _columns(told, state, width, scene)


def _columns(told: list[Line], state: RunState, width: int, scene: Scene) -> Line:
    id, phase, taken, step, label = told
    named = max((cells(one.phase) for one in state.checkpoints.values()), default=5)
    clock = max((cells(scene.clock(one.at)) for one in state.checkpoints.values()), default=8)
    row = [Cell((*words(" "), *id), 7), Cell(phase, min(_LONGEST_PHASE, max(5, named))), Cell(taken, clock)]
    if width >= _STEP_FROM:
        row.append(Cell(step, 16))
    return scene.columns([*row, Cell(label, width)], width)
