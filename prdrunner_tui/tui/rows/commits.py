"""The commits of a run's branch, newest first."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Phase, RunState
from prdrunner_tui.projections.metrics import phase_change
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import lines
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.span import Cell, Line, words

_CLOCK = 12
_LONGEST_PHASE = 16
_CHANGE_FROM = 70


def commit_rows(state: RunState, width: int, scene: Scene) -> list[Row]:
    """A row each, in exactly ``width`` cells; column 0 stays free for the cursor. Keys: ``("commit", hash)``."""
    made = [phase for phase in state.phases.values() if phase.commit]
    if not made:
        return [Row("none", scene.fit(note(" no commit yet; each phase ends with one"), width), False)]
    made.sort(key=_when, reverse=True)
    ids = tuple(phase.id for phase in made)
    named = longest_name(ids, 1, max(_LONGEST_PHASE, width // 3))
    return [Row(("commit", phase.commit), _row(phase, ids, named, width, scene)) for phase in made]


def _when(phase: Phase) -> float:
    """When the branch moved: the end of the step that moved it."""
    return next(
        (s.ended_at for s in reversed(phase.steps) if s.name == "commit" and s.ended_at is not None), 0.0
    )


def _row(phase: Phase, ids: tuple[str, ...], named: int, width: int, scene: Scene) -> Line:
    at = scene.clock(_when(phase), seconds=False) if _when(phase) else "-"
    clock = max(5, cells(at))
    change = phase_change(phase) if width >= _CHANGE_FROM else None
    row = [
        Cell(words(f" {phase.commit[:7]}", "ok"), 8),
        Cell(name_line(phase.id, ids, named, scene), named),
        Cell(
            scene.foreign(phase.plan.name),
            max(4, width - 8 - named - clock - 6 - 11 * (change is not None) - 1),
        ),
    ]
    if change is not None:
        row.append(Cell(words(lines(change.added, change.removed)), 9, True))
    return scene.columns([*row, Cell(words(at, "muted"), clock, True)], width)
